// SPDX-License-Identifier: Apache-2.0
// LOAD (GPC 2.3.1 §11.6): blocks until the last, then signatures, hash, code.
#include <algorithm>

#include "cap/container.h"
#include "cap/parse.h"
#include "crypto/digest.h"
#include "gpcard/card_manager.h"
#include "gpcard/delegation.h"
#include "gpcard/detail/install.h"
#include "gpcard/key_cryptography.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

constexpr std::uint8_t kLastBlock = 0x80;
// Of the load file, beside the block itself: tags, lengths, signatures.
constexpr std::size_t kMaximumOverhead = 4096;

struct Dap {
  ByteView domain;
  ByteView signature;
};

struct LoadFileData {
  std::vector<Dap> daps;
  ByteView block;
  bool ciphered = false;
};

Answer<Dap> parse_dap(ByteView value) {
  COSE_TRY(const auto domain, well_formed(tlv::require(value, tlv::Tag(0x4F))));
  COSE_TRY(const auto signature, well_formed(tlv::require(value, tlv::Tag(0xC3))));
  return Dap{domain, signature};
}

// §11.6.2.3, table 11-58.
Answer<LoadFileData> parse(ByteView octets) {
  LoadFileData parsed;
  tlv::TlvReader reader(octets);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, well_formed(reader.next()));
    switch (element.tag.value()) {
      case 0xE2: {
        COSE_TRY(const auto dap, parse_dap(element.value));
        parsed.daps.push_back(dap);
        break;
      }
      case 0xD4:
      case 0xC4:
        if (!parsed.block.empty()) return refuse(StatusWord::kWrongData);
        parsed.block = element.value;
        parsed.ciphered = element.tag == tlv::Tag(0xD4);
        break;
      default: break;
    }
  }
  if (parsed.block.empty()) return refuse(StatusWord::kWrongData);
  return parsed;
}

// §C.6: with the domain's key for it.
Answer<Bytes> deciphered(const CommandContext& context, Slot domain, ByteView block) {
  const auto owner = context.registry.get<Application>(domain);
  if (!owner || !owner->privileges.has(Privilege::kCipheredLoad)) return refuse(StatusWord::kConditionsNotSatisfied);
  auto key = find_key(context.registry, domain, kFirstCipheredLoadKeyVersion);
  if (!key) key = find_key(context.registry, domain, kLastCipheredLoadKeyVersion);
  if (!key) return refuse(StatusWord::kReferencedDataNotFound);
  return well_formed(decipher_load_file(key->value, block));
}

Result<Bytes> hash_of(ByteView block, std::size_t size) {
  for (const auto kind : {crypto::DigestKind::kSha1, crypto::DigestKind::kSha256, crypto::DigestKind::kSha384,
                          crypto::DigestKind::kSha512})
    if (crypto::digest_size(kind) == size) return crypto::digest(kind, block);
  return fail(ErrorKind::kInvalid, "no hash has that size");
}

// §9.2.1, §9.3.5: every domain with mandated DAP, and the one that the file is for if it verifies DAPs.
Answer<void> check_daps(const CommandContext& context, const Loading& loading, const LoadFileData& file) {
  const auto verified_by = [&](const Application& domain) {
    return std::ranges::any_of(file.daps, [&](const Dap& dap) { return equal(dap.domain, domain.aid); });
  };
  for (const auto& [slot, domain] : context.registry.all<Application>()) {
    const bool mandated = domain.privileges.has(Privilege::kMandatedDap);
    const bool own = slot == loading.domain && domain.privileges.has(Privilege::kDapVerification);
    if ((mandated || own) && !verified_by(domain)) return refuse(StatusWord::kConditionsNotSatisfied);
  }
  for (const auto& dap : file.daps) {
    const auto domain = context.registry.find_application(dap.domain);
    if (!domain || !domain->value.privileges.has(Privilege::kDapVerification)) return refuse(StatusWord::kWrongData);
    const auto key = find_key(context.registry, domain->slot, kDapKeyVersion);
    if (!key) return refuse(StatusWord::kReferencedDataNotFound);
    // Annex C.3: over the hash that INSTALL [for load] announced, which then cannot be missing.
    if (loading.expected_hash.empty()) return refuse(StatusWord::kWrongData);
    if (!verify_signature(key->value, loading.expected_hash, dap.signature)) return refuse(StatusWord::kWrongData);
  }
  return {};
}

Answer<void> check_hash(const Loading& loading, ByteView block) {
  if (loading.expected_hash.empty()) return {};
  const auto hash = hash_of(block, loading.expected_hash.size());
  if (!hash || !equal(*hash, loading.expected_hash)) return refuse(StatusWord::kWrongData);
  return {};
}

StatusWord status_of_linking(const Error& error) {
  // Where cards tell a missing import from a broken file.
  if (error.kind == ErrorKind::kNotFound) return StatusWord::kImportedPackageNotAvailable;
  if (error.kind == ErrorKind::kUnsupported) return StatusWord::kFunctionNotSupported;
  return status_of(error);
}

Answer<Loaded> linked(CommandContext& context, const Loading& loading, ByteView block) {
  auto package = context.library.link(block, context.runtime.machine().packages());
  if (!package) return refuse(status_of_linking(package.error()));
  // The file is registered under the name that INSTALL gave, which must be the package's, or nothing could import it.
  if ((*package)->find(loading.file_aid) == nullptr) return refuse(StatusWord::kWrongData);
  return Loaded{loading, *std::move(package)};
}

Answer<void> finish(CommandContext& context, const Loading& loading) {
  COSE_TRY(const auto file, parse(loading.octets));
  Bytes plain;
  auto block = file.block;
  if (file.ciphered) {
    COSE_TRY(plain, deciphered(context, loading.domain, file.block));
    block = plain;
  }
  COSE_CHECK(check_hash(loading, block));
  COSE_CHECK(check_daps(context, loading, file));
  COSE_TRY(auto complete, linked(context, loading, block));
  if (loading.is_combined) {
    context.session.loaded = std::move(complete);
    context.answer.push_back(0);
    return {};
  }
  return context.change([&]() -> Answer<void> {
    COSE_CHECK(register_file(context, complete));
    return append_receipt(context, loading.receipt_data);
  });
}

}  // namespace

Answer<void> register_file(CommandContext& context, const Loaded& loaded) {
  COSE_TRY(const auto number, answered(context.runtime.machine().load(loaded.package)));
  LoadFile file;
  file.aid = loaded.loading.file_aid;
  file.domain = loaded.loading.domain;
  file.package = number;
  COSE_TRY(const auto slot, answered(context.registry.insert(file)));
  static_cast<void>(slot);
  return {};
}

Answer<void> load(CommandContext& context) {
  const auto& command = context.command;
  auto& loading = context.session.loading;
  if (!loading) return refuse(StatusWord::kConditionsNotSatisfied);
  // §11.6.2.2: blocks count from 00, and 00 follows FF. Any mistake ends the loading.
  if ((command.p1 & ~kLastBlock) != 0 || command.p2 != loading->next_block) {
    loading.reset();
    return refuse(StatusWord::kIncorrectP1P2);
  }
  if (loading->octets.size() + command.data.size() > context.profile.limits.load_file + kMaximumOverhead) {
    loading.reset();
    return refuse(StatusWord::kNotEnoughMemory);
  }
  append(loading->octets, command.data);
  ++loading->next_block;
  if ((command.p1 & kLastBlock) == 0) {
    context.answer.push_back(0);
    return {};
  }
  const auto complete = *std::exchange(loading, std::nullopt);
  return finish(context, complete);
}

}  // namespace cose::gpcard
