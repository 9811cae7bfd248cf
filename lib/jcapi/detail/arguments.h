// SPDX-License-Identifier: Apache-2.0
// Small words that natives of this folder share: copies of array arguments, results, classes of the own package.
#pragma once

#include <optional>

#include "jcvm/native.h"

namespace cose::jcapi::detail {

using jcvm::NativeCall;
using jcvm::NativeResult;

// A copy, for methods whose arrays may overlap. Nothing: an exception is pending.
[[nodiscard]] inline std::optional<Bytes> copy_of(NativeCall& call, jcvm::Reference array, std::int32_t offset,
                                                  std::int32_t length) {
  const auto view = call.readable(array, offset, length);
  if (!view) return std::nullopt;
  return to_bytes(*view);
}

// Parameters `first`, `first` + 1 and `first` + 2: array, offset, length.
[[nodiscard]] inline std::optional<Bytes> copy_of(NativeCall& call, std::size_t first) {
  return copy_of(call, call.reference(first), call.number(first + 1), call.number(first + 2));
}

// Writes where parameters `first` and `first` + 1 (array, offset) say and returns the length.
[[nodiscard]] inline NativeResult return_written(NativeCall& call, std::size_t first, ByteView octets) {
  if (!call.write(call.reference(first), call.number(first + 1), octets)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(octets.size()));
}

// Everything from `offset` to the end of the array. Nothing: an exception is pending.
[[nodiscard]] inline std::optional<ByteView> readable_from(NativeCall& call, jcvm::Reference array,
                                                           std::int32_t offset) {
  const auto* header = call.array(array, jcvm::ObjectKind::kByteArray);
  if (header == nullptr) return std::nullopt;
  return call.readable(array, offset, header->length - offset);
}

// Several writes as one: in a transaction of their own unless one is open. `change` gives false with an exception
// pending; then nothing has changed.
template <typename Change>
[[nodiscard]] bool together(NativeCall& call, Change&& change) {
  auto& heap = call.heap();
  if (heap.memory().in_transaction()) return change();
  heap.begin();
  if (!change()) return heap.abort(), false;
  heap.commit();
  return true;
}

// The class with that token in the package of the running method.
[[nodiscard]] inline const jcvm::Class& sibling(const NativeCall& call, std::uint8_t token) {
  return *call.method().package->exports[0].classes[token].type;
}

}  // namespace cose::jcapi::detail
