// SPDX-License-Identifier: Apache-2.0
// Key derivation in blocks, for DerivationFunction: SP 800-108 with its three modes, the pseudorandom functions of TLS,
// the one-block functions of IEEE 1363 and ICAO 9303, X9.63 and HKDF.
//
// A Derivation gives the octets of one derived key stream in order. Errors: kLimit beyond its end.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>

#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/digest.h"

namespace cose::jcapi::detail {

// PRF of SP 800-108 §4.1: by Signature.ALG_... (HMAC, CMAC) or, for HMAC, MessageDigest.ALG_....
struct Prf {
  std::optional<crypto::DigestKind> hmac;  // nothing: AES-CMAC
};
[[nodiscard]] std::optional<Prf> prf_of_algorithm(std::int16_t algorithm);
[[nodiscard]] Result<Bytes> run_prf(const Prf& prf, ByteView key, ByteView input);

class Derivation {
 public:
  // Block number `index`, from 1 on.
  using Block = std::function<Result<Secret>(std::uint32_t index)>;
  // size: octets of the whole; nothing: as many as are asked for.
  Derivation(Block block, std::optional<std::size_t> size) : block_(std::move(block)), left_(size) {}

  [[nodiscard]] Result<Secret> take(std::size_t size);

 private:
  Block block_;
  std::optional<std::size_t> left_;
  std::uint32_t index_ = 0;
  Secret pending_;
};

struct CounterParameters {
  Prf prf;
  Secret key;
  Bytes before;
  Bytes after;
  std::size_t counter_octets;
};
[[nodiscard]] Derivation::Block counter_mode(CounterParameters parameters);

// Feedback mode with its initial value, or the double pipeline without. counter_octets 0: no counter.
struct ChainParameters {
  Prf prf;
  Secret key;
  Bytes input;
  std::optional<Bytes> initial;
  std::size_t counter_octets;
};
[[nodiscard]] Derivation::Block chain_mode(ChainParameters parameters);

// RFC 4346 §5 (TLS 1.1), RFC 5246 §5 (TLS 1.2, SHA-256). `seed` has the label in front.
[[nodiscard]] Derivation::Block tls11_prf(Secret key, Bytes seed);
[[nodiscard]] Derivation::Block tls12_prf(Secret key, Bytes seed);

// A value that is all there is.
[[nodiscard]] Derivation::Block only(Secret value);

// RFC 5869 §2.3 without the extraction.
[[nodiscard]] Result<Secret> hkdf_expand(crypto::DigestKind kind, ByteView key, ByteView info, std::size_t size);

}  // namespace cose::jcapi::detail
