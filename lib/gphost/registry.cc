// SPDX-License-Identifier: Apache-2.0
#include "gphost/registry.h"

#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "tlv/tlv_reader.h"

namespace cose::gphost {

namespace {

using tlv::Tag;

constexpr std::uint8_t kSecurityDomain = 0x80;

EntryKind kind_of(StatusScope scope, const Privileges& privileges) {
  switch (scope) {
    case StatusScope::kIssuerDomain: return EntryKind::kIssuerDomain;
    case StatusScope::kApplications:
      return (privileges[0] & kSecurityDomain) != 0 ? EntryKind::kDomain : EntryKind::kApplication;
    default: return EntryKind::kLoadFile;
  }
}

Result<RegistryEntry> entry_of(ByteView value, StatusScope scope) {
  RegistryEntry entry;
  tlv::TlvReader reader(value);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    const auto octets = element.value;
    switch (element.tag.value()) {
      case 0x4F: entry.aid = to_bytes(octets); break;
      case 0x9F70:
        // Some cards send two octets, the second of which is about the contactless interface.
        if (!octets.empty()) entry.state = octets.front();
        break;
      case 0xC5:
        std::ranges::copy(octets.first(std::min(octets.size(), entry.privileges.size())), entry.privileges.begin());
        break;
      case 0xC4: entry.load_file = to_bytes(octets); break;
      case 0xCC: entry.domain = to_bytes(octets); break;
      case 0xCE: entry.version = to_bytes(octets); break;
      case 0x84: entry.modules.push_back(to_bytes(octets)); break;
      case 0xCF: entry.implicit_selections.push_back(to_bytes(octets)); break;
      default: break;
    }
  }
  entry.kind = kind_of(scope, entry.privileges);
  return entry;
}

Result<std::vector<RegistryEntry>> parse_tlv(ByteView data, StatusScope scope) {
  std::vector<RegistryEntry> entries;
  tlv::TlvReader reader(data);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    if (element.tag != Tag(0xE3))
      return fail(ErrorKind::kInvalid, "GET STATUS: expected E3, found " + element.tag.to_string());
    COSE_TRY(auto entry, entry_of(element.value, scope));
    entries.push_back(std::move(entry));
  }
  return entries;
}

// Table 11-35: length and AID, state, privileges; with modules a count and their AIDs.
Result<std::vector<RegistryEntry>> parse_legacy(ByteView data, StatusScope scope) {
  std::vector<RegistryEntry> entries;
  Reader reader(data);
  while (!reader.at_end()) {
    RegistryEntry entry;
    COSE_TRY(const auto aid, reader.take_with_length8());
    entry.aid = to_bytes(aid);
    COSE_TRY(entry.state, reader.u8());
    COSE_TRY(entry.privileges[0], reader.u8());
    if (scope == StatusScope::kLoadFilesAndModules) {
      COSE_TRY(const auto count, reader.u8());
      for (int module = 0; module < count; ++module) {
        COSE_TRY(const auto module_aid, reader.take_with_length8());
        entry.modules.push_back(to_bytes(module_aid));
      }
    }
    entry.kind = kind_of(scope, entry.privileges);
    entries.push_back(std::move(entry));
  }
  return entries;
}

}  // namespace

Result<std::vector<RegistryEntry>> parse_status(ByteView data, StatusScope scope, StatusFormat format) {
  return format == StatusFormat::kTlv ? parse_tlv(data, scope) : parse_legacy(data, scope);
}

const RegistryEntry* Registry::find(ByteView aid) const {
  const auto found = std::ranges::find_if(entries, [&](const auto& entry) { return equal(entry.aid, aid); });
  return found == entries.end() ? nullptr : &*found;
}

const RegistryEntry* Registry::find(ByteView aid, EntryKind kind) const {
  const auto found =
      std::ranges::find_if(entries, [&](const auto& entry) { return entry.kind == kind && equal(entry.aid, aid); });
  return found == entries.end() ? nullptr : &*found;
}

}  // namespace cose::gphost
