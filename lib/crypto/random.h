// SPDX-License-Identifier: Apache-2.0
// Random numbers from OpenSSL: the machine's, and a generator whose seed decides everything.
//
// Nothing else in this library draws secrets from anywhere but the Rng it is given: with an HmacDrbg one seed replays
// every key, nonce, salt and padding. (The numbers that OpenSSL draws on its own blind a computation and do not show in
// any result.)
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/digest.h"
#include "crypto/handle.h"

namespace cose::crypto {

// OpenSSL's own generator, seeded by the operating system. Any thread.
class SystemRng final : public Rng {
 public:
  [[nodiscard]] Status fill(MutableByteView buffer) override;
};

// HMAC_DRBG of NIST SP 800-90A §10.1.2, without reseeding. One thread at a time.
//
// After a fork the child's copy fails for good (kInternal), so parent and child never share numbers: seed it after the
// fork.
class HmacDrbg final : public Rng {
 public:
  struct Seed {
    ByteView entropy;               // at least the security strength: 16 octets for SHA-1, 24 for SHA-224, else 32
    ByteView nonce = {};            // at least half of that
    ByteView personalization = {};  // anything; tells generators of one seed apart
  };

  // Errors: kInvalid for a seed that is too short.
  [[nodiscard]] static Result<HmacDrbg> create(DigestKind kind, const Seed& seed);

  // Each call is a Generate request (split every 65,536 octets, SP 800-90A table 2), so the sizes asked for shape the
  // sequence.
  [[nodiscard]] Status fill(MutableByteView buffer) override;

 private:
  explicit HmacDrbg(Handle<evp_rand_ctx_st> generator);

  Handle<evp_rand_ctx_st> generator_;
};

}  // namespace cose::crypto
