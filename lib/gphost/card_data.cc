// SPDX-License-Identifier: Apache-2.0
#include "gphost/card_data.h"

#include <algorithm>
#include <array>
#include <map>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "gphost/names.h"
#include "tlv/tlv_reader.h"

namespace cose::gphost {

namespace {

using tlv::Tag;

// 1.2.840.114283, the arc of GlobalPlatform: H.2.
constexpr std::array<std::uint8_t, 6> kArc = {0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B};

struct FieldShape {
  std::string_view name;
  std::size_t size;
  bool is_date;
};

constexpr std::array kCplc = std::to_array<FieldShape>({{"IC fabricator", 2, false},
                                                        {"IC type", 2, false},
                                                        {"operating system", 2, false},
                                                        {"operating system release date", 2, true},
                                                        {"operating system release level", 2, false},
                                                        {"IC fabrication date", 2, true},
                                                        {"IC serial number", 4, false},
                                                        {"IC batch", 2, false},
                                                        {"IC module fabricator", 2, false},
                                                        {"IC module packaging date", 2, true},
                                                        {"ICC manufacturer", 2, false},
                                                        {"IC embedding date", 2, true},
                                                        {"IC pre-personalizer", 2, false},
                                                        {"IC pre-personalization date", 2, true},
                                                        {"IC pre-personalization equipment", 4, false},
                                                        {"IC personalizer", 2, false},
                                                        {"IC personalization date", 2, true},
                                                        {"IC personalization equipment", 4, false}});

// The value of the outer tag when it is there, else the octets themselves.
ByteView without(ByteView data, Tag outer) {
  const auto found = tlv::find(data, outer);
  return found && *found ? **found : data;
}

// The last octets of an object identifier of GlobalPlatform, after its arc.
Result<std::optional<Bytes>> identifier_in(ByteView data, Tag tag) {
  COSE_TRY(const auto found, tlv::find(data, tag));
  if (!found) return std::nullopt;
  COSE_TRY(const auto identifier, tlv::find(*found, Tag(0x06)));
  if (!identifier || identifier->size() <= kArc.size() || !equal(identifier->first(kArc.size()), kArc))
    return std::nullopt;
  return to_bytes(identifier->subspan(kArc.size()));
}

Result<std::uint32_t> number(ByteView octets) {
  if (octets.empty() || octets.size() > 4)
    return fail(ErrorKind::kInvalid, "expected a number of one to four octets, found " + to_hex(octets));
  std::uint32_t value = 0;
  for (const auto octet : octets) value = value << 8 | octet;
  return value;
}

}  // namespace

Result<CardRecognition> CardRecognition::parse(ByteView data) {
  const auto body = without(without(data, Tag(0x66)), Tag(0x73));
  CardRecognition recognition;
  // 60 { 06 arc.2.version }
  COSE_TRY(const auto version, identifier_in(body, Tag(0x60)));
  if (version && !version->empty() && version->front() == 0x02)
    for (std::size_t at = 1; at < version->size(); ++at)
      recognition.version += fmt::format("{}{}", at == 1 ? "" : ".", (*version)[at]);
  tlv::TlvReader reader(body);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    if (element.tag == Tag(0x64)) {
      // 64 { 06 arc.4.scp.i }, one for each protocol; some cards put several into one 64.
      tlv::TlvReader identifiers(element.value);
      while (!identifiers.at_end()) {
        COSE_TRY(const auto identifier, identifiers.next());
        const auto value = identifier.value;
        if (value.size() < kArc.size() + 3 || !equal(value.first(kArc.size()), kArc)) continue;
        recognition.protocols.push_back({value[kArc.size() + 1], value.back()});
      }
    }
    if (element.tag == Tag(0x65)) recognition.configuration = to_bytes(element.value);
    if (element.tag == Tag(0x66)) recognition.card_details = to_bytes(element.value);
  }
  return recognition;
}

