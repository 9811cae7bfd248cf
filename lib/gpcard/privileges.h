// SPDX-License-Identifier: Apache-2.0
// What an application or security domain may do: the three octets of GPC 2.3.1 §11.1.2 as a set. A value.
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::gpcard {

// The numbers are those of org.globalplatform.GPRegistryEntry; bit 0x80 >> (number mod 8) of octet number / 8.
enum class Privilege : std::uint8_t {
  kSecurityDomain = 0,
  kDapVerification = 1,
  kDelegatedManagement = 2,
  kCardLock = 3,
  kCardTerminate = 4,
  kCardReset = 5,
  kCvmManagement = 6,
  kMandatedDap = 7,
  kTrustedPath = 8,
  kAuthorizedManagement = 9,
  kTokenVerification = 10,
  kGlobalDelete = 11,
  kGlobalLock = 12,
  kGlobalRegistry = 13,
  kFinalApplication = 14,
  kGlobalService = 15,
  kReceiptGeneration = 16,
  kCipheredLoad = 17,
  kContactlessActivation = 18,
  kContactlessSelfActivation = 19,
};

class Privileges {
 public:
  static constexpr std::size_t kSize = 3;

  constexpr Privileges() = default;
  constexpr Privileges(std::initializer_list<Privilege> privileges) {
    for (const auto each : privileges) bits_ |= bit(each);
  }
  // One octet or three; the one is the first. Errors: kInvalid for other sizes and for bits that mean nothing.
  [[nodiscard]] static Result<Privileges> parse(ByteView octets);

  [[nodiscard]] constexpr bool has(Privilege privilege) const { return (bits_ & bit(privilege)) != 0; }
  [[nodiscard]] constexpr bool has_all(Privileges others) const { return (bits_ & others.bits_) == others.bits_; }
  [[nodiscard]] constexpr bool has_any(Privileges others) const { return (bits_ & others.bits_) != 0; }
  constexpr void set(Privilege privilege, bool on) { bits_ = on ? bits_ | bit(privilege) : bits_ & ~bit(privilege); }
  [[nodiscard]] constexpr std::array<std::uint8_t, kSize> octets() const {
    return {static_cast<std::uint8_t>(bits_ >> 16), static_cast<std::uint8_t>(bits_ >> 8),
            static_cast<std::uint8_t>(bits_)};
  }

  // What contradicts itself is never installed: GPC 2.3.1 §6.6.2 and table 11-7.
  [[nodiscard]] Status check() const;

  friend constexpr bool operator==(Privileges, Privileges) = default;

 private:
  [[nodiscard]] static constexpr std::uint32_t bit(Privilege privilege) {
    return std::uint32_t{0x800000} >> static_cast<unsigned>(privilege);
  }

  std::uint32_t bits_ = 0;
};

}  // namespace cose::gpcard
