// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/charset.h"

#include <array>
#include <optional>

#include "jcapi/detail/utf8.h"

namespace cose::jcapi::detail {

namespace {

constexpr std::uint32_t kByteOrderMark = 0xFEFF;
constexpr std::uint32_t kFirstSurrogate = 0xD800;
constexpr std::uint32_t kFirstLowSurrogate = 0xDC00;
constexpr std::uint32_t kLastSurrogate = 0xDFFF;
constexpr std::uint8_t kGsmEscape = 0x1B;

// 3GPP TS 23.038 §6.2.1.
constexpr std::array<char16_t, 128> kGsm = {
    u'@',      u'\u00A3', u'$',      u'\u00A5', u'\u00E8', u'\u00E9', u'\u00F9', u'\u00EC', u'\u00F2', u'\u00C7',
    u'\n',     u'\u00D8', u'\u00F8', u'\r',     u'\u00C5', u'\u00E5', u'\u0394', u'_',      u'\u03A6', u'\u0393',
    u'\u039B', u'\u03A9', u'\u03A0', u'\u03A8', u'\u03A3', u'\u0398', u'\u039E', u'\u001B', u'\u00C6', u'\u00E6',
    u'\u00DF', u'\u00C9', u' ',      u'!',      u'"',      u'#',      u'\u00A4', u'%',      u'&',      u'\'',
    u'(',      u')',      u'*',      u'+',      u',',      u'-',      u'.',      u'/',      u'0',      u'1',
    u'2',      u'3',      u'4',      u'5',      u'6',      u'7',      u'8',      u'9',      u':',      u';',
    u'<',      u'=',      u'>',      u'?',      u'\u00A1', u'A',      u'B',      u'C',      u'D',      u'E',
    u'F',      u'G',      u'H',      u'I',      u'J',      u'K',      u'L',      u'M',      u'N',      u'O',
    u'P',      u'Q',      u'R',      u'S',      u'T',      u'U',      u'V',      u'W',      u'X',      u'Y',
    u'Z',      u'\u00C4', u'\u00D6', u'\u00D1', u'\u00DC', u'\u00A7', u'\u00BF', u'a',      u'b',      u'c',
    u'd',      u'e',      u'f',      u'g',      u'h',      u'i',      u'j',      u'k',      u'l',      u'm',
    u'n',      u'o',      u'p',      u'q',      u'r',      u's',      u't',      u'u',      u'v',      u'w',
    u'x',      u'y',      u'z',      u'\u00E4', u'\u00F6', u'\u00F1', u'\u00FC', u'\u00E0',
};
struct Extension {
  std::uint8_t septet;
  char16_t character;
};
// 3GPP TS 23.038 §6.2.1.1.
constexpr Extension kGsmExtension[] = {{0x0A, u'\f'}, {0x14, u'^'}, {0x28, u'{'}, {0x29, u'}'}, {0x2F, u'\\'},
                                       {0x3C, u'['},  {0x3D, u'~'}, {0x3E, u']'}, {0x40, u'|'}, {0x65, u'\u20AC'}};

bool is_surrogate(std::uint32_t code) {
  return code >= kFirstSurrogate && code <= kLastSurrogate;
}

enum class Order : std::uint8_t { kBig, kLittle };

void append_unit(Bytes& text, std::uint32_t unit, Order order) {
  const auto high = static_cast<std::uint8_t>(unit >> 8);
  const auto low = static_cast<std::uint8_t>(unit);
  text.push_back(order == Order::kBig ? high : low);
  text.push_back(order == Order::kBig ? low : high);
}

void append_utf16(Bytes& text, std::uint32_t code_point, Order order) {
  if (code_point < 0x10000) return append_unit(text, code_point, order);
  const auto rest = code_point - 0x10000;
  append_unit(text, kFirstSurrogate | rest >> 10, order);
  append_unit(text, kFirstLowSurrogate | (rest & 0x3FF), order);
}

bool append_gsm(Bytes& text, std::uint32_t code_point) {
  for (std::size_t septet = 0; septet < kGsm.size(); ++septet)
    if (septet != kGsmEscape && kGsm[septet] == code_point)
      return text.push_back(static_cast<std::uint8_t>(septet)), true;
  for (const auto& each : kGsmExtension)
    if (each.character == code_point) {
      text.push_back(kGsmEscape);
      text.push_back(each.septet);
      return true;
    }
  return false;
}

bool append_encoded(Bytes& text, std::uint32_t code_point, Charset charset) {
  switch (charset) {
    case Charset::kUtf8: append_utf8(text, code_point); return true;
    case Charset::kUtf16:
    case Charset::kUtf16BigEndian: append_utf16(text, code_point, Order::kBig); return true;
    case Charset::kUtf16LittleEndian: append_utf16(text, code_point, Order::kLittle); return true;
    case Charset::kUcs2:
      if (code_point > 0xFFFF) return false;
      append_unit(text, code_point, Order::kBig);
      return true;
    case Charset::kGsm7: return append_gsm(text, code_point);
    case Charset::kIso8859:
      if (code_point > 0xFF) return false;
      text.push_back(static_cast<std::uint8_t>(code_point));
      return true;
  }
  return false;
}

bool is_known(std::uint8_t charset) {
  return charset >= static_cast<std::uint8_t>(Charset::kUtf8) &&
         charset <= static_cast<std::uint8_t>(Charset::kIso8859);
}

std::optional<Bytes> from_utf16(ByteView text, Order order, bool surrogates) {
  if (text.size() % 2 != 0) return std::nullopt;
  const auto unit = [&](std::size_t at) {
    return order == Order::kBig ? static_cast<std::uint32_t>(text[at] << 8 | text[at + 1])
                                : static_cast<std::uint32_t>(text[at + 1] << 8 | text[at]);
  };
  Bytes result;
  for (std::size_t at = 0; at < text.size(); at += 2) {
    auto code = unit(at);
    if (is_surrogate(code)) {
      if (!surrogates || code >= kFirstLowSurrogate || at + 2 >= text.size()) return std::nullopt;
      at += 2;
      const auto low = unit(at);
      if (low < kFirstLowSurrogate || low > kLastSurrogate) return std::nullopt;
      code = 0x10000 + ((code - kFirstSurrogate) << 10) + (low - kFirstLowSurrogate);
    }
    append_utf8(result, code);
  }
  return result;
}

std::optional<Bytes> from_marked_utf16(ByteView text) {
  const bool little = text.size() >= 2 && text[0] == 0xFF && text[1] == 0xFE;
  const bool big = text.size() >= 2 && text[0] == 0xFE && text[1] == 0xFF;
  if (little || big) text = text.subspan(2);
  return from_utf16(text, little ? Order::kLittle : Order::kBig, true);
}

std::optional<Bytes> from_gsm(ByteView text) {
  Bytes result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] > 0x7F) return std::nullopt;
    if (text[at] != kGsmEscape) {
      append_utf8(result, kGsm[text[at]]);
      continue;
    }
    if (++at == text.size()) return std::nullopt;
    const Extension* found = nullptr;
    for (const auto& each : kGsmExtension)
      if (each.septet == text[at]) found = &each;
    if (found == nullptr) return std::nullopt;
    append_utf8(result, found->character);
  }
  return result;
}

