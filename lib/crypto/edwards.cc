// SPDX-License-Identifier: Apache-2.0
#include "crypto/edwards.h"

#include <string>
#include <utility>

#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

using Key = Handle<evp_pkey_st>;
using MessageContext = Handle<evp_md_ctx_st>;

struct CurveRow {
  const char* name;  // also OpenSSL's
  std::size_t key_size;
  std::size_t signature_size;  // of XDH: none
};

// RFC 7748 §5, RFC 8032 §5.1 and §5.2; each in the order of its enum.
constexpr CurveRow kXdhCurves[] = {{"X25519", 32, 0}, {"X448", 56, 0}};
constexpr CurveRow kEddsaCurves[] = {{"ED25519", 32, 64}, {"ED448", 57, 114}};

const CurveRow& row_of(XdhCurve curve) {
  return kXdhCurves[static_cast<std::size_t>(curve)];
}

const CurveRow& row_of(EddsaCurve curve) {
  return kEddsaCurves[static_cast<std::size_t>(curve)];
}

Result<Key> private_key(const CurveRow& row, ByteView octets) {
  COSE_CHECK(detail::expect_size(std::string(row.name) + " private key", row.key_size, octets.size()));
  Key key(EVP_PKEY_new_raw_private_key_ex(nullptr, row.name, nullptr, octets.data(), octets.size()));
  if (key == nullptr) return detail::openssl_failure(row.name);
  return key;
}

Result<Key> public_key_from(const CurveRow& row, ByteView octets) {
  COSE_CHECK(detail::expect_size(std::string(row.name) + " public key", row.key_size, octets.size()));
  Key key(EVP_PKEY_new_raw_public_key_ex(nullptr, row.name, nullptr, octets.data(), octets.size()));
  if (key == nullptr) return detail::openssl_failure(row.name, ErrorKind::kInvalid);
  return key;
}

Result<Secret> drawn(const CurveRow& row, Rng& rng) {
  Secret octets(row.key_size);
  COSE_CHECK(rng.fill(octets.writable()));
  return octets;
}

Secret private_octets(const CurveRow& row, const Key& key) {
  Secret octets(row.key_size);
  auto size = octets.size();
  COSE_ASSERT(EVP_PKEY_get_raw_private_key(key.get(), octets.writable().data(), &size) == 1 && size == octets.size());
  return octets;
}

Result<Bytes> public_octets(const CurveRow& row, const Key& key) {
  Bytes octets(row.key_size);
  auto size = octets.size();
  if (EVP_PKEY_get_raw_public_key(key.get(), octets.data(), &size) != 1) return detail::openssl_failure(row.name);
  return octets;
}

}  // namespace

std::string_view to_string(XdhCurve curve) {
  return row_of(curve).name;
}

std::string_view to_string(EddsaCurve curve) {
  return curve == EddsaCurve::kEd25519 ? "Ed25519" : "Ed448";
}

std::size_t key_size(XdhCurve curve) {
  return row_of(curve).key_size;
}

std::size_t key_size(EddsaCurve curve) {
  return row_of(curve).key_size;
}

std::size_t signature_size(EddsaCurve curve) {
  return row_of(curve).signature_size;
}

XdhPrivateKey::XdhPrivateKey(XdhCurve curve, Handle<evp_pkey_st> key) : curve_(curve), key_(std::move(key)) {}

Result<XdhPrivateKey> XdhPrivateKey::create(XdhCurve curve, ByteView octets) {
  COSE_TRY(auto key, private_key(row_of(curve), octets));
  return XdhPrivateKey(curve, std::move(key));
}

Result<XdhPrivateKey> XdhPrivateKey::generate(XdhCurve curve, Rng& rng) {
  COSE_TRY(const auto octets, drawn(row_of(curve), rng));
  return create(curve, octets.view());
}

Secret XdhPrivateKey::octets() const {
  return private_octets(row_of(curve_), key_);
}

Result<Bytes> XdhPrivateKey::public_key() const {
  return public_octets(row_of(curve_), key_);
}

Result<Secret> XdhPrivateKey::agree(ByteView peer) const {
  COSE_TRY(const auto peer_key, public_key_from(row_of(curve_), peer));
  const detail::KeyContext context(detail::allocated(EVP_PKEY_CTX_new_from_pkey(nullptr, key_.get(), nullptr)));
  if (EVP_PKEY_derive_init(context.get()) != 1 || EVP_PKEY_derive_set_peer(context.get(), peer_key.get()) != 1)
    return detail::openssl_failure(to_string(curve_));
  Secret shared(key_size(curve_));
  auto size = shared.size();
  if (EVP_PKEY_derive(context.get(), shared.writable().data(), &size) != 1)
    return detail::refusal(ErrorKind::kRefused, std::string(to_string(curve_)) + ": the peer's key is of small order");
  return shared;
}

EddsaPrivateKey::EddsaPrivateKey(EddsaCurve curve, Handle<evp_pkey_st> key) : curve_(curve), key_(std::move(key)) {}

Result<EddsaPrivateKey> EddsaPrivateKey::create(EddsaCurve curve, ByteView octets) {
  COSE_TRY(auto key, private_key(row_of(curve), octets));
  return EddsaPrivateKey(curve, std::move(key));
}

Result<EddsaPrivateKey> EddsaPrivateKey::generate(EddsaCurve curve, Rng& rng) {
  COSE_TRY(const auto octets, drawn(row_of(curve), rng));
  return create(curve, octets.view());
}

Secret EddsaPrivateKey::octets() const {
  return private_octets(row_of(curve_), key_);
}

Result<Bytes> EddsaPrivateKey::public_key() const {
  return public_octets(row_of(curve_), key_);
}

Result<Bytes> EddsaPrivateKey::sign(ByteView message) const {
  const MessageContext context(detail::allocated(EVP_MD_CTX_new()));
  Bytes signature(signature_size(curve_));
  auto size = signature.size();
  if (EVP_DigestSignInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key_.get(), nullptr) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) != 1)
    return detail::openssl_failure(to_string(curve_));
  return signature;
}

Status verify_eddsa(EddsaCurve curve, ByteView public_key, ByteView message, ByteView signature) {
  COSE_TRY(const auto key, public_key_from(row_of(curve), public_key));
  COSE_CHECK(
      detail::expect_size(std::string(to_string(curve)) + " signature", signature_size(curve), signature.size()));
  const MessageContext context(detail::allocated(EVP_MD_CTX_new()));
  if (EVP_DigestVerifyInit_ex(context.get(), nullptr, nullptr, nullptr, nullptr, key.get(), nullptr) != 1)
    return detail::openssl_failure(to_string(curve));
  if (EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) != 1)
    return detail::refusal(ErrorKind::kRefused,
                           "the " + std::string(to_string(curve)) + " signature does not fit the message");
  return {};
}

}  // namespace cose::crypto
