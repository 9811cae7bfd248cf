// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.string.StringUtil: letter case, numbers, character encodings.
//
// Letter case is that of US-ASCII, the one block that JC API 3.1 asks for. Ill-formed sequences are left out of what
// toLowerCase and toUpperCase copy, and so of what compare() compares without regard to case.
#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/charset.h"
#include "jcapi/detail/number_text.h"
#include "jcapi/detail/utf8.h"

namespace cose::jcapi {

namespace {

using detail::copy_of;
using detail::return_written;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;

constexpr jcvm::ExceptionClass kString{{"\xA0\x00\x00\x00\x62\x02\x08\x04", 8}, 0, "StringException"};
constexpr std::int16_t kUnsupportedEncoding = 1;
constexpr std::int16_t kIllegalNumberFormat = 2;
constexpr std::int16_t kInvalidByteSequence = 3;

constexpr std::int16_t kMaximumShorts = 4;  // of 64 bits

enum class Case : std::uint8_t { kLower, kUpper };

Bytes with_case(ByteView text, Case wanted) {
  Bytes result;
  while (!text.empty()) {
    const auto character = detail::first_character(text);
    const auto octets = text.first(character.size);
    text = text.subspan(character.size);
    if (!character.code_point) continue;
    const auto first = wanted == Case::kLower ? 'A' : 'a';
    if (octets[0] >= first && octets[0] <= first + 25)
      result.push_back(octets[0] ^ 0x20);
    else
      append(result, octets);
  }
  return result;
}

template <Case kWanted>
NativeResult convert_case(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  return return_written(call, 3, with_case(*text, kWanted));
}

// Octets of UTF-8 are ordered as their code points are, so the first octets that differ are those of the first
// characters that do.
int difference(ByteView left, ByteView right) {
  for (std::size_t at = 0; at < std::min(left.size(), right.size()); ++at)
    if (left[at] != right[at]) return left[at] - right[at];
  return static_cast<int>(left.size()) - static_cast<int>(right.size());
}

NativeResult compare(NativeCall& call) {
  const auto left = call.readable(call.reference(1), call.number(2), call.number(3));
  if (!left) return NativeResult::kThrown;
  const auto right = call.readable(call.reference(4), call.number(5), call.number(6));
  if (!right) return NativeResult::kThrown;
  const bool ignore_case = call.number(0) != 0;
  const auto result = ignore_case ? difference(with_case(*left, Case::kLower), with_case(*right, Case::kLower))
                                  : difference(*left, *right);
  return call.return_short(static_cast<std::int16_t>(result));
}

NativeResult value_of_boolean(NativeCall& call) {
  return return_written(call, 1, as_bytes(call.number(0) != 0 ? "true" : "false"));
}

NativeResult parse_boolean(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return NativeResult::kThrown;
  return call.return_boolean(equal(with_case(*text, Case::kLower), as_bytes("true")));
}

NativeResult value_of_short(NativeCall& call) {
  return return_written(call, 1, detail::number_text(call.number(0)));
}

// Most significant first, with the sign of the first. Nothing: an exception is pending.
std::optional<std::int64_t> number_in(NativeCall& call, jcvm::Reference shorts) {
  const auto* array = call.array(shorts, ObjectKind::kShortArray);
  if (array == nullptr) return std::nullopt;
  const auto length = array->length;
  if (length > kMaximumShorts) return call.throw_exception(kString, kIllegalNumberFormat), std::nullopt;
  std::uint64_t number = 0;
  for (std::int32_t index = 0; index < length; ++index) {
    const auto element = call.load_element(shorts, ObjectKind::kShortArray, index);
    if (!element) return std::nullopt;
    // The sign of the first fills what is above it.
    number = index == 0 ? static_cast<std::uint64_t>(std::int64_t{*element})
                        : number << 16 | static_cast<std::uint16_t>(*element);
  }
  return static_cast<std::int64_t>(number);
}

NativeResult value_of_shorts(NativeCall& call) {
  const auto number = number_in(call, call.reference(0));
  if (!number) return NativeResult::kThrown;
  return return_written(call, 1, detail::number_text(*number));
}

std::optional<std::int64_t> parsed(NativeCall& call, int bits) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return std::nullopt;
  const auto number = detail::parse_number(*text, bits);
  if (!number) call.throw_exception(kString, kIllegalNumberFormat);
  return number;
}

NativeResult parse_short_integer(NativeCall& call) {
  const auto number = parsed(call, 16);
  if (!number) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(*number));
}

// JC API 3.1: leading shorts that are zero are not written; of zero itself, one is.
NativeResult parse_long_integer(NativeCall& call) {
  const auto number = parsed(call, 64);
  if (!number) return NativeResult::kThrown;
  const auto bits = static_cast<std::uint64_t>(*number);
  std::int16_t count = 1;
  while (count < kMaximumShorts && bits >> (16 * count) != 0) ++count;
  const auto shorts = call.reference(3);
  const auto offset = call.number(4);
  const auto* array = call.array(shorts, ObjectKind::kShortArray);
  if (array == nullptr) return NativeResult::kThrown;
  if (offset < 0 || offset + count > array->length) return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  for (std::int16_t at = 0; at < count; ++at) {
    const auto value = static_cast<std::int16_t>(bits >> (16 * (count - 1 - at)));
    if (!call.store_element(shorts, ObjectKind::kShortArray, offset + at, value)) return NativeResult::kThrown;
  }
  return call.return_short(count);
}

using Conversion = std::expected<Bytes, detail::CharsetProblem> (*)(ByteView text, std::uint8_t charset);

template <Conversion kConvert>
NativeResult convert(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  if (call.array(call.reference(3), ObjectKind::kByteArray) == nullptr) return NativeResult::kThrown;
  const auto result = kConvert(*text, static_cast<std::uint8_t>(call.number(5)));
  if (!result)
    return call.throw_exception(
        kString, result.error() == detail::CharsetProblem::kUnsupported ? kUnsupportedEncoding : kInvalidByteSequence);
  return return_written(call, 3, *result);
}

}  // namespace

Bindings string_conversion_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/string/StringUtil";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "compare(Z[BSS[BSS)S", compare},
      {kClass, "toLowerCase([BSS[BS)S", convert_case<Case::kLower>},
      {kClass, "toUpperCase([BSS[BS)S", convert_case<Case::kUpper>},
      {kClass, "valueOf(Z[BS)S", value_of_boolean},
      {kClass, "parseBoolean([BSS)Z", parse_boolean},
      {kClass, "valueOf(S[BS)S", value_of_short},
      {kClass, "parseShortInteger([BSS)S", parse_short_integer},
      {kClass, "valueOf([S[BS)S", value_of_shorts},
      {kClass, "parseLongInteger([BSS[SS)S", parse_long_integer},
      {kClass, "convertTo([BSS[BSB)S", convert<detail::to_charset>},
      {kClass, "convertFrom([BSS[BSB)S", convert<detail::from_charset>},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
