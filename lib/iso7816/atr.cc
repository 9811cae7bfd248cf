// SPDX-License-Identifier: Apache-2.0
#include "iso7816/atr.h"

#include <algorithm>

#include "bytes/hex.h"
#include "bytes/reader.h"
#include "bytes/writer.h"

namespace cose::iso7816 {

namespace {

// The upper half of T0 and TDi, §8.2.2.
constexpr std::uint8_t kTaFollows = 0x10;
constexpr std::uint8_t kTbFollows = 0x20;
constexpr std::uint8_t kTcFollows = 0x40;
constexpr std::uint8_t kTdFollows = 0x80;

std::string octet_text(std::uint8_t octet) {
  return to_hex({&octet, 1});
}

Result<std::uint8_t> read_character(Reader& reader, const std::string& name) {
  if (reader.at_end())
    return fail(ErrorKind::kInvalid, "ATR is cut off: expected " + name + " at position " +
                                         std::to_string(reader.position()) + ", found the end");
  return reader.u8();
}

Result<Convention> read_convention(Reader& reader) {
  COSE_TRY(const auto ts, read_character(reader, "TS"));
  if (ts == static_cast<std::uint8_t>(Convention::kDirect)) return Convention::kDirect;
  if (ts == static_cast<std::uint8_t>(Convention::kInverse)) return Convention::kInverse;
  return fail(ErrorKind::kInvalid, "expected TS 3B or 3F, found " + octet_text(ts));
}

// One group; `follows` is the octet that announced it.
Result<InterfaceBytes> read_group(Reader& reader, std::uint8_t& follows, std::size_t number) {
  InterfaceBytes group;
  const auto index = std::to_string(number);
  if ((follows & kTaFollows) != 0) {
    COSE_TRY(group.ta, read_character(reader, "TA" + index));
  }
  if ((follows & kTbFollows) != 0) {
    COSE_TRY(group.tb, read_character(reader, "TB" + index));
  }
  if ((follows & kTcFollows) != 0) {
    COSE_TRY(group.tc, read_character(reader, "TC" + index));
  }
  if ((follows & kTdFollows) != 0) {
    COSE_TRY(follows, read_character(reader, "TD" + index));
    group.next_protocol = static_cast<std::uint8_t>(follows & 0x0F);
  }
  return group;
}

// Ends, because each group but the last takes at least its TD from an ATR of bounded length.
Result<std::vector<InterfaceBytes>> read_groups(Reader& reader, std::uint8_t t0) {
  std::vector<InterfaceBytes> groups;
  std::uint8_t follows = t0;
  do {
    COSE_TRY(const auto group, read_group(reader, follows, groups.size() + 1));
    groups.push_back(group);
  } while (groups.back().next_protocol);
  return groups;
}

std::uint8_t exclusive_or(ByteView octets) {
  std::uint8_t check = 0;
  for (const auto octet : octets) check ^= octet;
  return check;
}

// §8.2.5: TCK makes the exclusive or of T0 to TCK zero.
Status read_check_byte(Reader& reader, ByteView octets) {
  const auto expected = exclusive_or(octets.subspan(1, reader.position() - 1));
  COSE_TRY(const auto tck, read_character(reader, "TCK"));
  if (tck == expected) return {};
  return fail(ErrorKind::kInvalid, "expected TCK " + octet_text(expected) + ", found " + octet_text(tck));
}

std::uint8_t announcement(const InterfaceBytes& group) {
  return static_cast<std::uint8_t>((group.ta ? kTaFollows : 0) | (group.tb ? kTbFollows : 0) |
                                   (group.tc ? kTcFollows : 0) | (group.next_protocol ? kTdFollows : 0));
}

Status check_structure(const Atr& atr) {
  if (atr.historical.size() > kMaximumHistoricalBytes)
    return fail(ErrorKind::kInvalid, "expected at most " + std::to_string(kMaximumHistoricalBytes) +
                                         " historical bytes, found " + std::to_string(atr.historical.size()));
  if (atr.groups.empty()) return fail(ErrorKind::kInvalid, "an ATR has at least one group of interface bytes");
  for (std::size_t at = 0; at < atr.groups.size(); ++at) {
    const auto& next = atr.groups[at].next_protocol;
    const bool is_last = at + 1 == atr.groups.size();
    if (next.has_value() == is_last || next.value_or(0) > kGlobalInterface)
      return fail(ErrorKind::kInvalid, "expected a protocol of 0 to 15 in every group of interface bytes but the last");
  }
  return {};
}

void write_groups(Writer& writer, const Atr& atr) {
  for (std::size_t at = 0; at < atr.groups.size(); ++at) {
    const auto& group = atr.groups[at];
    for (const auto& character : {group.ta, group.tb, group.tc})
      if (character) writer.u8(*character);
    if (group.next_protocol)
      writer.u8(static_cast<std::uint8_t>(announcement(atr.groups[at + 1]) | *group.next_protocol));
  }
}

}  // namespace

Result<Atr> Atr::parse(ByteView octets) {
  if (octets.size() > kMaximumAtrSize)
    return fail(ErrorKind::kInvalid, "expected an ATR of at most " + std::to_string(kMaximumAtrSize) +
                                         " octets, found " + std::to_string(octets.size()));
  Reader reader(octets);
  Atr atr;
  COSE_TRY(atr.convention, read_convention(reader));
  COSE_TRY(const auto t0, read_character(reader, "T0"));
  COSE_TRY(atr.groups, read_groups(reader, t0));
  const std::size_t historical_count = t0 & 0x0F;
  if (reader.remaining() < historical_count)
    return fail(ErrorKind::kInvalid, "ATR is cut off: expected " + std::to_string(historical_count) +
                                         " historical bytes, found " + std::to_string(reader.remaining()));
  COSE_TRY(const auto historical, reader.take(historical_count));
  atr.historical = to_bytes(historical);
  if (atr.needs_check_byte()) COSE_CHECK(read_check_byte(reader, octets));
  COSE_CHECK(reader.expect_end());
  return atr;
}

Result<Bytes> Atr::encode() const {
  COSE_CHECK(check_structure(*this));
  Writer writer;
  writer.u8(static_cast<std::uint8_t>(convention));
  writer.u8(static_cast<std::uint8_t>(announcement(groups.front()) | historical.size()));
  write_groups(writer, *this);
  writer.octets(historical);
  if (needs_check_byte()) writer.u8(exclusive_or(writer.view().subspan(1)));
  if (writer.size() > kMaximumAtrSize)
    return fail(ErrorKind::kInvalid, "expected an ATR of at most " + std::to_string(kMaximumAtrSize) +
                                         " octets, found " + std::to_string(writer.size()));
  return writer.take();
}

std::vector<std::uint8_t> Atr::protocols() const {
  std::vector<std::uint8_t> offered;
  for (const auto& group : groups) {
    const auto protocol = group.next_protocol;
    if (protocol && *protocol != kGlobalInterface && std::ranges::find(offered, *protocol) == offered.end())
      offered.push_back(*protocol);
  }
  if (offered.empty()) offered.push_back(0);
  return offered;
}

bool Atr::needs_check_byte() const {
  return std::ranges::any_of(groups, [](const InterfaceBytes& group) { return group.next_protocol.value_or(0) != 0; });
}

}  // namespace cose::iso7816
