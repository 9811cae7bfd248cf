// SPDX-License-Identifier: Apache-2.0
// The bounds of this library. Input beyond them is refused with ErrorKind::kLimit; nothing here is a tuning knob.
#pragma once

#include <cstddef>

namespace cose::cap {

// A zip as it comes in, and all components of one CAP file together once inflated. The largest CAP file that the
// format can express has 127 method blocks of 64 KiB (JCVM 3.1 §6.10).
inline constexpr std::size_t kMaximumFile = std::size_t{16} * 1024 * 1024;
inline constexpr std::size_t kMaximumZipEntries = 256;
inline constexpr std::size_t kMaximumZipName = 512;

// JCVM 3.1 §4.1.4, ISO/IEC 7816-4 §8.2.1.2.
inline constexpr std::size_t kMinimumAid = 5;
inline constexpr std::size_t kMaximumAid = 16;

// A package token has seven bits (JCVM 3.1 §4.3.7.1).
inline constexpr std::size_t kMaximumImports = 128;
// JCVM 3.1 §6.10: blocks 0 to 126, since a block index is the octet that would tell an external reference.
inline constexpr std::size_t kMaximumMethodBlocks = 127;
inline constexpr std::size_t kMaximumMethodBlock = 65535;
// JCVM 3.1 §6.16.
inline constexpr std::size_t kMaximumStaticResource = 32767;

inline constexpr std::size_t kMaximumFindings = 1000;

inline constexpr std::size_t kMaximumSource = std::size_t{64} * 1024 * 1024;
inline constexpr std::size_t kMaximumSourceLine = std::size_t{1024} * 1024;

}  // namespace cose::cap
