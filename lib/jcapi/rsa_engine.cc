// SPDX-License-Identifier: Apache-2.0
// The engine of RSA ciphers: collects one block of input.
#include <algorithm>
#include <optional>
#include <utility>

#include "crypto/rsa_oaep.h"
#include "crypto/rsa_pkcs1.h"
#include "jcapi/detail/cipher_engine.h"

namespace cose::jcapi::detail {

namespace {

using crypto::Direction;

class RsaEngine final : public CipherEngine {
 public:
  RsaEngine(const RsaParameters& parameters, Rng& rng) : parameters_(parameters), rng_(rng) {}

  Status set_key(const KeyObject& key) {
    if (is_rsa_private(key)) {
      COSE_TRY(private_, rsa_private_of(key));
      size_ = private_->size();
      return {};
    }
    modulus_ = to_bytes(key.component(Part::kModulus));
    exponent_ = to_bytes(key.component(Part::kExponent));
    size_ = modulus_.size();
    // Without padding any numbers will do: applets use such keys for modular arithmetic.
    if (parameters_.padding == RsaPadding::kNone) return {};
    COSE_TRY(public_, crypto::RsaPublicKey::create(modulus_, exponent_));
    return {};
  }

  std::size_t update_size(std::size_t) const override { return 0; }

  Result<Secret> update(ByteView input) override {
    if (pending_.size() + input.size() > size_) return fail(ErrorKind::kInvalid, "RSA: the input is too long");
    pending_ = Secret::take(concat(pending_.view(), input));
    return Secret();
  }

  Result<Secret> finish(ByteView input) override {
    auto ended = end(input);
    pending_ = Secret();
    return ended;
  }

 private:
  Result<Secret> end(ByteView input) {
    COSE_TRY([[maybe_unused]] const auto nothing, update(input));
    const auto block = pending_.view();
    const bool encrypt = parameters_.direction == Direction::kEncrypt;
    if (parameters_.padding == RsaPadding::kNone) return bare(block);
    if (parameters_.padding == RsaPadding::kOaep) return oaep(block);
    if (encrypt)
      return owned(private_ ? crypto::sign_pkcs1_block(*private_, block)
                            : crypto::encrypt_pkcs1(*public_, block, rng_));
    if (block.size() != size_) return fail(ErrorKind::kInvalid, "RSA: expected a block of the modulus's size");
    if (private_) return crypto::decrypt_pkcs1(*private_, block);
    return owned(crypto::recover_pkcs1_block(*public_, block));
  }

  Result<Secret> bare(ByteView block) {
    if (block.size() != size_) return fail(ErrorKind::kInvalid, "RSA: expected a block of the modulus's size");
    if (private_) return private_->apply(block);
    if (std::ranges::lexicographical_compare(modulus_, block) || equal(modulus_, block))
      return fail(ErrorKind::kInvalid, "RSA: expected a number below the modulus");
    return owned(crypto::power_modulo(block, exponent_, modulus_));
  }

  Result<Secret> oaep(ByteView block) {
    const crypto::OaepParameters parameters{parameters_.digest, parameters_.digest, {}};
    if (parameters_.direction == Direction::kEncrypt)
      return owned(crypto::encrypt_oaep(*public_, parameters, block, rng_));
    return crypto::decrypt_oaep(*private_, parameters, block);
  }

  static Result<Secret> owned(Result<Bytes> octets) {
    if (!octets) return std::unexpected(std::move(octets).error());
    return Secret::take(std::move(*octets));
  }

  RsaParameters parameters_;
  Rng& rng_;
  std::optional<crypto::RsaPrivateKey> private_;
  std::optional<crypto::RsaPublicKey> public_;
  Bytes modulus_;
  Bytes exponent_;
  std::size_t size_ = 0;
  Secret pending_;
};

}  // namespace

Result<std::unique_ptr<CipherEngine>> make_rsa_engine(const RsaParameters& parameters, const KeyObject& key, Rng& rng) {
  // OAEP goes one way: only the public key encrypts (RFC 8017 §7.1).
  const bool encrypts = parameters.direction == Direction::kEncrypt;
  if (parameters.padding == RsaPadding::kOaep && encrypts == is_rsa_private(key))
    return fail(ErrorKind::kInvalid, "OAEP: expected the other key of the pair");
  auto made = std::make_unique<RsaEngine>(parameters, rng);
  COSE_CHECK(made->set_key(key));
  return made;
}

}  // namespace cose::jcapi::detail
