// SPDX-License-Identifier: Apache-2.0
// RSA keys and the bare exponentiation (RFC 8017 §5.1, §5.2). The paddings are in rsa_pkcs1.h, rsa_pss.h, rsa_oaep.h.
//
// Keys own their numbers and wipe the private ones. Their const members may be called from any thread. Numbers are
// big-endian octets; zeros in front do not count. Errors: kInvalid for numbers that cannot be an RSA key (even,
// zero, exponent 1, of the wrong size, not belonging together), with the name of the number and never its value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/handle.h"

namespace cose::crypto {

inline constexpr std::size_t kMinimumRsaBits = 512;
inline constexpr std::size_t kMaximumRsaBits = 4096;

class RsaPublicKey {
 public:
  // The modulus is odd, of kMinimumRsaBits to kMaximumRsaBits; the exponent odd, 3 or more, below the modulus.
  [[nodiscard]] static Result<RsaPublicKey> create(ByteView modulus, ByteView exponent);

  [[nodiscard]] std::size_t bits() const;
  [[nodiscard]] std::size_t size() const;  // of the modulus, in octets
  [[nodiscard]] Bytes modulus() const;
  [[nodiscard]] Bytes exponent() const;

  // block ^ exponent mod modulus: RSAEP, RSAVP1. The block has size() octets and is below the modulus.
  [[nodiscard]] Result<Bytes> apply(ByteView block) const;

 private:
  RsaPublicKey(Handle<bignum_st> modulus, Handle<bignum_st> exponent, Handle<bn_mont_ctx_st> montgomery);

  Handle<bignum_st> modulus_;
  Handle<bignum_st> exponent_;
  Handle<bn_mont_ctx_st> montgomery_;
};

// RFC 8017 §3.2, second form: p, q, d mod (p-1), d mod (q-1), q^-1 mod p.
struct RsaCrtComponents {
  Secret p;
  Secret q;
  Secret dp;
  Secret dq;
  Secret q_inverse;
};

class RsaPrivateKey {
 public:
  // From modulus and private exponent. OpenSSL can only blind when it knows the public exponent, so the usual ones are
  // tried; a key with an unusual one works too, at twice the cost, and has no public_key().
  [[nodiscard]] static Result<RsaPrivateKey> create(ByteView modulus, ByteView private_exponent);
  // The same with the public exponent given. Error: kInvalid when the two exponents do not belong together.
  [[nodiscard]] static Result<RsaPrivateKey> create(ByteView modulus, ByteView public_exponent,
                                                    ByteView private_exponent);
  // The public exponent follows from the components; one larger than p is not found and makes them kInvalid.
  [[nodiscard]] static Result<RsaPrivateKey> from_crt(const RsaCrtComponents& components);

  // A new key: FIPS 186-4 §B.3.3 with primes from `rng`. bits: kMinimumRsaBits to kMaximumRsaBits, a multiple of 16.
  [[nodiscard]] static Result<RsaPrivateKey> generate(std::size_t bits, Rng& rng,
                                                      std::uint64_t public_exponent = 65537);

  [[nodiscard]] std::size_t bits() const;
  [[nodiscard]] std::size_t size() const;  // of the modulus, in octets
  [[nodiscard]] Bytes modulus() const;
  [[nodiscard]] Secret private_exponent() const;  // size() octets
  // Errors: kNotFound when the public exponent is unknown.
  [[nodiscard]] Result<RsaPublicKey> public_key() const;
  // Each of half the size of the modulus, rounded up, or of the larger prime's size. Error: kNotFound for a key made
  // without them.
  [[nodiscard]] Result<RsaCrtComponents> crt() const;

  // PKCS #8 in PEM form, not encrypted. Error: kNotFound for a key made without its primes.
  [[nodiscard]] Result<Secret> to_pem() const;

  // block ^ private exponent mod modulus, blinded: RSADP, RSASP1. The block has size() octets and is below the modulus.
  [[nodiscard]] Result<Secret> apply(ByteView block) const;

 private:
  struct Numbers;

  RsaPrivateKey(Numbers numbers, Handle<evp_pkey_st> key);
  [[nodiscard]] static Result<RsaPrivateKey> with_exponents(ByteView modulus, ByteView private_exponent,
                                                            const ByteView* public_exponent);
  [[nodiscard]] Result<Secret> apply_unknown_exponent(ByteView block) const;

  Handle<bignum_st> modulus_;
  Handle<bignum_st> public_exponent_;  // null when unknown
  Handle<bignum_st> private_exponent_;
  Handle<evp_pkey_st> key_;  // null when the public exponent is unknown
};

// base ^ exponent mod modulus for any numbers, which a card offers as an RSA public key without padding, and which
// programs use for arithmetic of their own. The result has as many octets as the modulus. Not in constant time. Errors:
// kInvalid for a modulus below 2 or numbers of more than kMaximumRsaBits.
[[nodiscard]] Result<Bytes> power_modulo(ByteView base, ByteView exponent, ByteView modulus);

}  // namespace cose::crypto
