// SPDX-License-Identifier: Apache-2.0
#include "gpcard/key_objects.h"

#include "bytes/writer.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

using tlv::Tag;

constexpr Tag kControlReference{0xA6};
constexpr Tag kAuthorityKind{0x80};
constexpr Tag kKeyReference{0x83};
constexpr std::uint8_t kOfHosts = 0x00;
constexpr std::uint8_t kOfCards = 0x01;

Answer<Bytes> authorities(const CommandContext& context, std::uint8_t kind) {
  tlv::TlvBuilder list;
  for (const auto& [slot, object] : context.registry.all<DataObject>()) {
    if (object.domain != context.domain || object.tag >> 16 != kAuthorityIdentifier) continue;
    if (object.value.empty() || object.value[0] != kind) continue;
    list.add(Tag(kAuthorityIdentifier), ByteView(object.value).subspan(1));
    list.add(kKeyReference, Writer().u16(static_cast<std::uint16_t>(object.tag)).take());
  }
  if (list.size() == 0) return refuse(StatusWord::kReferencedDataNotFound);
  return list.take();
}

}  // namespace

Answer<KeyObjects> parse_key_objects(ByteView control_reference_template) {
  COSE_TRY(const auto key, well_formed(tlv::require(control_reference_template, kKeyReference)));
  COSE_TRY(const auto kind, well_formed(tlv::find(control_reference_template, kAuthorityKind)));
  COSE_TRY(const auto name, well_formed(tlv::find(control_reference_template, Tag(kAuthorityIdentifier))));
  if (key.size() != 2) return refuse(StatusWord::kWrongData);
  KeyObjects objects;
  objects.reference = static_cast<std::uint16_t>(key[0] << 8 | key[1]);
  if (!name) return objects;
  if (kind && (kind->size() != 1 || kind->front() > kOfCards)) return refuse(StatusWord::kWrongData);
  objects.authority = concat(Bytes{kind ? kind->front() : kOfHosts}, *name);
  return objects;
}

Answer<void> erase_objects_of(CommandContext& context, const Key& key) {
  for (const auto& [slot, object] : context.registry.all<DataObject>())
    if (object.domain == key.domain && object.tag > 0xFFFF &&
        static_cast<std::uint16_t>(object.tag) == key_reference(key))
      COSE_CHECK(answered(context.registry.erase(slot)));
  return {};
}

Answer<Bytes> certificate_store(const CommandContext& context) {
  if (!context.command.data.empty()) {
    COSE_TRY(const auto control, well_formed(tlv::require(context.command.data, kControlReference)));
    COSE_TRY(const auto wanted, parse_key_objects(control));
    const auto found = context.registry.find_data(context.domain, object_of_key(kCertificateStore, wanted.reference));
    if (!found) return refuse(StatusWord::kReferencedDataNotFound);
    return found->value.value;
  }
  for (const auto& [slot, object] : context.registry.all<DataObject>())
    if (object.domain == context.domain && object.tag >> 16 == kCertificateStore) return object.value;
  return refuse(StatusWord::kReferencedDataNotFound);
}

Answer<Bytes> authorities_of_hosts(const CommandContext& context) {
  return authorities(context, kOfHosts);
}

Answer<Bytes> authorities_of_cards(const CommandContext& context) {
  return authorities(context, kOfCards);
}

}  // namespace cose::gpcard
