// SPDX-License-Identifier: Apache-2.0
// A key that stays off the card: it signs tokens and DAP blocks, or checks receipts (GPC 2.3.1 annex C).
//
// Named by text: a PEM file with an RSA or elliptic curve key, or "aes:HEX", "des:HEX". Owns the key and wipes it; one
// may be used from many threads. Errors: kNotFound and kIo for the file, kInvalid for what is in it, kRefused for what
// does not verify.
#pragma once

#include <optional>
#include <string>
#include <variant>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/pem.h"
#include "scp/signature.h"

namespace cose::admin {

class OffCardKey {
 public:
  // A private key, or a secret one. password: of an encrypted PEM file.
  [[nodiscard]] static Result<OffCardKey> for_signing(const std::string& name, const std::string& password = {});
  // A public key, or a secret one.
  [[nodiscard]] static Result<OffCardKey> for_verifying(const std::string& name);

  // Error: kInvalid for a public key.
  [[nodiscard]] Result<Bytes> sign(ByteView message, Rng& rng) const;
  // Error: kInvalid for a private key.
  [[nodiscard]] Result<scp::VerifyingKey> verifying() const;

 private:
  using Key = std::variant<crypto::RsaPrivateKey, crypto::EcPrivateKey, crypto::RsaPublicKey, crypto::EcPublicKey,
                           scp::SymmetricKey>;

  explicit OffCardKey(Key key) : key_(std::move(key)) {}
  // Nothing: the name is that of a file.
  [[nodiscard]] static Result<std::optional<OffCardKey>> symmetric(const std::string& name);

  Key key_;
};

}  // namespace cose::admin
