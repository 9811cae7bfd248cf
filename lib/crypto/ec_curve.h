// SPDX-License-Identifier: Apache-2.0
// Elliptic curves in Weierstrass form, by name or by domain parameters (SEC 1 §3.1, FIPS 186-4, RFC 5639, SEC 2).
//
// An EcCurve is a cheap, immutable value; its copies share one description and may be used from any thread.
// Domain parameters that a card is given are hostile: they are proven before use (SEC 1 §3.1.1.2.1), except that a
// binary field's polynomial is not proven irreducible. Parameters of a named curve become that curve, which is faster
// and runs in constant time.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class CurveName {
  kP192,
  kP224,
  kP256,
  kP384,
  kP521,
  kSecp256k1,
  kBrainpoolP160r1,
  kBrainpoolP192r1,
  kBrainpoolP192t1,
  kBrainpoolP224r1,
  kBrainpoolP224t1,
  kBrainpoolP256r1,
  kBrainpoolP256t1,
  kBrainpoolP320r1,
  kBrainpoolP320t1,
  kBrainpoolP384r1,
  kBrainpoolP384t1,
  kBrainpoolP512r1,
  kBrainpoolP512t1,
  kK163,
  kB163,
  kK233,
  kB233,
  kK283,
  kB283,
  kK409,
  kB409,
  kK571,
  kB571,
  kSm2,
  kFrp256v1,  // ANSSI, JORF 0241 of 16 October 2011
};

[[nodiscard]] std::string_view to_string(CurveName name);                   // "P-256", "brainpoolP256r1", ...
[[nodiscard]] std::optional<CurveName> curve_named(std::string_view text);  // the inverse

enum class FieldKind { kPrime, kBinary };

inline constexpr std::size_t kMinimumFieldBits = 112;
inline constexpr std::size_t kMaximumPrimeFieldBits = 521;
inline constexpr std::size_t kMaximumBinaryFieldBits = 571;

// Big-endian octets. In a binary field `p` is the reduction polynomial with bit i for x^i.
struct EcDomain {
  FieldKind field = FieldKind::kPrime;
  Bytes p;
  Bytes a;
  Bytes b;
  Bytes generator;             // an encoded point (SEC 1 §2.3.3), compressed or not
  Bytes order;                 // of the generator
  std::uint32_t cofactor = 0;  // 0: to be computed

  friend bool operator==(const EcDomain&, const EcDomain&) = default;
};

class EcCurve {
 public:
  // Error: kUnsupported when the OpenSSL at hand was built without the curve.
  [[nodiscard]] static Result<EcCurve> named(CurveName name);
  // Errors: kInvalid with the parameter that is wrong; kUnsupported for fields out of bounds.
  [[nodiscard]] static Result<EcCurve> from_domain(const EcDomain& domain);

  [[nodiscard]] std::optional<CurveName> name() const { return name_; }
  // The numbers padded to their full size, the generator uncompressed.
  [[nodiscard]] EcDomain domain() const;

  [[nodiscard]] std::size_t field_size() const;  // octets of a coordinate
  [[nodiscard]] std::size_t order_size() const;  // octets of a scalar
  [[nodiscard]] std::size_t order_bits() const;

  friend bool operator==(const EcCurve& left, const EcCurve& right);

  // For the files of this library.
  [[nodiscard]] const ec_group_st* group() const { return group_.get(); }

 private:
  EcCurve(std::optional<CurveName> name, std::shared_ptr<const ec_group_st> group);

  std::optional<CurveName> name_;
  std::shared_ptr<const ec_group_st> group_;
};

}  // namespace cose::crypto
