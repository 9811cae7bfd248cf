// SPDX-License-Identifier: Apache-2.0
#include "iso7816/masking.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "bytes/hex.h"
#include "iso7816/command_apdu.h"

namespace cose::iso7816 {

namespace {

constexpr std::size_t kHeaderSize = 4;

enum class Hidden { kCommandData, kResponseData };

// A field without a value fits every octet.
struct Row {
  std::uint8_t ins;
  Hidden hidden;
  std::optional<std::uint8_t> cla = std::nullopt;
  std::optional<std::uint8_t> p1 = std::nullopt;
  std::optional<std::uint8_t> p2 = std::nullopt;
};

// ISO/IEC 7816-8: P1 is the tag of the data that PERFORM SECURITY OPERATION gives, P2 of the data it takes.
constexpr std::uint8_t kPlainValue = 0x80;
// PC/SC Part 3 §3.2.2.1: commands to the reader itself.
constexpr std::uint8_t kReaderClass = 0xFF;

constexpr Row kRows[] = {
    // PINs: ISO/IEC 7816-4 §7.5.6 to §7.5.10, EMV 4.4 Book 3 §6.5.10 and §6.5.12
    {0x20, Hidden::kCommandData},  // VERIFY
    {0x21, Hidden::kCommandData},
    {0x24, Hidden::kCommandData},  // CHANGE REFERENCE DATA, PIN CHANGE/UNBLOCK
    {0x25, Hidden::kCommandData},
    {0x26, Hidden::kCommandData},  // DISABLE VERIFICATION REQUIREMENT
    {0x28, Hidden::kCommandData},  // ENABLE VERIFICATION REQUIREMENT
    {0x2C, Hidden::kCommandData},  // RESET RETRY COUNTER
    {0x2D, Hidden::kCommandData},
    // Keys and personal data: GPC 2.3.1 §11.8 and §11.11, ISO/IEC 7816-4 §7.4.3
    {0xD8, Hidden::kCommandData},  // PUT KEY
    {0xDA, Hidden::kCommandData},  // PUT DATA
    {0xDB, Hidden::kCommandData},
    {0xD0, Hidden::kCommandData},  // WRITE BINARY, WRITE RECORD
    {0xD1, Hidden::kCommandData},
    {0xD2, Hidden::kCommandData},
    {0xD6, Hidden::kCommandData},  // UPDATE BINARY, UPDATE RECORD: how files with keys and PINs are written
    {0xD7, Hidden::kCommandData},
    {0xDC, Hidden::kCommandData},
    {0xDD, Hidden::kCommandData},
    {0xE2, Hidden::kCommandData},  // STORE DATA, APPEND RECORD
    {0xE3, Hidden::kCommandData},
    {0x82, Hidden::kCommandData, kReaderClass},  // LOAD KEYS
    // Session keys in the answer: RUN GSM ALGORITHM (ETSI TS 151 011 §9.2.16), AUTHENTICATE (ETSI TS 131 102 §7.1)
    {0x88, Hidden::kResponseData},
    {0x89, Hidden::kResponseData},
    // Plaintexts: ISO/IEC 7816-8 ENCIPHER, HASH and DECIPHER
    {0x2A, Hidden::kCommandData, std::nullopt, std::nullopt, kPlainValue},
    {0x2B, Hidden::kCommandData, std::nullopt, std::nullopt, kPlainValue},
    {0x2A, Hidden::kResponseData, std::nullopt, kPlainValue},
    {0x2B, Hidden::kResponseData, std::nullopt, kPlainValue},
    // The rest of any answer
    {0xC0, Hidden::kResponseData},  // GET RESPONSE
};

bool fits(const std::optional<std::uint8_t>& wanted, std::uint8_t octet) {
  return !wanted || *wanted == octet;
}

bool hides(Hidden part, const CommandApduView& command) {
  return std::ranges::any_of(kRows, [&](const Row& row) {
    return row.hidden == part && row.ins == command.ins && fits(row.cla, command.cla) && fits(row.p1, command.p1) &&
           fits(row.p2, command.p2);
  });
}

// Of a command that cannot be parsed only the instruction is trusted.
bool is_listed(ByteView command) {
  return command.size() >= 2 && std::ranges::any_of(kRows, [&](const Row& row) { return row.ins == command[1]; });
}

std::string size_text(std::size_t hidden) {
  return "[" + std::to_string(hidden) + (hidden == 1 ? " octet]" : " octets]");
}

}  // namespace

std::string loggable_command(ByteView command) {
  const auto apdu = CommandApduView::parse(command);
  if (!apdu)
    return is_listed(command) ? to_hex(command.first(2)) + " " + size_text(command.size() - 2) : to_hex(command);
  if (!hides(Hidden::kCommandData, *apdu)) return to_hex(command);
  // With a wrong Lc the end of a PIN reads as Le: its presence is shown and not its value.
  const std::string le = apdu->le ? " Le" : "";
  if (apdu->data.empty()) return to_hex(command.first(kHeaderSize)) + le;
  const auto data_at = static_cast<std::size_t>(apdu->data.data() - command.data());
  return to_hex(command.first(data_at)) + " " + size_text(apdu->data.size()) + le;
}

std::string loggable_response(ByteView command, ByteView response) {
  const auto apdu = CommandApduView::parse(command);
  const bool is_hidden = apdu ? hides(Hidden::kResponseData, *apdu) : is_listed(command);
  if (!is_hidden || response.size() == 2) return to_hex(response);
  if (response.size() < 2) return size_text(response.size());
  return size_text(response.size() - 2) + " " + to_hex(response.last(2));
}

}  // namespace cose::iso7816
