// SPDX-License-Identifier: Apache-2.0
// javacardx.security.SensitiveResult: a program asks whether the last sensitive result is what it took it for; a
// difference, or no result at all, is a SecurityException. Ours cannot have been disturbed by a fault in between, so an
// assertion fails when the program's own logic went astray.
#include "jcapi/detail/sensitive.h"

namespace cose::jcapi {

namespace {

using namespace detail;

NativeResult answer(NativeCall& call, bool holds) {
  return holds ? call.return_void() : call.throw_exception(jcvm::kSecurity);
}

// Nothing: there is no number.
std::optional<std::int16_t> number(NativeCall& call) {
  const auto& record = sensitive_record(call);
  if (record.reference || !record.value) return std::nullopt;
  return static_cast<std::int16_t>(*record.value);
}

NativeResult assert_same_object(NativeCall& call) {
  const auto& record = sensitive_record(call);
  return answer(call, record.reference && record.value && *record.value == call.reference(0));
}
NativeResult assert_equals(NativeCall& call) {
  return answer(call, number(call) == call.number(0));
}
NativeResult assert_true(NativeCall& call) {
  const auto value = number(call);
  return answer(call, value && *value != 0);
}
NativeResult assert_zero(NativeCall& call) {
  return answer(call, number(call) == std::int16_t{0});
}
NativeResult assert_negative(NativeCall& call) {
  const auto value = number(call);
  return answer(call, value && *value < 0);
}
NativeResult assert_positive(NativeCall& call) {
  const auto value = number(call);
  return answer(call, value && *value > 0);
}
NativeResult assert_greater(NativeCall& call) {
  const auto value = number(call);
  return answer(call, value && *value > call.number(0));
}
NativeResult assert_less(NativeCall& call) {
  const auto value = number(call);
  return answer(call, value && *value < call.number(0));
}
NativeResult reset(NativeCall& call) {
  sensitive_record(call).value.reset();
  return call.return_void();
}

constexpr std::string_view kClass = "javacardx/security/SensitiveResult";
constexpr MethodBinding kMethods[] = {
    {kClass, "assertEquals(Ljava/lang/Object;)V", assert_same_object},
    {kClass, "assertEquals(S)V", assert_equals},
    {kClass, "assertTrue()V", assert_true},
    {kClass, "assertFalse()V", assert_zero},
    {kClass, "assertNegative()V", assert_negative},
    {kClass, "assertPositive()V", assert_positive},
    {kClass, "assertZero()V", assert_zero},
    {kClass, "assertGreaterThan(S)V", assert_greater},
    {kClass, "assertLessThan(S)V", assert_less},
    {kClass, "reset()V", reset},
};

}  // namespace

Bindings sensitive_result_bindings() {
  return {kMethods, {}, {}};
}

}  // namespace cose::jcapi
