// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.util.ArrayLogic: arrays of any primitive type, taken as one row of octets, high-order first.
#include <algorithm>
#include <bit>

#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"

namespace cose::jcapi {

namespace {

using jcvm::Atomicity;
using jcvm::kArrayIndexOutOfBounds;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectHeader;
using jcvm::ObjectKind;
using jcvm::Reference;

constexpr jcvm::ExceptionClass kUtil{{"\xA0\x00\x00\x00\x62\x02\x08\x01", 8}, 1, "UtilException"};
constexpr std::int16_t kIllegalValue = 1;
constexpr std::int16_t kTypeMismatched = 2;

// An array of a primitive type that may be used in that way. Null: an exception is pending.
const ObjectHeader* primitive_array(NativeCall& call, Reference array, std::uint8_t view_access) {
  if (!call.check_access(array)) return nullptr;
  const auto& header = *call.heap().find(array);
  if (!jcvm::is_array(header.kind) || header.kind == ObjectKind::kReferenceArray)
    return call.throw_exception(kUtil, kIllegalValue), nullptr;
  if ((header.flags & jcvm::kView) != 0) {
    if ((call.heap().view_info(header).attributes & view_access) == 0)
      return call.throw_exception(jcvm::kSecurity), nullptr;
    if (call.heap().contents(header) == nullptr) return call.throw_exception(jcvm::kNullPointer), nullptr;
  }
  return &header;
}

// JC API 3.1: what is guarded against faults and lasts is written atomically only. False: an exception is pending.
bool may_write(NativeCall& call, const ObjectHeader& array, Atomicity atomicity) {
  const bool guarded = (array.flags & jcvm::kIntegritySensitive) != 0 && (array.flags & jcvm::kTransient) == 0;
  if (atomicity == Atomicity::kAtomic || !guarded) return true;
  call.throw_exception(jcvm::kSystem, jcvm::kIllegalValue);
  return false;
}

bool bounded(NativeCall& call, const ObjectHeader& array, std::int32_t offset, std::int32_t length) {
  if (offset >= 0 && length >= 0 && offset + length <= array.length) return true;
  call.throw_exception(kArrayIndexOutOfBounds);
  return false;
}

// The heap keeps elements little-endian.
Bytes swapped(ByteView elements, std::size_t width) {
  Bytes octets = to_bytes(elements);
  for (std::size_t at = 0; at < octets.size(); at += width)
    std::reverse(octets.begin() + static_cast<std::ptrdiff_t>(at),
                 octets.begin() + static_cast<std::ptrdiff_t>(at + width));
  return octets;
}

Bytes octets_of(NativeCall& call, const ObjectHeader& array, std::int32_t offset, std::int32_t length) {
  const auto width = jcvm::element_size(array.kind);
  const auto* from = call.heap().contents(array) + static_cast<std::size_t>(offset) * width;
  return swapped({from, static_cast<std::size_t>(length) * width}, width);
}

// In one write. False: an exception is pending.
bool put(NativeCall& call, const ObjectHeader& array, std::int32_t offset, ByteView octets, Atomicity atomicity) {
  const auto width = jcvm::element_size(array.kind);
  const auto elements = swapped(octets, width);
  if (call.heap().write(array, static_cast<std::uint32_t>(offset) * width, elements.data(),
                        static_cast<std::uint32_t>(elements.size()), atomicity))
    return true;
  call.throw_exception(jcvm::kTransaction, jcvm::kBufferFull);
  return false;
}

// (src, srcOff, srcLen, dest, destOff)
template <Atomicity kAtomicity>
NativeResult copy_repack(NativeCall& call) {
  const auto* from = primitive_array(call, call.reference(0), jcvm::kViewReadable);
  if (from == nullptr) return NativeResult::kThrown;
  const auto* to = primitive_array(call, call.reference(3), jcvm::kViewWritable);
  if (to == nullptr || !may_write(call, *to, kAtomicity)) return NativeResult::kThrown;
  if (!bounded(call, *from, call.number(1), call.number(2))) return NativeResult::kThrown;
  const auto octets = octets_of(call, *from, call.number(1), call.number(2));
  const auto width = jcvm::element_size(to->kind);
  if (octets.size() % width != 0) return call.throw_exception(kUtil, kIllegalValue);
  const auto offset = call.number(4);
  const auto length = static_cast<std::int32_t>(octets.size() / width);
  if (!bounded(call, *to, offset, length) || !put(call, *to, offset, octets, kAtomicity)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(offset + length));
}

// (theArray, off, len, valArray, valOff)
template <Atomicity kAtomicity>
NativeResult fill_generic(NativeCall& call) {
  const auto* array = primitive_array(call, call.reference(0), jcvm::kViewWritable);
  if (array == nullptr || !may_write(call, *array, kAtomicity)) return NativeResult::kThrown;
  const auto* source = primitive_array(call, call.reference(3), jcvm::kViewReadable);
  if (source == nullptr) return NativeResult::kThrown;
  if (array->kind != source->kind) return call.throw_exception(kUtil, kTypeMismatched);
  const auto offset = call.number(1);
  const auto length = call.number(2);
  if (!bounded(call, *array, offset, length) || !bounded(call, *source, call.number(4), 1))
    return NativeResult::kThrown;
  const auto value = octets_of(call, *source, call.number(4), 1);
  Bytes octets;
  for (std::int16_t at = 0; at < length; ++at) append(octets, value);
  if (!put(call, *array, offset, octets, kAtomicity)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(offset + length));
}

// As signed numbers of that width.
std::int32_t number_at(ByteView octets, std::size_t at, std::size_t width) {
  std::uint32_t number = 0;
  for (std::size_t octet = 0; octet < width; ++octet) number = number << 8 | octets[at + octet];
  const auto shift = 32 - 8 * width;
  return std::bit_cast<std::int32_t>(number << shift) >> shift;
}

// (src, srcOff, dest, destOff, length)
NativeResult compare_generic(NativeCall& call) {
  const auto* left = primitive_array(call, call.reference(0), jcvm::kViewReadable);
  if (left == nullptr) return NativeResult::kThrown;
  const auto* right = primitive_array(call, call.reference(2), jcvm::kViewReadable);
  if (right == nullptr) return NativeResult::kThrown;
  if (left->kind != right->kind) return call.throw_exception(kUtil, kTypeMismatched);
  const auto length = call.number(4);
  if (!bounded(call, *left, call.number(1), length) || !bounded(call, *right, call.number(3), length))
    return NativeResult::kThrown;
  const auto ours = octets_of(call, *left, call.number(1), length);
  const auto theirs = octets_of(call, *right, call.number(3), length);
  const auto width = jcvm::element_size(left->kind);
  for (std::size_t at = 0; at < ours.size(); at += width) {
    const auto one = number_at(ours, at, width);
    const auto other = number_at(theirs, at, width);
    if (one != other) return call.return_short(one < other ? std::int16_t{-1} : std::int16_t{1});
  }
  return call.return_short(0);
}

// (theArray, off, valArray, valOff)
NativeResult find_generic(NativeCall& call) {
  const auto* array = primitive_array(call, call.reference(0), jcvm::kViewReadable);
  if (array == nullptr) return NativeResult::kThrown;
  const auto width = jcvm::element_size(array->kind);
  const auto value = call.readable(call.reference(2), call.number(3), static_cast<std::int32_t>(width));
  if (!value) return NativeResult::kThrown;
  const auto offset = call.number(1);
  if (!bounded(call, *array, offset, array->length - offset)) return NativeResult::kThrown;
  const auto octets = octets_of(call, *array, offset, array->length - offset);
  for (std::size_t at = 0; at < octets.size(); at += width)
    if (equal(ByteView(octets).subspan(at, width), *value))
      return call.return_short(static_cast<std::int16_t>(static_cast<std::size_t>(offset) + at / width));
  return call.return_short(-1);
}

}  // namespace

Bindings array_logic_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/util/ArrayLogic";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "arrayCopyRepack(Ljava/lang/Object;SSLjava/lang/Object;S)S", copy_repack<Atomicity::kAtomic>},
      {kClass, "arrayCopyRepackNonAtomic(Ljava/lang/Object;SSLjava/lang/Object;S)S",
       copy_repack<Atomicity::kNonAtomic>},
      {kClass, "arrayFillGeneric(Ljava/lang/Object;SSLjava/lang/Object;S)S", fill_generic<Atomicity::kAtomic>},
      {kClass, "arrayFillGenericNonAtomic(Ljava/lang/Object;SSLjava/lang/Object;S)S",
       fill_generic<Atomicity::kNonAtomic>},
      {kClass, "arrayCompareGeneric(Ljava/lang/Object;SLjava/lang/Object;SS)B", compare_generic},
      {kClass, "arrayFindGeneric(Ljava/lang/Object;S[BS)S", find_generic},
  };
  return {kMethods};
}

}  // namespace cose::jcapi