std::optional<Bytes> decoded(ByteView text, Charset charset) {
  switch (charset) {
    case Charset::kUtf8: return is_well_formed(text) ? std::optional(to_bytes(text)) : std::nullopt;
    case Charset::kUtf16: return from_marked_utf16(text);
    case Charset::kUtf16LittleEndian: return from_utf16(text, Order::kLittle, true);
    case Charset::kUtf16BigEndian: return from_utf16(text, Order::kBig, true);
    case Charset::kUcs2: return from_utf16(text, Order::kBig, false);
    case Charset::kGsm7: return from_gsm(text);
    case Charset::kIso8859: break;
  }
  Bytes result;
  for (const auto octet : text) append_utf8(result, octet);
  return result;
}

}  // namespace

std::expected<Bytes, CharsetProblem> to_charset(ByteView utf8, std::uint8_t charset) {
  if (!is_known(charset)) return std::unexpected(CharsetProblem::kUnsupported);
  const auto wanted = static_cast<Charset>(charset);
  Bytes result;
  if (wanted == Charset::kUtf16) append_unit(result, kByteOrderMark, Order::kBig);
  while (!utf8.empty()) {
    const auto character = first_character(utf8);
    if (!character.code_point || !append_encoded(result, *character.code_point, wanted))
      return std::unexpected(CharsetProblem::kInvalidSequence);
    utf8 = utf8.subspan(character.size);
  }
  return result;
}

std::expected<Bytes, CharsetProblem> from_charset(ByteView text, std::uint8_t charset) {
  if (!is_known(charset)) return std::unexpected(CharsetProblem::kUnsupported);
  auto result = decoded(text, static_cast<Charset>(charset));
  if (!result) return std::unexpected(CharsetProblem::kInvalidSequence);
  return *std::move(result);
}

}  // namespace cose::jcapi::detail
