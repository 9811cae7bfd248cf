// SPDX-License-Identifier: Apache-2.0
// javacard.security.NamedParameterSpec.
#include <algorithm>
#include <array>

#include "jcapi/detail/crypto_call.h"
#include "jcapi/detail/named_parameters.h"

namespace cose::jcapi {

namespace {

using namespace detail;
using crypto::CurveName;
using crypto::EddsaCurve;
using crypto::XdhCurve;

// SM2's name stands for its curve.
constexpr std::array<NamedParameters, 23> kNamed{{
    {0x0101, 255, EddsaCurve::kEd25519},
    {0x0202, 456, EddsaCurve::kEd448},
    {0x0103, 255, XdhCurve::kX25519},
    {0x0204, 448, XdhCurve::kX448},
    {0x0300, 256, CurveName::kSm2},
    {0x0401, 256, CurveName::kFrp256v1},
    {0x1001, 192, CurveName::kP192},
    {0x1002, 224, CurveName::kP224},
    {0x1003, 256, CurveName::kP256},
    {0x1004, 384, CurveName::kP384},
    {0x1005, 521, CurveName::kP521},
    {0x2003, 192, CurveName::kBrainpoolP192r1},
    {0x2004, 192, CurveName::kBrainpoolP192t1},
    {0x2005, 224, CurveName::kBrainpoolP224r1},
    {0x2006, 224, CurveName::kBrainpoolP224t1},
    {0x2007, 256, CurveName::kBrainpoolP256r1},
    {0x2008, 256, CurveName::kBrainpoolP256t1},
    {0x2009, 320, CurveName::kBrainpoolP320r1},
    {0x200A, 320, CurveName::kBrainpoolP320t1},
    {0x200B, 384, CurveName::kBrainpoolP384r1},
    {0x200C, 384, CurveName::kBrainpoolP384t1},
    {0x200D, 512, CurveName::kBrainpoolP512r1},
    {0x200E, 512, CurveName::kBrainpoolP512t1},
}};

NativeResult get_instance(NativeCall& call) {
  const auto* found = named_parameters(call.number(0));
  if (found == nullptr) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto object = call.new_instance(*call.method().owner);
  if (object == kNull) return NativeResult::kThrown;
  const std::array<std::uint8_t, 2> state{static_cast<std::uint8_t>(found->name >> 8),
                                          static_cast<std::uint8_t>(found->name)};
  if (!call.write_state(object, 0, state)) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult get_name(NativeCall& call) {
  const auto state = call.state();
  return call.return_short(static_cast<std::int16_t>(state[0] << 8 | state[1]));
}

constexpr std::string_view kClass = "javacard/security/NamedParameterSpec";
constexpr MethodBinding kMethods[] = {
    {kClass, "getInstance(S)Ljavacard/security/NamedParameterSpec;", get_instance},
    {kClass, "getName()S", get_name},
};
constexpr StateBinding kStates[] = {{kClass, 2, 0}};

}  // namespace

const detail::NamedParameters* detail::named_parameters(std::int16_t name) {
  const auto found = std::ranges::find(kNamed, name, &NamedParameters::name);
  return found == kNamed.end() ? nullptr : &*found;
}

std::span<const detail::NamedParameters> detail::all_named_parameters() {
  return kNamed;
}

Bindings named_parameter_spec_bindings() {
  return {kMethods, kStates, {}};
}

}  // namespace cose::jcapi
