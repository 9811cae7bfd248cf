// SPDX-License-Identifier: Apache-2.0
// RSA signatures: PKCS #1, PSS, the bare hash of RFC 2409, ISO/IEC 9796-2 with and without recovery.
#include <algorithm>
#include <memory>
#include <utility>

#include "crypto/rsa_iso9796.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/rsa_pss.h"
#include "jcapi/detail/hashed_engine.h"

namespace cose::jcapi::detail {

namespace {

using crypto::DigestKind;
using crypto::Recovery;

// One of the two, by the mode.
struct RsaKeys {
  std::optional<crypto::RsaPrivateKey> secret;
  std::optional<crypto::RsaPublicKey> open;
  [[nodiscard]] std::size_t size() const { return secret ? secret->size() : open->size(); }
};

Result<RsaKeys> keys_of(const SignatureParameters& parameters, const KeyObject& key) {
  RsaKeys keys;
  const bool sign = parameters.mode == SignatureMode::kSign;
  if ((sign ? !is_rsa_private(key) : key.kind() != KeyKind::kRsaPublic) || !parameters.initial.empty())
    return fail(ErrorKind::kInvalid, "the key does not fit the signature");
  if (sign) {
    COSE_TRY(keys.secret, rsa_private_of(key));
  } else {
    COSE_TRY(keys.open, rsa_public_of(key));
  }
  return keys;
}

class RsaSignature final : public HashedEngine {
 public:
  RsaSignature(DigestKind digest, MessageHash hash, RsaKeys keys, PaddingId padding, Rng& rng)
      : HashedEngine(std::move(hash)), digest_(digest), keys_(std::move(keys)), padding_(padding), rng_(rng) {}

  std::size_t length() const override { return keys_.size(); }

 protected:
  Result<Bytes> sign_value(ByteView hash) override {
    if (padding_ == PaddingId::kPss) return crypto::sign_pss(*keys_.secret, pss(), hash, rng_);
    if (padding_ == PaddingId::kRfc2409) return crypto::sign_pkcs1_block(*keys_.secret, hash);
    return crypto::sign_pkcs1(*keys_.secret, digest_, hash);
  }
  Status verify_value(ByteView hash, ByteView signature) override {
    if (padding_ == PaddingId::kPss) return crypto::verify_pss(*keys_.open, pss(), hash, signature);
    if (padding_ == PaddingId::kPkcs1) return crypto::verify_pkcs1(*keys_.open, digest_, hash, signature);
    COSE_TRY(const auto content, crypto::recover_pkcs1_block(*keys_.open, signature));
    if (!constant_time_equal(content, hash)) return fail(ErrorKind::kRefused, "the hash differs");
    return {};
  }

 private:
  // The salt is as long as the hash, whose function also makes the mask (JC API 3.1, Signature.ALG_RSA_SHA_PKCS1_PSS
  // after IEEE 1363-2000).
  [[nodiscard]] crypto::PssParameters pss() const { return {digest_, digest_, crypto::digest_size(digest_)}; }

  DigestKind digest_;
  RsaKeys keys_;
  PaddingId padding_;
  Rng& rng_;
};

// ISO/IEC 9796-2 scheme 1. Keeps the beginning of the message, which goes into the signature.
class Iso9796Signature final : public SignatureEngine {
 public:
  Iso9796Signature(MessageHash hash, RsaKeys keys)
      : hash_(std::move(hash)),
        keys_(std::move(keys)),
        capacity_(crypto::iso9796_capacity(hash_.kind(), keys_.size())) {}

  std::size_t length() const override { return keys_.size(); }
  std::size_t recoverable() const override { return recoverable_; }

  Status update(ByteView octets) override {
    const auto taken = std::min(octets.size(), capacity_ - beginning_.size());
    append(beginning_, octets.first(taken));
    longer_ = longer_ || taken < octets.size();
    return hash_.update(octets);
  }

  Result<Bytes> sign(ByteView last) override {
    COSE_TRY(auto content, finish(last));
    recoverable_ = content.recovered.size();
    return crypto::sign_iso9796(*keys_.secret, hash_.kind(), content);
  }

  Result<bool> verify(ByteView last, ByteView signature) override {
    COSE_TRY(const auto content, finish(last));
    const auto opened = crypto::open_iso9796(*keys_.open, hash_.kind(), signature);
    return opened && opened->recovery == content.recovery && equal(opened->recovered, content.recovered) &&
           constant_time_equal(opened->hash, content.hash);
  }

  Result<Bytes> begin_verify(ByteView signature) override {
    if (keys_.secret || signature.size() != keys_.size())
      return fail(ErrorKind::kInvalid, "the signature is not as long as the key's");
    COSE_TRY(auto opened, crypto::open_iso9796(*keys_.open, hash_.kind(), signature));
    COSE_CHECK(restart());
    COSE_CHECK(hash_.update(opened.recovered));
    const auto recovered = opened.recovered;
    opened_ = std::move(opened);
    return recovered;
  }

  Result<bool> verify_rest(ByteView last) override {
    if (!opened_) return fail(ErrorKind::kInvalid, "verify without beginVerify");
    const auto opened = std::exchange(opened_, std::nullopt);
    COSE_CHECK(hash_.update(last));
    COSE_TRY(const auto hash, hash_.finish());
    COSE_CHECK(restart());
    return constant_time_equal(opened->hash, hash);
  }

 private:
  Result<crypto::Iso9796Content> finish(ByteView last) {
    COSE_CHECK(update(last));
    crypto::Iso9796Content content;
    content.recovery = longer_ ? Recovery::kPartial : Recovery::kTotal;
    content.recovered = std::move(beginning_);
    COSE_TRY(content.hash, hash_.finish());
    COSE_CHECK(restart());
    return content;
  }
  Status restart() {
    beginning_.clear();
    longer_ = false;
    return hash_.restart();
  }

  MessageHash hash_;
  RsaKeys keys_;
  std::size_t capacity_;
  Bytes beginning_;
  bool longer_ = false;
  std::size_t recoverable_ = 0;
  std::optional<crypto::Iso9796Content> opened_;
};

}  // namespace

Result<std::unique_ptr<SignatureEngine>> make_rsa_signature(const SignatureParameters& parameters, const KeyObject& key,
                                                            Rng& rng) {
  COSE_TRY(auto keys, keys_of(parameters, key));
  const auto digest = *digest_of_algorithm(parameters.row.digest);
  COSE_TRY(auto hash, MessageHash::create(digest));
  const auto padding = parameters.row.padding;
  if (padding == PaddingId::kIso9796 || padding == PaddingId::kIso9796Recovery) {
    if (crypto::iso9796_capacity(digest, keys.size()) == 0)
      return fail(ErrorKind::kInvalid, "the key is too short for the hash");
    return std::make_unique<Iso9796Signature>(std::move(hash), std::move(keys));
  }
  return std::make_unique<RsaSignature>(digest, std::move(hash), std::move(keys), padding, rng);
}

}  // namespace cose::jcapi::detail
