// SPDX-License-Identifier: Apache-2.0
// The named parameters of javacard.security.NamedParameterSpec that this library has curves for.
#pragma once

#include <optional>
#include <span>
#include <variant>

#include "crypto/ec_curve.h"
#include "crypto/edwards.h"

namespace cose::jcapi::detail {

struct NamedParameters {
  std::int16_t name;  // NamedParameterSpec.X25519, ...
  std::uint16_t bits;
  std::variant<crypto::XdhCurve, crypto::EddsaCurve, crypto::CurveName> curve;
};

// Null: unknown or not offered.
[[nodiscard]] const NamedParameters* named_parameters(std::int16_t name);
[[nodiscard]] std::span<const NamedParameters> all_named_parameters();

}  // namespace cose::jcapi::detail
