// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.string.StringUtil: characters and parts of UTF-8 texts. What else it does is in
// string_conversion.cc.
//
// Source and destination may be one array: results are made before they are written. A text outside of its array is an
// ArrayIndexOutOfBoundsException, an index outside of its text an IndexOutOfBoundsException (JC API 3.1).
#include <algorithm>

#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/utf8.h"

namespace cose::jcapi {

namespace {

using detail::copy_of;
using detail::return_written;
using jcvm::kIndexOutOfBounds;
using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult code_point_count(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(detail::count_characters(*text)));
}

NativeResult code_point_at(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  const auto index = call.number(3);
  if (index < 0 || static_cast<std::size_t>(index) >= text->size()) return call.throw_exception(kIndexOutOfBounds);
  const auto rest = ByteView(*text).subspan(static_cast<std::size_t>(index));
  return return_written(call, 4, rest.first(detail::first_character(rest).size));
}

NativeResult code_point_before(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  const auto index = call.number(3);
  if (index < 1 || static_cast<std::size_t>(index) > text->size()) return call.throw_exception(kIndexOutOfBounds);
  const auto before = ByteView(*text).first(static_cast<std::size_t>(index));
  return return_written(call, 4, before.subspan(detail::start_of_last(before, before.size())));
}

// Nothing: the text has not so many characters there.
std::optional<std::size_t> offset_by(ByteView text, std::size_t index, std::int16_t characters) {
  if (characters >= 0) {
    const auto size = detail::size_of_characters(text.subspan(index), static_cast<std::size_t>(characters));
    if (!size) return std::nullopt;
    return index + *size;
  }
  const auto before = text.first(index);
  const auto count = static_cast<int>(detail::count_characters(before)) + characters;
  if (count < 0) return std::nullopt;
  return detail::size_of_characters(before, static_cast<std::size_t>(count));
}

NativeResult offset_by_code_points(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return NativeResult::kThrown;
  const auto index = call.number(3);
  if (index < 0 || static_cast<std::size_t>(index) > text->size()) return call.throw_exception(kIndexOutOfBounds);
  const auto offset = offset_by(*text, static_cast<std::size_t>(index), call.number(4));
  if (!offset) return call.throw_exception(kIndexOutOfBounds);
  return call.return_short(static_cast<std::int16_t>(*offset));
}

// Nothing of `needle` in an empty text but an empty needle.
std::optional<std::size_t> find(ByteView text, std::size_t from, ByteView needle) {
  const auto found = std::ranges::search(text.subspan(from), needle);
  if (found.begin() == text.end() && !needle.empty()) return std::nullopt;
  return static_cast<std::size_t>(found.begin() - text.begin());
}

NativeResult index_of(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return NativeResult::kThrown;
  const auto needle = call.readable(call.reference(3), call.number(4), call.number(5));
  if (!needle) return NativeResult::kThrown;
  const auto found = find(*text, 0, *needle);
  return call.return_short(found ? static_cast<std::int16_t>(*found) : std::int16_t{-1});
}

NativeResult replace(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  const auto old = copy_of(call, 3);
  if (!old) return NativeResult::kThrown;
  const auto substitute = copy_of(call, 6);
  if (!substitute) return NativeResult::kThrown;
  // The API does not say what an empty substring is replaced with; here it occurs nowhere.
  Bytes result;
  std::size_t at = 0;
  while (!old->empty()) {
    const auto found = find(*text, at, *old);
    // No array is so long: writing will say that it does not fit.
    if (!found || result.size() > jcvm::kMaximumArrayLength) break;
    append(result, ByteView(*text).subspan(at, *found - at));
    append(result, *substitute);
    at = *found + old->size();
  }
  append(result, ByteView(*text).subspan(at));
  return return_written(call, 9, result);
}

NativeResult trim(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  const auto visible = [](std::uint8_t octet) { return octet > 0x20; };
  const auto first = std::ranges::find_if(*text, visible);
  const auto last = std::find_if(text->rbegin(), text->rend(), visible).base();
  if (first == text->end()) return return_written(call, 3, {});
  return return_written(call, 3, ByteView(first, last));
}

NativeResult check(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return NativeResult::kThrown;
  return call.return_boolean(detail::is_well_formed(*text));
}

// startsWith and endsWith: the text, and as much of the other as the number of code points says. Nothing: an exception
// is pending.
struct Affix {
  ByteView text;
  ByteView part;
};

std::optional<Affix> affix(NativeCall& call) {
  const auto text = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!text) return std::nullopt;
  const auto part = call.readable(call.reference(3), call.number(4), call.number(5));
  if (!part) return std::nullopt;
  const auto count = call.number(6);
  if (count < 0) return Affix{*text, *part};
  const auto size = detail::size_of_characters(*part, static_cast<std::size_t>(count));
  if (!size) {
    call.throw_exception(kIndexOutOfBounds);
    return std::nullopt;
  }
  return Affix{*text, part->first(*size)};
}

NativeResult starts_with(NativeCall& call) {
  const auto given = affix(call);
  if (!given) return NativeResult::kThrown;
  const auto& [text, part] = *given;
  return call.return_boolean(text.size() >= part.size() && equal(text.first(part.size()), part));
}

NativeResult ends_with(NativeCall& call) {
  const auto given = affix(call);
  if (!given) return NativeResult::kThrown;
  const auto& [text, part] = *given;
  return call.return_boolean(text.size() >= part.size() && equal(text.last(part.size()), part));
}

NativeResult substring(NativeCall& call) {
  const auto text = copy_of(call, 0);
  if (!text) return NativeResult::kThrown;
  const auto begin_index = call.number(3);
  const auto end_index = call.number(4);
  if (begin_index < 0 || (end_index >= 0 && end_index < begin_index)) return call.throw_exception(kIndexOutOfBounds);
  const auto begin = detail::size_of_characters(*text, static_cast<std::size_t>(begin_index));
  if (!begin) return call.throw_exception(kIndexOutOfBounds);
  const auto rest = ByteView(*text).subspan(*begin);
  if (end_index < 0) return return_written(call, 5, rest);
  const auto size = detail::size_of_characters(rest, static_cast<std::size_t>(end_index - begin_index));
  if (!size) return call.throw_exception(kIndexOutOfBounds);
  return return_written(call, 5, rest.first(*size));
}

}  // namespace

Bindings string_util_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/string/StringUtil";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "codePointCount([BSS)S", code_point_count},
      {kClass, "codePointAt([BSSS[BS)S", code_point_at},
      {kClass, "codePointBefore([BSSS[BS)S", code_point_before},
      {kClass, "offsetByCodePoints([BSSSS)S", offset_by_code_points},
      {kClass, "indexOf([BSS[BSS)S", index_of},
      {kClass, "replace([BSS[BSS[BSS[BS)S", replace},
      {kClass, "trim([BSS[BS)S", trim},
      {kClass, "check([BSS)Z", check},
      {kClass, "startsWith([BSS[BSSS)Z", starts_with},
      {kClass, "endsWith([BSS[BSSS)Z", ends_with},
      {kClass, "substring([BSSSS[BS)S", substring},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
