// SPDX-License-Identifier: Apache-2.0
// The bounds of the grid protocols. Each has a test; a peer that passes one gets an error line that names it.
#pragma once

#include <cstddef>

namespace cose::grid {

// A mother rack: 13 hot-pluggable boards of 32 cards (SIM Array, Implementa).
inline constexpr unsigned kBoards = 13;
inline constexpr unsigned kPositions = 32;
inline constexpr unsigned kSlots = kBoards * kPositions;

// The longest extended command (ISO/IEC 7816-4 §5.1: 4 + 3 + 65535 + 2 octets) in hexadecimal, with room for the verb.
inline constexpr std::size_t kMaximumCommand = 65544;
inline constexpr std::size_t kMaximumResponse = 65536 + 2;
inline constexpr std::size_t kMaximumLine = 2 * kMaximumCommand + 64;

inline constexpr std::size_t kMaximumClientName = 64;

// A session stops reading commands while this much of its answers has not been sent.
inline constexpr std::size_t kOutputHighWater = 16 * 1024;

}  // namespace cose::grid
