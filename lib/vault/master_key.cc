// SPDX-License-Identifier: Apache-2.0
#include "vault/master_key.h"

#include <array>

#include "bytes/hex.h"
#include "crypto/aead.h"
#include "crypto/hmac.h"

namespace cose::vault {

namespace {

constexpr std::size_t kSalt = 16;
constexpr std::size_t kTag = 16;
constexpr std::array<std::uint8_t, 12> kNonce{};  // each salt makes a key of its own

Result<crypto::Aead> wrapping_key(const Secret& key, ByteView salt) {
  COSE_TRY(auto derived, crypto::hmac(crypto::DigestKind::kSha256, key.view(), concat(as_bytes("wrap"), salt)));
  const auto secret = Secret::take(std::move(derived));
  return crypto::Aead::create(crypto::AeadMode::kGcm, secret.view());
}

}  // namespace

Result<LocalMasterKey> LocalMasterKey::create(Secret key, Rng& rng) {
  if (key.size() != kKeySize)
    return fail(ErrorKind::kInvalid,
                "master key: expected " + std::to_string(kKeySize) + " octets, found " + std::to_string(key.size()));
  COSE_TRY(auto id, crypto::hmac(crypto::DigestKind::kSha256, key.view(), as_bytes("id")));
  id.resize(kKeyIdSize);
  return LocalMasterKey(std::move(key), std::move(id), rng);
}

// Salt and the sealed key.
Result<Bytes> LocalMasterKey::wrap(ByteView key, ByteView associated) {
  Bytes salt(kSalt);
  COSE_CHECK(rng_.fill(salt));
  COSE_TRY(auto aead, wrapping_key(key_, salt));
  COSE_TRY(const auto sealed, aead.seal(kNonce, associated, key, kTag));
  return concat(salt, sealed);
}

Result<Secret> LocalMasterKey::unwrap(ByteView wrapped, ByteView associated) {
  if (wrapped.size() < kSalt + kTag) return fail(ErrorKind::kInvalid, "a wrapped key is too short");
  COSE_TRY(auto aead, wrapping_key(key_, wrapped.first(kSalt)));
  auto opened = aead.open(kNonce, associated, wrapped.subspan(kSalt), kTag);
  if (!opened) return fail(ErrorKind::kRefused, "a wrapped key was changed, or belongs to another card or directory");
  return Secret::take(*std::move(opened));
}

void Keyring::change(MasterKey& next) {
  older_.push_back(current_);
  current_ = &next;
}

Result<Bytes> Keyring::wrap(ByteView key, ByteView associated) {
  COSE_TRY(const auto wrapped, current_->wrap(key, associated));
  return concat(current_->id(), wrapped);
}

Result<Secret> Keyring::unwrap(ByteView wrapped, ByteView associated) {
  if (wrapped.size() < kKeyIdSize) return fail(ErrorKind::kInvalid, "a wrapped key is too short");
  const auto id = wrapped.first(kKeyIdSize);
  const auto body = wrapped.subspan(kKeyIdSize);
  if (is_current(wrapped)) return current_->unwrap(body, associated);
  for (auto* key : older_)
    if (equal(key->id(), id)) return key->unwrap(body, associated);
  return fail(ErrorKind::kNotFound, "the master key " + to_hex(id) + " is needed; this one is " +
                                        to_hex(current_->id()) + ": give the key file of this state");
}

bool Keyring::is_current(ByteView wrapped) const {
  return wrapped.size() >= kKeyIdSize && equal(current_->id(), wrapped.first(kKeyIdSize));
}

}  // namespace cose::vault
