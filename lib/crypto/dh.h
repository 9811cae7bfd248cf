// SPDX-License-Identifier: Apache-2.0
// Diffie-Hellman in a finite field with given parameters (NIST SP 800-56A §5.7.1.1, PKCS #3; Java Card's DHKey).
//
// Numbers are big-endian octets; zeros in front do not count. Whether p is prime is not proven: that would take longer
// than the agreement, and parameters come from who relies on them. Errors: kInvalid for numbers out of range,
// kRefused for an agreement that gives 1.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/handle.h"

namespace cose::crypto {

inline constexpr std::size_t kMinimumDhBits = 512;
inline constexpr std::size_t kMaximumDhBits = 4096;

struct DhDomain {
  Bytes p;
  Bytes g;
  Bytes q = {};  // the order of g; empty: unknown
};

class DhPrivateKey {
 public:
  // value: 1 to q - 1, or to p - 2 when q is unknown.
  [[nodiscard]] static Result<DhPrivateKey> create(const DhDomain& domain, ByteView value);
  [[nodiscard]] static Result<DhPrivateKey> generate(const DhDomain& domain, Rng& rng);

  [[nodiscard]] std::size_t size() const;  // of p, in octets
  [[nodiscard]] Secret value() const;      // size() octets
  [[nodiscard]] Result<Bytes> public_value() const;

  // The shared secret before any key derivation, size() octets. The peer's value is checked as SP 800-56A §5.6.2.3.1
  // asks: 2 to p - 2, and of order q when q is known.
  [[nodiscard]] Result<Secret> agree(ByteView peer) const;

 private:
  struct Numbers;
  explicit DhPrivateKey(Numbers numbers);
  [[nodiscard]] static Result<Numbers> numbers_of(const DhDomain& domain);

  Handle<bignum_st> p_;
  Handle<bignum_st> g_;
  Handle<bignum_st> q_;  // null when unknown
  Handle<bignum_st> value_;
};

}  // namespace cose::crypto