Result<std::vector<KeyInformation>> KeyInformation::parse(ByteView data) {
  std::vector<KeyInformation> keys;
  tlv::TlvReader reader(without(data, Tag(0xE0)));
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    if (element.tag != Tag(0xC0)) continue;
    Reader octets(element.value);
    KeyInformation key;
    COSE_TRY(key.identifier, octets.u8());
    COSE_TRY(key.version, octets.u8());
    while (!octets.at_end()) {
      COSE_TRY(const auto type, octets.u8());
      // §11.3.3.1: FF announces the extended form, with lengths of two octets and usage behind; its components follow.
      if (type == 0xFF) {
        COSE_TRY(const auto real_type, octets.u8());
        COSE_TRY(const auto length, octets.u16());
        key.components.push_back({real_type, length});
        if (octets.remaining() <= 4) break;
        continue;
      }
      COSE_TRY(const auto length, octets.u8());
      key.components.push_back({type, length});
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

std::vector<std::string> describe(const std::vector<KeyInformation>& keys) {
  std::map<std::uint8_t, std::vector<const KeyInformation*>> versions;
  for (const auto& key : keys) versions[key.version].push_back(&key);
  std::vector<std::string> lines;
  for (const auto& [version, members] : versions) {
    std::string kinds;
    for (const auto& component : members.front()->components)
      kinds += fmt::format("{}{} {}", kinds.empty() ? "" : " + ", key_type_name(component.type), component.length * 8);
    std::string identifiers;
    for (const auto* member : members) identifiers += fmt::format(" {:02X}", member->identifier);
    lines.push_back(fmt::format("version {:02X}: {} (identifiers{})", version, kinds, identifiers));
  }
  return lines;
}

std::string CplcField::to_string() const {
  const auto text = to_hex(value);
  if (!is_date || value.size() != 2) return text;
  // YDDD in BCD: the last digit of the year, the day in it.
  if (std::ranges::any_of(text, [](char digit) { return digit > '9'; })) return text;
  const auto day = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
  if (day < 1 || day > 366) return text;
  return fmt::format("{} (day {} of a year ending in {})", text, day, text[0]);
}

Result<std::vector<CplcField>> parse_cplc(ByteView data) {
  Reader reader(without(data, Tag(0x9F7F)));
  std::vector<CplcField> fields;
  for (const auto& shape : kCplc) {
    auto value = reader.take(shape.size);
    if (!value) return std::unexpected(value.error().within("CPLC"));
    fields.push_back({shape.name, shape.is_date, to_bytes(*value)});
  }
  return fields;
}

Result<CardResources> CardResources::parse(ByteView data) {
  const auto body = without(data, Tag(0xFF21));
  CardResources resources;
  COSE_TRY(const auto applications, tlv::require(body, Tag(0x81)));
  COSE_TRY(const auto non_volatile, tlv::require(body, Tag(0x82)));
  COSE_TRY(const auto is_volatile, tlv::require(body, Tag(0x83)));
  COSE_TRY(resources.applications, number(applications));
  COSE_TRY(resources.free_non_volatile, number(non_volatile));
  COSE_TRY(resources.free_volatile, number(is_volatile));
  return resources;
}

Result<SelectedDomain> SelectedDomain::parse(ByteView data) {
  SelectedDomain domain;
  if (data.empty()) return domain;
  COSE_TRY(const auto body, tlv::require(data, Tag(0x6F)));
  COSE_TRY(const auto aid, tlv::find(body, Tag(0x84)));
  if (aid) domain.aid = to_bytes(*aid);
  COSE_TRY(const auto proprietary, tlv::find(body, Tag(0xA5)));
  if (!proprietary) return domain;
  COSE_TRY(const auto recognition, tlv::find(*proprietary, Tag(0x73)));
  if (recognition) domain.recognition = to_bytes(*recognition);
  COSE_TRY(const auto longest, tlv::find(*proprietary, Tag(0x9F65)));
  if (longest) {
    COSE_TRY(const auto octets, number(*longest));
    if (octets != 0) domain.longest_data = octets;
  }
  return domain;
}

}  // namespace cose::gphost
