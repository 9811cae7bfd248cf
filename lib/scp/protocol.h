// SPDX-License-Identifier: Apache-2.0
// Which secure channel protocol, with which options (`i`), at which security level.
//
// Values. Sources: GPC 2.3.1 §10.1, annexes D (SCP01) and E (SCP02); SCP03 = Amendment D 1.2; SCP11 = Amendment F 1.3.
// Error: kUnsupported for a combination that no specification defines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>

#include "bytes/result.h"
#include "iso7816/status_word.h"

namespace cose::scp {

// What a card answers instead of an Error: the status word of the refusal.
template <typename T>
using Answer = std::expected<T, iso7816::StatusWord>;

[[nodiscard]] inline std::unexpected<iso7816::StatusWord> refuse(iso7816::StatusWord status) {
  return std::unexpected(status);
}

struct Protocol {
  std::uint8_t number = 0x02;   // 01, 02, 03, 11
  std::uint8_t options = 0x15;  // `i`

  friend bool operator==(const Protocol&, const Protocol&) = default;

  // SCP02, GPC 2.3.1 §E.1.1 table E-1.
  [[nodiscard]] constexpr bool has_three_keys() const { return number != 0x02 || (options & 0x01) != 0; }
  [[nodiscard]] constexpr bool signs_unmodified_command() const { return number == 0x02 && (options & 0x02) != 0; }
  [[nodiscard]] constexpr bool is_explicit() const { return number != 0x02 || (options & 0x04) != 0; }
  [[nodiscard]] constexpr bool starts_from_aid() const { return number == 0x02 && (options & 0x08) != 0; }
  // SCP01 i=15 and SCP02, GPC 2.3.1 §D.1.4 and §E.3.4.
  [[nodiscard]] constexpr bool encrypts_chaining_value() const { return number < 0x03 && (options & 0x10) != 0; }
  // SCP03 §5.1 table 5-1: bits of their own.
  [[nodiscard]] constexpr bool has_long_codes() const { return number == 0x03 && (options & 0x01) != 0; }  // S16
  [[nodiscard]] constexpr bool has_pseudo_random_challenge() const {
    return (number == 0x02 && (options & 0x40) != 0) || (number == 0x03 && (options & 0x10) != 0);
  }
  [[nodiscard]] constexpr bool offers_response_mac() const {
    return number == 0x11 || (number != 0x01 && (options & 0x20) != 0);
  }
  [[nodiscard]] constexpr bool offers_response_encryption() const {
    return number == 0x11 || (number == 0x03 && (options & 0x60) == 0x60);
  }
  // Octets of a challenge and of a cryptogram in INITIALIZE UPDATE; the card's challenge is 6 in SCP02.
  [[nodiscard]] constexpr std::size_t code_size() const { return has_long_codes() ? 16 : 8; }
};

// Error: kUnsupported.
[[nodiscard]] Status check(Protocol protocol);
[[nodiscard]] std::string to_string(Protocol protocol);  // "SCP03 i=70"

// GPC 2.3.1 §10.6 and the P1 of EXTERNAL AUTHENTICATE (§E.5.2.3, SCP03 §7.1.2.1).
struct SecurityLevel {
  std::uint8_t bits = 0;

  static constexpr std::uint8_t kCommandMac = 0x01;
  static constexpr std::uint8_t kCommandEncryption = 0x02;
  static constexpr std::uint8_t kResponseMac = 0x10;
  static constexpr std::uint8_t kResponseEncryption = 0x20;

  [[nodiscard]] constexpr bool command_mac() const { return (bits & kCommandMac) != 0; }
  [[nodiscard]] constexpr bool command_encryption() const { return (bits & kCommandEncryption) != 0; }
  [[nodiscard]] constexpr bool response_mac() const { return (bits & kResponseMac) != 0; }
  [[nodiscard]] constexpr bool response_encryption() const { return (bits & kResponseEncryption) != 0; }

  friend bool operator==(const SecurityLevel&, const SecurityLevel&) = default;
};

// Whether the protocol can be opened at this level: encryption needs the MAC of its direction, and so on.
[[nodiscard]] bool is_offered(Protocol protocol, SecurityLevel level);

[[nodiscard]] std::string to_string(SecurityLevel level);  // "C-MAC, C-DECRYPTION, R-MAC"

}  // namespace cose::scp
