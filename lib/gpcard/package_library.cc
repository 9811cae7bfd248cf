// SPDX-License-Identifier: Apache-2.0
#include "gpcard/package_library.h"

#include "cap/parse.h"
#include "crypto/digest.h"

namespace cose::gpcard {

namespace {

// Of the packages that an Import component names, those that are there; what is missing is the linker's to report.
Result<Bytes> identity_of(const cap::Components& components, ByteView load_file, jcvm::Packages available) {
  COSE_TRY(auto hash, crypto::Digest::create(crypto::DigestKind::kSha256));
  COSE_CHECK(hash.update(load_file));
  const auto* info = components.find(cap::ComponentTag::kImport);
  if (info == nullptr) return hash.finish();
  COSE_TRY(const auto imports, cap::parse_import(*info));
  for (const auto& import : imports)
    for (const auto& package : available)
      if (package->find(import.aid) != nullptr) COSE_CHECK(hash.update(package->identity));
  return hash.finish();
}

}  // namespace

Result<std::shared_ptr<const jcvm::Package>> PackageCache::link(ByteView load_file, jcvm::Packages available) {
  COSE_TRY(const auto components, cap::read_load_file(load_file));
  COSE_TRY(auto identity, identity_of(components, load_file, available));
  if (auto known = find(identity)) return known;
  COSE_TRY(auto package, jcvm::link(components, available, {.identity = identity}));
  packages_[std::move(identity)] = {package, to_bytes(load_file)};
  return package;
}

std::shared_ptr<const jcvm::Package> PackageCache::find(ByteView identity) {
  const auto found = packages_.find(to_bytes(identity));
  return found == packages_.end() ? nullptr : found->second.package;
}

void PackageCache::add(std::shared_ptr<const jcvm::Package> package) {
  auto identity = package->identity;
  packages_[std::move(identity)] = {std::move(package), {}};
}

std::optional<Bytes> PackageCache::load_file_of(ByteView identity) {
  const auto found = packages_.find(to_bytes(identity));
  if (found == packages_.end() || found->second.load_file.empty()) return std::nullopt;
  return found->second.load_file;
}

}  // namespace cose::gpcard
