// SPDX-License-Identifier: Apache-2.0
// States of the card, of load files, applications and security domains, and which changes are possible
// (GPC 2.3.1 chapter 5 and §11.1.1). Octets, since applications have states of their own.
#pragma once

#include <cstdint>

namespace cose::gpcard {

enum class CardState : std::uint8_t {
  kOpReady = 0x01,
  kInitialized = 0x07,
  kSecured = 0x0F,
  kLocked = 0x7F,
  kTerminated = 0xFF,
};

inline constexpr std::uint8_t kLoaded = 0x01;        // of a load file
inline constexpr std::uint8_t kInstalled = 0x03;     // of applications and domains
inline constexpr std::uint8_t kSelectable = 0x07;    // of applications and domains
inline constexpr std::uint8_t kPersonalized = 0x0F;  // of domains
inline constexpr std::uint8_t kLockedBit = 0x80;     // over the state before

[[nodiscard]] constexpr bool is_locked(std::uint8_t state) {
  return (state & kLockedBit) != 0;
}
[[nodiscard]] constexpr bool is_selectable(std::uint8_t state) {
  return !is_locked(state) && (state & 0x07) == kSelectable;
}

// GPC 2.3.1 §5.1.1: forward only, but for the lock. TERMINATED can be reached from everywhere.
[[nodiscard]] constexpr bool card_may_become(CardState from, std::uint8_t to) {
  switch (static_cast<CardState>(to)) {
    case CardState::kInitialized: return from == CardState::kOpReady;
    case CardState::kSecured: return from == CardState::kInitialized || from == CardState::kLocked;
    case CardState::kLocked: return from == CardState::kSecured;
    case CardState::kTerminated: return from != CardState::kTerminated;
    default: return false;
  }
}

// GPC 2.3.1 §5.3.1: the states that an application may give itself once it is selectable: 07 and its own, low bits 111.
[[nodiscard]] constexpr bool is_own_state(std::uint8_t state) {
  return is_selectable(state);
}

// GPC 2.3.1 §5.3.2: a domain is personalized once.
[[nodiscard]] constexpr bool domain_may_become(std::uint8_t from, std::uint8_t to) {
  return from == kSelectable && to == kPersonalized;
}

}  // namespace cose::gpcard
