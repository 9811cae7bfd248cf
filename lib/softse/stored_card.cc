// SPDX-License-Identifier: Apache-2.0
#include "softse/stored_card.h"

#include <algorithm>
#include <numeric>

#include "bytes/hex.h"

namespace cose::softse {

namespace {

// Sections end at 254.
constexpr unsigned kLastStoredPackage = vault::kMaximumSections - 1 - kFirstPackageSection;

vault::SectionNumber section_of(unsigned package) {
  return static_cast<vault::SectionNumber>(kFirstPackageSection + package);
}

vault::SectionChange whole(vault::SectionNumber section, ByteView octets) {
  vault::SectionChange change{section, octets, {}};
  change.dirty.resize(vault::pages_of(octets.size()));
  std::iota(change.dirty.begin(), change.dirty.end(), 0U);
  return change;
}

}  // namespace

std::vector<vault::SectionChange> StoredCard::take_changes() {
  std::vector<vault::SectionChange> changes;
  auto& memory = card_->runtime().machine().heap().memory();
  if (!memory.dirty()) return changes;
  COSE_ASSERT(!memory.in_transaction());
  changes.push_back({kImageSection, {memory.data(), memory.size()}, memory.take_dirty_pages()});
  if (!product_told_ && !product_.empty()) changes.push_back(whole(kProductSection, product_));
  product_told_ = true;
  // What is loaded is written in the image, so there is nothing to look for while that stays as it is.
  take_packages(changes);
  return changes;
}

void StoredCard::take_packages(std::vector<vault::SectionChange>& changes) {
  load_files_.clear();
  auto& machine = card_->runtime().machine();
  for (unsigned number = 0; number <= kLastStoredPackage; ++number) {
    const auto section = section_of(number);
    const auto* loaded = machine.loaded(static_cast<jcvm::PackageNumber>(number));
    const auto* package = loaded == nullptr ? nullptr : loaded->package.get();
    const auto known = told_.find(section);
    if (package == (known == told_.end() ? nullptr : known->second)) continue;
    auto load_file = package == nullptr ? std::nullopt : library_->load_file_of(package->identity);
    const bool was_stored = known != told_.end() && known->second != nullptr;
    if (package == nullptr)
      told_.erase(section);
    else
      told_[section] = package;
    if (load_file) {
      load_files_.push_back(*std::move(load_file));
      changes.push_back(whole(section, load_files_.back()));
    } else if (was_stored) {
      changes.push_back({section, {}, {}});
    }
  }
}

Result<jcvm::Snapshot> snapshot_of(const vault::Sections& sections, gpcard::PackageLibrary& library) {
  const auto image = sections.find(kImageSection);
  if (image == sections.end()) return fail(ErrorKind::kInvalid, "the card has no image of its memory");
  jcvm::Snapshot snapshot{image->second, false, 0, {}};
  auto missing = jcvm::Machine::loaded_identities(snapshot);
  std::vector<std::shared_ptr<const jcvm::Package>> available;
  // Round by round, since a package can be linked when what it imports is there.
  for (auto before = missing.size() + 1; missing.size() < before;) {
    before = missing.size();
    std::erase_if(missing, [&](const jcvm::IdentifiedPackage& wanted) {
      auto package = library.find(wanted.identity);
      const auto stored = sections.find(section_of(wanted.number));
      if (!package && wanted.number <= kLastStoredPackage && stored != sections.end())
        if (auto linked = library.link(stored->second, available); linked && (*linked)->identity == wanted.identity)
          package = *std::move(linked);
      if (!package) return false;
      available.push_back(std::move(package));
      return true;
    });
  }
  if (missing.empty()) return snapshot;
  return fail(ErrorKind::kInvalid, "package " + std::to_string(missing.front().number) + " (" +
                                       to_hex(missing.front().identity) + ") is missing");
}

}  // namespace cose::softse
