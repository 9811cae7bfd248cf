// SPDX-License-Identifier: Apache-2.0
// STORE DATA (GPC 2.3.1 §11.11): to the domain itself, or to the application that INSTALL [for personalization] named.
#include <algorithm>
#include <array>

#include "bytes/reader.h"
#include "gpcard/card_manager.h"
#include "gpcard/detail/personalization.h"
#include "gpcard/key_objects.h"
#include "gpcard/key_store.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

// P1, table 11-109.
constexpr std::uint8_t kLastBlock = 0x80;
constexpr std::uint8_t kEncryption = 0x60;
constexpr std::uint8_t kStructure = 0x18;
constexpr std::uint8_t kDgi = 0x08;
constexpr std::uint8_t kBerTlv = 0x10;

constexpr std::size_t kMaximumStored = 8192;
constexpr std::size_t kMaximumDataObjects = 64;  // of one domain

// Data objects that cannot be written: made by the card, or parts of other commands.
bool is_read_only(std::uint32_t tag) {
  constexpr std::array<std::uint32_t, 9> kTags{0xE0, 0xC1, 0xC2, 0xD3, 0xFF21, 0x67, 0xBF21, 0xFF33, 0xFF34};
  return std::ranges::find(kTags, tag) != kTags.end();
}

Answer<void> keep(CommandContext& context, std::uint32_t tag, ByteView value) {
  auto found = context.registry.find_data(context.domain, tag);
  if (value.empty()) {
    if (!found) return {};
    return answered(context.registry.erase(found->slot));
  }
  DataObject object;
  object.domain = context.domain;
  object.tag = tag;
  object.value = to_bytes(value);
  if (found) return answered(context.registry.replace(found->slot, object));
  const auto all = context.registry.all<DataObject>();
  const auto own =
      std::ranges::count_if(all, [&](const Entry<DataObject>& each) { return each.value.domain == context.domain; });
  if (static_cast<std::size_t>(own) >= kMaximumDataObjects) return refuse(StatusWord::kNotEnoughMemory);
  COSE_TRY(const auto slot, answered(context.registry.insert(object)));
  static_cast<void>(slot);
  return {};
}

Answer<void> put_object(CommandContext& context, std::uint32_t tag, ByteView value) {
  if (is_read_only(tag) || tag > 0xFFFF) return refuse(StatusWord::kWrongData);
  return keep(context, tag, value);
}

// §11.11.3.3: 4F gives the domain another name. The runtime knows a domain by its number, so the name is ours alone.
Answer<void> rename(CommandContext& context, ByteView aid) {
  if (!jcre::Aid::of(aid)) return refuse(StatusWord::kWrongData);
  const auto other = context.registry.find_application(aid);
  if ((other && other->slot != context.domain) || context.registry.find_load_file(aid))
    return refuse(StatusWord::kWrongData);
  auto self = context.self();
  self.aid = to_bytes(aid);
  return answered(context.registry.replace(context.domain, self));
}

// CPLC in parts: DGIs of pre-personalization and personalization, eight octets each at the end of it.
Answer<void> put_part_of_cplc(CommandContext& context, std::size_t offset, ByteView value) {
  constexpr std::size_t kPart = 8;
  auto cplc = context.registry.find_data(context.manager.issuer_domain(), 0x9F7F);
  if (!cplc || context.domain != context.manager.issuer_domain()) return refuse(StatusWord::kReferencedDataNotFound);
  if (value.size() != kPart || cplc->value.value.size() < offset + kPart) return refuse(StatusWord::kWrongData);
  std::ranges::copy(value, cplc->value.value.begin() + static_cast<std::ptrdiff_t>(offset));
  return answered(context.registry.replace(cplc->slot, cplc->value));
}

Answer<void> put_one(CommandContext& context, std::uint32_t tag, ByteView value) {
  switch (tag) {
    case 0x4F: return rename(context, value);
    case 0x9F66: return put_part_of_cplc(context, 26, value);
    case 0x9F67: return put_part_of_cplc(context, 34, value);
    default: return put_object(context, tag, value);
  }
}

