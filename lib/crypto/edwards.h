// SPDX-License-Identifier: Apache-2.0
// The curves of RFC 7748 and RFC 8032: key agreement with X25519 and X448, signatures with Ed25519 and Ed448.
//
// Keys are the raw octets of the RFCs. Private keys are wiped; their const members may be called from any thread.
// Signatures are of the pure kind: OpenSSL 3.0 has neither Ed25519ctx nor the pre-hashed kinds. Errors: kInvalid for
// sizes, kRefused for signatures that do not verify and agreements that give zero.
#pragma once

#include <cstddef>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class XdhCurve { kX25519, kX448 };
enum class EddsaCurve { kEd25519, kEd448 };

[[nodiscard]] std::string_view to_string(XdhCurve curve);
[[nodiscard]] std::string_view to_string(EddsaCurve curve);
[[nodiscard]] std::size_t key_size(XdhCurve curve);          // 32 or 56, public and private
[[nodiscard]] std::size_t key_size(EddsaCurve curve);        // 32 or 57, public and private
[[nodiscard]] std::size_t signature_size(EddsaCurve curve);  // 64 or 114

class XdhPrivateKey {
 public:
  [[nodiscard]] static Result<XdhPrivateKey> create(XdhCurve curve, ByteView octets);
  [[nodiscard]] static Result<XdhPrivateKey> generate(XdhCurve curve, Rng& rng);

  [[nodiscard]] XdhCurve curve() const { return curve_; }
  [[nodiscard]] Secret octets() const;
  [[nodiscard]] Result<Bytes> public_key() const;

  // kRefused for a peer of small order, whose secret would be zero (RFC 7748 §6.1).
  [[nodiscard]] Result<Secret> agree(ByteView peer) const;

 private:
  XdhPrivateKey(XdhCurve curve, Handle<evp_pkey_st> key);

  XdhCurve curve_;
  Handle<evp_pkey_st> key_;
};

class EddsaPrivateKey {
 public:
  [[nodiscard]] static Result<EddsaPrivateKey> create(EddsaCurve curve, ByteView octets);
  [[nodiscard]] static Result<EddsaPrivateKey> generate(EddsaCurve curve, Rng& rng);

  [[nodiscard]] EddsaCurve curve() const { return curve_; }
  [[nodiscard]] Secret octets() const;
  [[nodiscard]] Result<Bytes> public_key() const;

  // Signs the message itself, not a hash; the same message gives the same signature.
  [[nodiscard]] Result<Bytes> sign(ByteView message) const;

 private:
  EddsaPrivateKey(EddsaCurve curve, Handle<evp_pkey_st> key);

  EddsaCurve curve_;
  Handle<evp_pkey_st> key_;
};

[[nodiscard]] Status verify_eddsa(EddsaCurve curve, ByteView public_key, ByteView message, ByteView signature);

}  // namespace cose::crypto
