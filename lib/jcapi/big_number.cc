// SPDX-License-Identifier: Apache-2.0
// javacardx.framework.math.BigNumber: the value in an octet array as long as the constructor was told, the configured
// maximum in another one. Both belong to the owner of the number, so that they are part of its memory and its
// transactions.
#include "jcapi/binding.h"
#include "jcapi/detail/arguments.h"
#include "jcapi/detail/math_limits.h"
#include "jcapi/detail/unsigned_number.h"

namespace cose::jcapi {

namespace {

using jcvm::kArithmetic;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::ObjectKind;
using jcvm::Reference;

constexpr std::size_t kValueCell = 0;
constexpr std::size_t kMaximumCell = 1;  // null: what fits
constexpr std::int16_t kFormatBcd = 1;
constexpr std::int16_t kFormatHex = 2;

Reference cell(NativeCall& call, Reference number, std::size_t index) {
  return call.held(number, *call.method().owner, index);
}

// Nothing: an exception is pending, for a number whose constructor never ran, too.
std::optional<Bytes> contents(NativeCall& call, Reference array) {
  const auto view = detail::readable_from(call, array, 0);
  if (!view) return std::nullopt;
  return to_bytes(*view);
}

std::optional<Bytes> value_of(NativeCall& call, Reference number) {
  return contents(call, cell(call, number, kValueCell));
}

// Parameters 0 to 3: array, offset, length, format. Nothing: an exception is pending.
std::optional<Bytes> operand(NativeCall& call) {
  auto octets = detail::copy_of(call, 0);
  if (!octets) return std::nullopt;
  const auto format = call.number(3);
  if (!octets->empty() && format == kFormatHex) return to_bytes(detail::without_leading_zeros(*octets));
  // What is longer than any number may only be compared.
  if (!octets->empty() && format == kFormatBcd && detail::is_bcd(*octets))
    return detail::from_bcd(*octets, detail::kMaximumNumberOctets)
        .value_or(Bytes(detail::kMaximumNumberOctets + 1, 0xFF));
  call.throw_exception(kArithmetic);
  return std::nullopt;
}

bool fits(NativeCall& call, ByteView number, std::size_t octets) {
  if (number.size() > octets) return false;
  const auto maximum = cell(call, call.self(), kMaximumCell);
  if (maximum == jcvm::kNull) return true;
  const auto limit = detail::readable_from(call, maximum, 0);
  return limit && detail::compare(number, *limit) <= 0;
}

// Right-justified in the array.
bool store(NativeCall& call, Reference array, ByteView number, std::size_t octets) {
  Bytes padded(octets - number.size());
  append(padded, number);
  return call.write(array, 0, padded);
}

NativeResult assign(NativeCall& call, const Bytes& number, std::size_t octets) {
  if (!fits(call, number, octets)) return call.throw_exception(kArithmetic);
  if (!store(call, cell(call, call.self(), kValueCell), number, octets)) return NativeResult::kThrown;
  return call.return_void();
}

NativeResult get_max_bytes_supported(NativeCall& call) {
  return call.return_short(detail::kMaximumNumberOctets);
}

NativeResult construct(NativeCall& call) {
  const auto octets = call.number(0);
  if (octets <= 0 || octets > detail::kMaximumNumberOctets) return call.throw_exception(kArithmetic);
  const auto value = call.new_array(ObjectKind::kByteArray, octets);
  if (value == jcvm::kNull) return NativeResult::kThrown;
  const auto& type = *call.method().owner;
  if (!call.hold(call.self(), type, kValueCell, value) || !call.hold(call.self(), type, kMaximumCell, jcvm::kNull))
    return NativeResult::kThrown;
  return call.return_void();
}

NativeResult set_maximum(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto maximum = operand(call);
  if (!maximum) return NativeResult::kThrown;
  if (maximum->size() > value->size() || detail::compare(*maximum, *value) < 0)
    return call.throw_exception(kArithmetic);
  auto array = cell(call, call.self(), kMaximumCell);
  if (array != jcvm::kNull)
    return store(call, array, *maximum, value->size()) ? call.return_void() : NativeResult::kThrown;
  array = call.new_array(ObjectKind::kByteArray, static_cast<std::int32_t>(value->size()));
  if (array == jcvm::kNull || !store(call, array, *maximum, value->size()) ||
      !call.hold(call.self(), *call.method().owner, kMaximumCell, array))
    return NativeResult::kThrown;
  return call.return_void();
}

NativeResult init(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto number = operand(call);
  return number ? assign(call, *number, value->size()) : NativeResult::kThrown;
}

NativeResult add(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto number = operand(call);
  return number ? assign(call, detail::sum(*value, *number), value->size()) : NativeResult::kThrown;
}

NativeResult subtract(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto number = operand(call);
  if (!number) return NativeResult::kThrown;
  const auto rest = detail::difference(*value, *number);
  if (!rest) return call.throw_exception(kArithmetic);
  return assign(call, *rest, value->size());
}

NativeResult multiply(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto number = operand(call);
  if (!number) return NativeResult::kThrown;
  // An operand longer than any value counts only when the value is zero.
  if (number->size() > value->size() && detail::compare(*value, Bytes{0}) != 0)
    return call.throw_exception(kArithmetic);
  return assign(call, detail::product(*value, *number), value->size());
}

NativeResult compare_to_number(NativeCall& call) {
  const auto other = call.reference(0);
  if (!call.check_access(other)) return NativeResult::kThrown;
  const auto left = value_of(call, call.self());
  if (!left) return NativeResult::kThrown;
  const auto right = value_of(call, other);
  if (!right) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(detail::compare(*left, *right)));
}

NativeResult compare_to_octets(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  const auto number = operand(call);
  if (!number) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(detail::compare(*value, *number)));
}