// Amendment F §7: what follows A6 belongs to the key that it names.
Answer<std::uint16_t> begin_key_objects(CommandContext& context, ByteView control_reference_template) {
  COSE_TRY(const auto objects, parse_key_objects(control_reference_template));
  const auto id = static_cast<std::uint8_t>(objects.reference >> 8);
  const auto version = static_cast<std::uint8_t>(objects.reference);
  if (!find_key(context.registry, context.domain, version, id)) return refuse(StatusWord::kReferencedDataNotFound);
  if (objects.authority)
    COSE_CHECK(keep(context, object_of_key(kAuthorityIdentifier, objects.reference), *objects.authority));
  return objects.reference;
}

Answer<void> put_tlv(CommandContext& context, ByteView data) {
  std::optional<std::uint16_t> key;
  tlv::TlvReader reader(data);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, well_formed(reader.next()));
    const auto tag = element.tag.value();
    if (tag == 0xA6) {
      COSE_TRY(key, begin_key_objects(context, element.value));
    } else if (key && (tag == kCertificateStore || tag == kAllowList)) {
      COSE_CHECK(keep(context, object_of_key(static_cast<std::uint16_t>(tag), *key), element.value));
    } else {
      COSE_CHECK(put_one(context, tag, element.value));
    }
  }
  return {};
}

// A DGI has two octets, its length one, or FF and two (GlobalPlatform Systems Scripting, EMV CPS 1.1 §2.2).
Answer<void> put_dgis(CommandContext& context, ByteView data, bool encrypted) {
  constexpr std::uint8_t kLong = 0xFF;
  constexpr std::uint16_t kTlvInside = 0x0070;
  Reader reader(data);
  while (!reader.at_end()) {
    COSE_TRY(const auto dgi, well_formed(reader.u16()));
    COSE_TRY(const auto first, well_formed(reader.u8()));
    std::size_t length = first;
    if (first == kLong) {
      COSE_TRY(length, well_formed(reader.u16()));
    }
    COSE_TRY(auto value, well_formed(reader.take(length)));
    Secret plain;
    if (encrypted) {
      COSE_TRY(plain, context.session.channel->decrypt_sensitive(value));
      value = plain.view();
    }
    // §11.11.3.3 table 11-112: DGI 0070 holds data objects.
    COSE_CHECK(dgi == kTlvInside ? put_tlv(context, value) : put_one(context, dgi, value));
  }
  return {};
}

Answer<void> put_all(CommandContext& context, const Storing& storing) {
  const auto structure = static_cast<std::uint8_t>(storing.structure & kStructure);
  const auto encryption = static_cast<std::uint8_t>(storing.structure & kEncryption);
  if (structure == kDgi) return put_dgis(context, storing.octets, encryption == kEncryption);
  // Without a structure named, clients send data objects as well.
  if (structure == kBerTlv || structure == 0) return put_tlv(context, storing.octets);
  return refuse(StatusWord::kWrongData);
}

}  // namespace

Answer<void> store_data(CommandContext& context) {
  const auto& command = context.command;
  auto& storing = context.session.storing;
  if (context.session.personalized) return personalize(context, *context.session.personalized);
  if (!storing) storing = Storing{};
  const auto structure = static_cast<std::uint8_t>(command.p1 & (kStructure | kEncryption));
  const bool first = storing->next_block == 0 && storing->octets.empty();
  if (first) storing->structure = structure;
  if (command.p2 != storing->next_block || structure != storing->structure) {
    storing.reset();
    return refuse(StatusWord::kIncorrectP1P2);
  }
  if (storing->octets.size() + command.data.size() > kMaximumStored) {
    storing.reset();
    return refuse(StatusWord::kNotEnoughMemory);
  }
  append(storing->octets, command.data);
  ++storing->next_block;
  if ((command.p1 & kLastBlock) == 0) return {};
  const auto complete = *std::exchange(storing, std::nullopt);
  return context.change([&] { return put_all(context, complete); });
}

}  // namespace cose::gpcard
