// SPDX-License-Identifier: Apache-2.0
// DSA (FIPS 186-4 chapter 4) over a hash already computed.
//
// Numbers are big-endian octets; zeros in front do not count. Parameters are checked for their sizes, that q divides
// p - 1 and that g has the order q, not for primality, which would take longer than a signature: they come from who
// relies on them. A hash longer than q counts with its leftmost bits. Signatures are SEQUENCE { INTEGER r, INTEGER s }
// (RFC 3279 §2.2.2). Errors: kInvalid for numbers out of range and what is no signature, kRefused for a signature that
// does not verify.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/handle.h"

namespace cose::crypto {

inline constexpr std::size_t kMinimumDsaBits = 512;
inline constexpr std::size_t kMaximumDsaBits = 3072;
inline constexpr std::size_t kMinimumDsaOrderBits = 160;

struct DsaDomain {
  Bytes p;
  Bytes q;
  Bytes g;
};

class DsaGroup {
 public:
  [[nodiscard]] static Result<DsaGroup> create(const DsaDomain& domain);

  [[nodiscard]] std::size_t order_size() const;  // of q, in octets

  // 1 to q - 1.
  [[nodiscard]] Result<Secret> generate(Rng& rng) const;
  [[nodiscard]] Result<Bytes> public_value(ByteView secret) const;
  // The nonce is drawn as generate() draws a key.
  [[nodiscard]] Result<Bytes> sign(ByteView secret, ByteView hash, Rng& rng) const;
  [[nodiscard]] Status verify(ByteView public_value, ByteView hash, ByteView signature) const;

 private:
  DsaGroup(Handle<bignum_st> p, Handle<bignum_st> q, Handle<bignum_st> g);
  [[nodiscard]] Result<Handle<bignum_st>> hash_number(ByteView hash) const;
  [[nodiscard]] Result<Handle<bignum_st>> secret_number(ByteView secret) const;

  Handle<bignum_st> p_;
  Handle<bignum_st> q_;
  Handle<bignum_st> g_;
};

}  // namespace cose::crypto
