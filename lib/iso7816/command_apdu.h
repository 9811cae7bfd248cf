// SPDX-License-Identifier: Apache-2.0
// Command APDUs: the four cases, short and extended (ISO/IEC 7816-4 §5.1, ISO/IEC 7816-3 §12.1).
//
//   case 1   header                    case 3   header Lc data
//   case 2   header Le                 case 4   header Lc data Le
//
// Le counts octets, 1 to 65536; its absence is no Le field. What parse() gives, encode() turns into the same octets.
// CommandApduView borrows its data and allocates nothing: for hot paths. CommandApdu owns it.
// Errors: kInvalid, with the lengths stated and found.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::iso7816 {

inline constexpr std::size_t kMaximumCommandData = 65535;
inline constexpr std::uint32_t kMaximumShortLe = 256;
inline constexpr std::uint32_t kMaximumLe = 65536;
// Header, extended Lc, data, Le.
inline constexpr std::size_t kMaximumCommandSize = 4 + 3 + kMaximumCommandData + 2;

enum class ApduCase {
  kCase1,
  kCase2Short,
  kCase3Short,
  kCase4Short,
  kCase2Extended,
  kCase3Extended,
  kCase4Extended,
};

// "2S", "4E", ...
[[nodiscard]] std::string_view to_string(ApduCase apdu_case);

enum class LengthForm {
  kShortest,  // extended only when data or Le need it
  kExtended,
};

struct CommandApduView {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  ByteView data = {};
  std::optional<std::uint32_t> le = std::nullopt;
  LengthForm form = LengthForm::kShortest;

  [[nodiscard]] static Result<CommandApduView> parse(ByteView octets);

  [[nodiscard]] ApduCase apdu_case() const;

  // Replaces the contents of `buffer`.
  [[nodiscard]] Status encode_to(Bytes& buffer) const;
};

struct CommandApdu {
  std::uint8_t cla = 0;
  std::uint8_t ins = 0;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data = {};
  std::optional<std::uint32_t> le = std::nullopt;
  LengthForm form = LengthForm::kShortest;

  [[nodiscard]] static Result<CommandApdu> parse(ByteView octets);

  [[nodiscard]] CommandApduView view() const { return {cla, ins, p1, p2, data, le, form}; }
  [[nodiscard]] ApduCase apdu_case() const { return view().apdu_case(); }
  [[nodiscard]] Result<Bytes> encode() const;

  friend bool operator==(const CommandApdu&, const CommandApdu&) = default;
};

}  // namespace cose::iso7816
