// SPDX-License-Identifier: Apache-2.0
// A master key that never leaves its PKCS#11 token: a smart card, a hardware security module, or SoftHSM2.
//
// The key is an AES-256 secret key of the token, named by a PKCS#11 URI (RFC 7512):
//   pkcs11:token=cose;object=master?module-path=/usr/lib/softhsm/libsofthsm2.so&pin-source=/etc/cose/pin
// Without module-path the modules that p11-kit knows are searched. A PIN in the URI itself (pin-value) is refused,
// since a command line is no secret. Wrapping is AES-GCM in the token under a fresh random nonce of 96 bits, which
// holds for 2^32 wrapped keys (NIST SP 800-38D §8.3); wrapped octets are nonce, sealed key, tag.
//
// Rules of vault::MasterKey; a call takes as long as the token does. Errors besides: kNotFound (no such token, no such
// key), kRefused (the PIN), kIo (what the token says).
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "vault/master_key.h"

namespace cose::token {

enum class IfMissing { kFail, kMake };

// Reads the PIN from where pin-source says.
using PinReader = std::function<Result<Secret>(const std::string& source)>;

[[nodiscard]] bool is_token_uri(std::string_view text);

class TokenKey final : public vault::MasterKey {
 public:
  // The Rng outlives the key. kMake: a key that is not there is made in the token, never to be read out of it.
  [[nodiscard]] static Result<std::unique_ptr<TokenKey>> open(const std::string& uri, const PinReader& read_pin,
                                                              IfMissing if_missing, Rng& rng);
  ~TokenKey() override;
  TokenKey(const TokenKey&) = delete;
  TokenKey& operator=(const TokenKey&) = delete;

  [[nodiscard]] Bytes id() const override;
  [[nodiscard]] Result<Bytes> wrap(ByteView key, ByteView associated) override;
  [[nodiscard]] Result<Secret> unwrap(ByteView wrapped, ByteView associated) override;

 private:
  class Session;
  TokenKey(std::unique_ptr<Session> session, Bytes id, Rng& rng);

  std::unique_ptr<Session> session_;
  Bytes id_;
  Rng& rng_;
};

}  // namespace cose::token