// In the wanted format, without leading zeros. Nothing: an exception is pending.
std::optional<Bytes> formatted(NativeCall& call, std::int16_t format) {
  const auto value = value_of(call, call.self());
  if (!value) return std::nullopt;
  if (format == kFormatHex) return to_bytes(detail::without_leading_zeros(*value));
  if (format == kFormatBcd) return detail::to_bcd(*value);
  call.throw_exception(kArithmetic);
  return std::nullopt;
}

NativeResult to_bytes_of(NativeCall& call) {
  const auto array = call.reference(0);
  const auto length = call.number(2);
  if (call.array(array, ObjectKind::kByteArray) == nullptr) return NativeResult::kThrown;
  if (length < 0) return call.throw_exception(jcvm::kArrayIndexOutOfBounds);
  const auto number = formatted(call, call.number(3));
  if (!number) return NativeResult::kThrown;
  if (length == 0 || number->size() > static_cast<std::size_t>(length)) return call.throw_exception(kArithmetic);
  Bytes padded(static_cast<std::size_t>(length) - number->size());
  append(padded, *number);
  return call.write(array, call.number(1), padded) ? call.return_void() : NativeResult::kThrown;
}

NativeResult get_byte_length(NativeCall& call) {
  const auto number = formatted(call, call.number(0));
  if (!number) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(number->size()));
}

NativeResult reset(NativeCall& call) {
  const auto value = value_of(call, call.self());
  if (!value) return NativeResult::kThrown;
  if (!store(call, cell(call, call.self(), kValueCell), Bytes{0}, value->size())) return NativeResult::kThrown;
  return call.return_void();
}

}  // namespace

Bindings big_number_bindings() {
  static constexpr std::string_view kClass = "javacardx/framework/math/BigNumber";
  static constexpr MethodBinding kMethods[] = {
      {kClass, "<init>(S)V", construct},
      {kClass, "getMaxBytesSupported()S", get_max_bytes_supported},
      {kClass, "setMaximum([BSSB)V", set_maximum},
      {kClass, "init([BSSB)V", init},
      {kClass, "add([BSSB)V", add},
      {kClass, "subtract([BSSB)V", subtract},
      {kClass, "multiply([BSSB)V", multiply},
      {kClass, "compareTo(Ljavacardx/framework/math/BigNumber;)B", compare_to_number},
      {kClass, "compareTo([BSSB)B", compare_to_octets},
      {kClass, "toBytes([BSSB)V", to_bytes_of},
      {kClass, "getByteLength(B)S", get_byte_length},
      {kClass, "reset()V", reset},
  };
  static constexpr StateBinding kStates[] = {{kClass, 0, 2}};
  return {kMethods, kStates};
}

}  // namespace cose::jcapi
