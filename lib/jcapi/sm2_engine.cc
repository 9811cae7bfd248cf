// SPDX-License-Identifier: Apache-2.0
// SM2 as a signature and as a cipher (GB/T 32918). The API names the standard and leaves forms open: a signature is DER
// as ECDSA's, the hash of signPreComputedHash() is that of Z and the message, a ciphertext is C1 | C3 | C2.
#include <optional>
#include <utility>

#include "crypto/sm2.h"
#include "jcapi/detail/cipher_engine.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/signature_engine.h"
#include "jcre/runtime.h"

namespace cose::jcapi::detail {

namespace {

using crypto::Direction;
using crypto::EcPrivateKey;
using crypto::EcPublicKey;

constexpr auto kForm = crypto::EcdsaForm::kDer;
// SEQUENCE { INTEGER, INTEGER } with numbers of 32 octets, each perhaps with a zero in front.
constexpr std::size_t kLength = 72;

std::unexpected<Error> no_fit() {
  return fail(ErrorKind::kInvalid, "the key does not fit SM2");
}

// One half of a pair on SM2's curve: the public half always, the private one to sign and decrypt.
struct Keys {
  std::optional<EcPrivateKey> secret;
  EcPublicKey open;
};

Result<Keys> keys_of(NativeCall& call, const KeyObject& key, bool secret) {
  if (secret ? !is_ec_private(key) : !is_ec_public(key)) return no_fit();
  if (!secret) {
    COSE_TRY(auto open, ec_public_of(call, key));
    if (open.curve().name() != crypto::CurveName::kSm2) return no_fit();
    return Keys{std::nullopt, std::move(open)};
  }
  COSE_TRY(auto own, ec_private_of(call, key));
  if (own.curve().name() != crypto::CurveName::kSm2) return no_fit();
  COSE_TRY(auto open, own.public_key());
  return Keys{std::move(own), std::move(open)};
}

class Sm2Signature final : public SignatureEngine {
 public:
  Sm2Signature(MessageHash hash, Keys keys, Bytes prefix, Rng& rng)
      : hash_(std::move(hash)), keys_(std::move(keys)), prefix_(std::move(prefix)), rng_(rng) {}

  Status begin() {
    COSE_CHECK(hash_.restart());
    return hash_.update(prefix_);
  }
  std::size_t length() const override { return kLength; }
  Status update(ByteView octets) override { return hash_.update(octets); }
  Result<Bytes> sign(ByteView last) override {
    COSE_TRY(const auto hash, finish(last));
    return crypto::sign_sm2(*keys_.secret, hash, rng_, kForm);
  }
  Result<bool> verify(ByteView last, ByteView signature) override {
    COSE_TRY(const auto hash, finish(last));
    return crypto::verify_sm2(keys_.open, hash, signature, kForm).has_value();
  }
  Result<Bytes> sign_hash(ByteView hash) override {
    COSE_CHECK(begin());
    return crypto::sign_sm2(*keys_.secret, hash, rng_, kForm);
  }
  Result<bool> verify_hash(ByteView hash, ByteView signature) override {
    COSE_CHECK(begin());
    if (hash.size() != prefix_.size()) return fail(ErrorKind::kInvalid, "SM2: expected a hash of SM3");
    return crypto::verify_sm2(keys_.open, hash, signature, kForm).has_value();
  }

 private:
  Result<Bytes> finish(ByteView last) {
    COSE_CHECK(update(last));
    auto hash = hash_.finish();
    COSE_CHECK(begin());
    return hash;
  }

  MessageHash hash_;
  Keys keys_;
  Bytes prefix_;
  Rng& rng_;
};

class Sm2Engine final : public CipherEngine {
 public:
  Sm2Engine(Direction direction, Keys keys, Rng& rng) : direction_(direction), keys_(std::move(keys)), rng_(rng) {}

  std::size_t update_size(std::size_t) const override { return 0; }
  Result<Secret> update(ByteView input) override {
    if (pending_.size() + input.size() > crypto::kMaximumSm2Message + crypto::kSm2Overhead)
      return fail(ErrorKind::kLimit, "SM2: the input is too long");
    pending_ = Secret::take(concat(pending_.view(), input));
    return Secret();
  }
  Result<Secret> finish(ByteView input) override {
    const auto fed = update(input);
    const auto message = std::exchange(pending_, Secret());
    if (!fed) return std::unexpected(fed.error());
    if (direction_ == Direction::kDecrypt) return crypto::decrypt_sm2(*keys_.secret, message.view());
    COSE_TRY(auto ciphertext, crypto::encrypt_sm2(keys_.open, message.view(), rng_));
    return Secret::take(std::move(ciphertext));
  }

 private:
  Direction direction_;
  Keys keys_;
  Rng& rng_;
  Secret pending_;
};

}  // namespace

Result<std::unique_ptr<SignatureEngine>> make_sm2_signature(NativeCall& call, const SignatureParameters& parameters,
                                                            const KeyObject& key, Rng& rng) {
  COSE_TRY(auto keys, keys_of(call, key, parameters.mode == SignatureMode::kSign));
  const auto identity = parameters.initial.empty() ? as_bytes(crypto::kSm2DefaultIdentity) : parameters.initial;
  COSE_TRY(auto prefix, crypto::sm2_identity_hash(keys.open, identity));
  COSE_TRY(auto hash, MessageHash::create(crypto::DigestKind::kSm3));
  auto made = std::make_unique<Sm2Signature>(std::move(hash), std::move(keys), std::move(prefix), rng);
  COSE_CHECK(made->begin());
  return made;
}

Result<std::unique_ptr<CipherEngine>> make_sm2_engine(NativeCall& call, Direction direction, const KeyObject& key) {
  COSE_TRY(auto keys, keys_of(call, key, direction == Direction::kDecrypt));
  return std::make_unique<Sm2Engine>(direction, std::move(keys), jcre::runtime_of(call).rng());
}

}  // namespace cose::jcapi::detail
