// SPDX-License-Identifier: Apache-2.0
// GET DATA (GPC 2.3.1 §11.3): data objects as rows of a table; what is not among them is looked for in what STORE DATA
// has left with the domain.
#include <algorithm>
#include <array>

#include "bytes/writer.h"
#include "gpcard/card_manager.h"
#include "gpcard/key_objects.h"
#include "gpcard/key_store.h"
#include "tlv/tlv_builder.h"
#include "tlv/tlv_reader.h"

namespace cose::gpcard {

namespace {

using tlv::Tag;
using tlv::TlvBuilder;

struct DataRow {
  std::uint16_t tag;
  Answer<Bytes> (*value)(const CommandContext& context);
};

// 1.2.840.114283, GlobalPlatform, and what follows.
template <typename... Octets>
Bytes oid(Octets... tail) {
  constexpr std::array<std::uint8_t, 6> kGlobalPlatform{0x2A, 0x86, 0x48, 0x86, 0xFC, 0x6B};
  const std::array<std::uint8_t, sizeof...(tail)> end{tail...};
  return concat(kGlobalPlatform, end);
}

Bytes with_oid(const Bytes& value) {
  return TlvBuilder().add(Tag(0x06), value).take();
}

// GPC 2.3.1 §H.2 and table H-1.
Answer<Bytes> card_data(const CommandContext& context) {
  const auto& profile = context.profile;
  if (profile.card_data) return *profile.card_data;
  TlvBuilder inner;
  inner.add(Tag(0x06), oid(std::uint8_t{1}));
  auto version = oid(std::uint8_t{2});
  append(version, profile.version);
  inner.add(Tag(0x60), with_oid(version)).add(Tag(0x63), with_oid(oid(std::uint8_t{3})));
  for (const auto& protocol : context.self().protocols)
    inner.add(Tag(0x64), with_oid(oid(std::uint8_t{4}, protocol.number, protocol.options)));
  if (!profile.card_details.empty()) inner.add(Tag(0x65), profile.card_details);
  if (!profile.chip_details.empty()) inner.add(Tag(0x66), profile.chip_details);
  return TlvBuilder().add(Tag(0x73), inner).take();
}

// GPC 2.3.1 §H.4: per protocol its options and, of SCP03, its key sizes; then privileges and algorithms.
Answer<Bytes> capabilities(const CommandContext& context) {
  if (context.profile.capabilities) return *context.profile.capabilities;
  TlvBuilder all;
  for (const auto& protocol : context.self().protocols) {
    TlvBuilder channel;
    channel.add(Tag(0x80), Bytes{protocol.number}).add(Tag(0x81), Bytes{protocol.options});
    constexpr std::uint8_t kAes128To256 = 0x07;
    if (protocol.number == 0x03) channel.add(Tag(0x82), Bytes{kAes128To256});
    all.add(Tag(0xA0), channel);
  }
  const std::array<std::uint8_t, 3> of_domains{0xFF, 0xFE, 0x80};
  const std::array<std::uint8_t, 3> of_applications{0x1E, 0x06, 0x00};
  const std::array<std::uint8_t, 4> hashes{0x01, 0x02, 0x03, 0x04};  // SHA-1 to SHA-512
  all.add(Tag(0x81), of_domains).add(Tag(0x82), of_applications).add(Tag(0x83), hashes);
  return all.take();
}

Answer<Bytes> keys(const CommandContext& context) {
  return key_information(context.registry, context.domain);
}

Answer<Bytes> sequence_counter(const CommandContext& context) {
  const auto set = channel_keys(context.registry, context.domain, 0);
  if (!set) return refuse(StatusWord::kReferencedDataNotFound);
  Writer counter;
  if (set->keys.algorithm == scp::KeyAlgorithm::kAes)
    counter.u24(set->counter);
  else
    counter.u16(static_cast<std::uint16_t>(set->counter));
  return counter.take();
}

Answer<Bytes> confirmation_counter(const CommandContext& context) {
  return Writer().u16(context.registry.card().confirmations).take();
}

// GPC 2.3.1 §11.3.3.1: level of the session, inside one.
Answer<Bytes> security_level(const CommandContext& context) {
  if (!context.session.authenticated()) return refuse(StatusWord::kReferencedDataNotFound);
  return Bytes{static_cast<std::uint8_t>(0x80 | context.session.channel->level().bits)};
}

// ETSI TS 102 226 §8.2.1.7.2.
Answer<Bytes> resources(const CommandContext& context) {
  auto& heap = context.runtime.machine().heap();
  const auto applications = context.registry.all<Application>().size() - 1;
  return TlvBuilder()
      .add(Tag(0x81), Writer().u16(static_cast<std::uint16_t>(applications)).take())
      .add(Tag(0x82), Writer().u32(heap.free_persistent()).take())
      .add(Tag(0x83), Writer().u32(heap.free_transient()).take())
      .take();
}

constexpr std::array kRows = {
    DataRow{0x0066, card_data},
    DataRow{0x0067, capabilities},
    DataRow{0x00E0, keys},
    DataRow{0x00C1, sequence_counter},
    DataRow{0x00C2, confirmation_counter},
    DataRow{0x00D3, security_level},
    DataRow{0xFF21, resources},
    DataRow{0xBF21, certificate_store},
    DataRow{0xFF33, authorities_of_hosts},
    DataRow{0xFF34, authorities_of_cards},
};

// The names of all applications, as the contents of EF.DIR (ISO/IEC 7816-4 §8.2.1.1).
constexpr std::uint16_t kListOfApplications = 0x2F00;

Bytes list_of_applications(const CommandContext& context) {
  TlvBuilder list;
  for (const auto& [slot, application] : context.registry.all<Application>())
    if (slot != context.domain && is_selectable(application.state))
      list.add(Tag(0x61), TlvBuilder().add(Tag(0x4F), application.aid));
  return list.take();
}

// Kept by the issuer's domain for all: table 11-25.
bool is_of_the_card(std::uint32_t tag) {
  return tag == 0x9F7F || tag == 0xCF;
}

Answer<Bytes> stored(const CommandContext& context, std::uint32_t tag) {
  auto found = context.registry.find_data(context.domain, tag);
  if (!found && is_of_the_card(tag)) found = context.registry.find_data(context.manager.issuer_domain(), tag);
  if (!found) return refuse(StatusWord::kReferencedDataNotFound);
  return found->value.value;
}

}  // namespace

Answer<void> get_data(CommandContext& context) {
  const auto tag = static_cast<std::uint16_t>(context.command.p1 << 8 | context.command.p2);
  if (tag == kListOfApplications) {
    append(context.answer, list_of_applications(context));
    return {};
  }
  const auto row = std::ranges::find(kRows, tag, &DataRow::tag);
  const auto written = tlv::Tag::from_value(tag);
  if (!written) return refuse(StatusWord::kReferencedDataNotFound);
  auto value = stored(context, tag);
  // Profile and card know these; a stored card data object replaces ours (§11.11.3.2).
  if (row != kRows.end() && (!value || tag != 0x0066)) value = row->value(context);
  if (!value) return std::unexpected(value.error());
  tlv::append_element(context.answer, *written, *value);
  return {};
}

}  // namespace cose::gpcard
