// SPDX-License-Identifier: Apache-2.0
// Atr::describe(): the meanings of the characters, as rows of a table.
#include <algorithm>
#include <array>
#include <string_view>

#include "bytes/hex.h"
#include "iso7816/atr.h"
#include "iso7816/historical_bytes.h"

namespace cose::iso7816 {

namespace {

std::string hex_of(std::uint8_t octet) {
  return to_hex({&octet, 1});
}

// ISO/IEC 7816-3 §8.3 tables 7 and 8; zero is reserved for future use.
struct ClockRate {
  unsigned fi;
  std::string_view maximum_clock;
};
constexpr std::array<ClockRate, 16> kClockRates = {{{372, "4"},
                                                    {372, "5"},
                                                    {558, "6"},
                                                    {744, "8"},
                                                    {1116, "12"},
                                                    {1488, "16"},
                                                    {1860, "20"},
                                                    {0, ""},
                                                    {0, ""},
                                                    {512, "5"},
                                                    {768, "7.5"},
                                                    {1024, "10"},
                                                    {1536, "15"},
                                                    {2048, "20"},
                                                    {0, ""},
                                                    {0, ""}}};
constexpr std::array<unsigned, 16> kBaudRateFactors = {0, 1, 2, 4, 8, 16, 32, 64, 12, 20, 0, 0, 0, 0, 0, 0};

std::string rates(std::uint8_t ta1) {
  const auto& rate = kClockRates[ta1 >> 4];
  const auto factor = kBaudRateFactors[ta1 & 0x0F];
  const std::string reserved = "reserved";
  return "F " + (rate.fi == 0 ? reserved : std::to_string(rate.fi)) + ", D " +
         (factor == 0 ? reserved : std::to_string(factor)) +
         (rate.fi == 0 ? "" : ", clock up to " + std::string(rate.maximum_clock) + " MHz");
}

std::string programming_voltage(std::uint8_t) {
  return "programming voltage, no longer used";
}

std::string guard_time(std::uint8_t tc1) {
  return tc1 == 255 ? "extra guard time 255: the minimum" : "extra guard time " + std::to_string(tc1);
}

std::string specific_mode(std::uint8_t ta2) {
  return "specific mode with T=" + std::to_string(ta2 & 0x0F) +
         ((ta2 & 0x10) != 0 ? ", implicit parameters" : ", parameters of the interface bytes") +
         ((ta2 & 0x80) != 0 ? ", cannot change mode" : ", can change mode");
}

std::string waiting_integer(std::uint8_t tc2) {
  return "waiting time integer " + std::to_string(tc2);
}

std::string information_field(std::uint8_t ta) {
  return "information field of the card " + std::to_string(ta) + " octets";
}

std::string waiting_integers(std::uint8_t tb) {
  return "block waiting integer " + std::to_string(tb >> 4) + ", character waiting integer " +
         std::to_string(tb & 0x0F);
}

std::string error_detection(std::uint8_t tc) {
  return (tc & 0x01) != 0 ? "cyclic redundancy code" : "longitudinal redundancy code";
}

std::string clock_stop_and_classes(std::uint8_t ta) {
  constexpr std::array<std::string_view, 4> kClockStop = {"no clock stop", "clock stop low", "clock stop high",
                                                          "clock stop low or high"};
  std::string classes;
  for (unsigned index = 0; index < 3; ++index)
    if ((ta >> index & 1) != 0) classes += std::string(" ") + "ABC"[index];
  return std::string(kClockStop[ta >> 6]) + ", voltage classes" + (classes.empty() ? " none" : classes);
}

std::string contact_c6(std::uint8_t tb) {
  return tb == 0 ? "contact C6 not used" : "contact C6 in use";
}

// Which character a meaning belongs to: its letter, the numbers of the groups, and the protocol that the group is of.
constexpr int kAnyProtocol = -1;
struct Meaning {
  char letter;
  std::size_t first_group;
  std::size_t last_group;
  int protocol;
  std::string (*text)(std::uint8_t);
};

// ISO/IEC 7816-3 §8.3, §10.2 (T=0), §11.4 (T=1).
constexpr std::size_t kLastGroup = kMaximumAtrSize;
constexpr Meaning kMeanings[] = {
    {'A', 1, 1, kAnyProtocol, rates},
    {'B', 1, 2, kAnyProtocol, programming_voltage},
    {'C', 1, 1, kAnyProtocol, guard_time},
    {'A', 2, 2, kAnyProtocol, specific_mode},
    {'C', 2, 2, 0, waiting_integer},
    {'A', 3, kLastGroup, 1, information_field},
    {'B', 3, kLastGroup, 1, waiting_integers},
    {'C', 3, kLastGroup, 1, error_detection},
    {'A', 3, kLastGroup, kGlobalInterface, clock_stop_and_classes},
    {'B', 3, kLastGroup, kGlobalInterface, contact_c6},
};

std::string line_of(char letter, std::size_t group, int protocol, std::uint8_t character) {
  std::string line = std::string("T") + letter + std::to_string(group) + " " + hex_of(character);
  for (const auto& meaning : kMeanings)
    if (meaning.letter == letter && group >= meaning.first_group && group <= meaning.last_group &&
        (meaning.protocol == kAnyProtocol || meaning.protocol == protocol))
      return line + ": " + meaning.text(character) + "\n";
  return line + ": reserved or of its protocol\n";
}

std::string lines_of(const InterfaceBytes& group, std::size_t number, int protocol) {
  std::string text;
  if (group.ta) text += line_of('A', number, protocol, *group.ta);
  if (group.tb) text += line_of('B', number, protocol, *group.tb);
  if (group.tc) text += line_of('C', number, protocol, *group.tc);
  if (!group.next_protocol) return text;
  text += "TD" + std::to_string(number) + ": ";
  return text +
         (*group.next_protocol == kGlobalInterface ? "global interface bytes"
                                                   : "T=" + std::to_string(*group.next_protocol)) +
         "\n";
}

std::string line_of(const CompactObject& object) {
  const auto name = compact_object_name(object.number);
  return "  " + (name.empty() ? "object " + std::to_string(object.number) : std::string(name)) + ": " +
         to_hex(object.value) + "\n";
}

bool reads_as_text(ByteView octets) {
  return std::ranges::all_of(octets, [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7F; });
}

std::string lines_of_historical(ByteView octets) {
  if (octets.empty()) return "";
  std::string text = "historical bytes " + to_hex(octets);
  if (reads_as_text(octets)) return text.append(" \"").append(as_text(octets)).append("\"\n");
  text += "\n";
  const auto historical = HistoricalBytes::parse(octets);
  if (!historical) return text + "  " + historical.error().message + "\n";
  for (const auto& object : historical->objects) text += line_of(object);
  if (const auto life_cycle = historical->life_cycle) text += "  life cycle status: " + hex_of(*life_cycle) + "\n";
  if (const auto status = historical->status) text += "  status: " + to_string(*status) + " " + meaning(*status) + "\n";
  return text;
}

}  // namespace

std::string Atr::describe() const {
  std::string text = convention == Convention::kDirect ? "TS 3B: direct convention\n" : "TS 3F: inverse convention\n";
  int protocol = kAnyProtocol;
  for (std::size_t at = 0; at < groups.size(); ++at) {
    text += lines_of(groups[at], at + 1, protocol);
    protocol = groups[at].next_protocol.value_or(0);
  }
  return text + lines_of_historical(historical);
}

}  // namespace cose::iso7816
