// SPDX-License-Identifier: Apache-2.0
#include "kiosk/terminal_profile.h"

#include <array>
#include <chrono>

#include "bytes/hex.h"
#include "emv/dictionary.h"

namespace cose::kiosk {

namespace {

struct Row {
  tlv::Tag tag;
  std::string_view value;
};

// Of a reading that is no payment: one unit of a currency, online.
constexpr Row kDefaults[] = {
    {tlv::Tag(0x9F02), "000000000100"},                    // amount
    {tlv::Tag(0x9F03), "000000000000"},                    // other amount
    {tlv::Tag(0x9F1A), "0250"},                            // country
    {tlv::Tag(0x5F2A), "0978"},                            // currency
    {tlv::Tag(0x5F36), "02"},                              // its exponent
    {tlv::Tag(0x9C), "00"},                                // purchase
    {tlv::Tag(0x95), "0000000000"},                        // TVR
    {tlv::Tag(0x9B), "0000"},                              // TSI
    {tlv::Tag(0x9F35), "22"},                              // attended, offline with online capability, merchant
    {tlv::Tag(0x9F33), "E0B8C8"},                          // capabilities: all entries, PIN and signature, SDA DDA CDA
    {tlv::Tag(0x9F40), "F000F0A001"},                      // additional capabilities
    {tlv::Tag(0x9F09), "008C"},                            // application version
    {tlv::Tag(0x9F15), "5999"},                            // merchant category
    {tlv::Tag(0x9F16), "202020202020202020202020202020"},  // merchant
    {tlv::Tag(0x9F1C), "436F534530303031"},                // "CoSE0001"
    {tlv::Tag(0x9F1E), "436F534530303031"},                // serial number of the interface device
    {tlv::Tag(0x9F1D), "0000000000000000"},                // risk management data
    {tlv::Tag(0x9F4E), "436F5345"},                        // merchant's name and place
    {tlv::Tag(0x9F66), "36004000"},                        // TTQ: qVSDC, contact chip, online PIN, signature, CVM
    {tlv::Tag(0x9F6E), "D8B04000"},                        // enhanced contactless reader capabilities
    {tlv::Tag(0x9F5A), "00"},
    {tlv::Tag(0x9F7A), "01"},      // VLP supported
    {tlv::Tag(0x9F34), "1F0302"},  // no CVM performed
    {tlv::Tag(0x9F45), "0000"},
    {tlv::Tag(0x9F7C), "0000000000000000000000000000000000000000"},
};

Bytes packed(unsigned value) {
  return {static_cast<std::uint8_t>(value / 10 % 10 << 4 | value % 10)};
}

}  // namespace

TerminalProfile::TerminalProfile() {
  for (const auto& row : kDefaults) values_.emplace(row.tag, from_hex(row.value).value());
}

Status TerminalProfile::set(tlv::Tag tag, ByteView value) {
  if (value.size() > 252) return fail(ErrorKind::kInvalid, tag.to_string() + ": a data object has at most 252 octets");
  values_[tag] = to_bytes(value);
  return {};
}

Status TerminalProfile::set(std::string_view assignment) {
  const auto equals = assignment.find('=');
  if (equals == std::string_view::npos)
    return fail(ErrorKind::kInvalid, "expected TAG=HEX such as 9F1A=0276, found \"" + std::string(assignment) + "\"");
  COSE_TRY(const auto tag, tlv::Tag::from_hex(assignment.substr(0, equals)));
  COSE_TRY(const auto value, from_hex(assignment.substr(equals + 1)));
  return set(tag, value);
}

ByteView TerminalProfile::get(tlv::Tag tag) const {
  const auto found = values_.find(tag);
  return found == values_.end() ? ByteView() : ByteView(found->second);
}

Status TerminalProfile::begin(const Clock& clock, Rng& rng) {
  using namespace std::chrono;
  const auto now = sys_time<Nanoseconds>(clock.wall());
  const auto day = floor<days>(now);
  const year_month_day date(day);
  const hh_mm_ss time(floor<seconds>(now - day));
  values_[tlv::Tag(0x9A)] =
      concat(packed(static_cast<unsigned>(static_cast<int>(date.year()))), packed(static_cast<unsigned>(date.month())),
             packed(static_cast<unsigned>(date.day())));
  values_[tlv::Tag(0x9F21)] =
      concat(packed(static_cast<unsigned>(time.hours().count())), packed(static_cast<unsigned>(time.minutes().count())),
             packed(static_cast<unsigned>(time.seconds().count())));
  Bytes number(4);
  COSE_CHECK(rng.fill(number));
  values_[tlv::Tag(0x9F37)] = number;
  return {};
}

Bytes TerminalProfile::fill(const tlv::Dol& list) const {
  return list.fill([this](tlv::Tag tag) -> std::optional<tlv::DolValue> {
    const auto found = values_.find(tag);
    if (found == values_.end()) return std::nullopt;
    return tlv::DolValue{found->second, emv::dol_format_of(tag)};
  });
}

}  // namespace cose::kiosk
