// SPDX-License-Identifier: Apache-2.0
#include "admin/off_card_key.h"

#include <utility>

#include "admin/load_file.h"
#include "bytes/hex.h"

namespace cose::admin {

namespace {

constexpr std::string_view kAes = "aes:";
constexpr std::string_view kDes = "des:";

}  // namespace

Result<std::optional<OffCardKey>> OffCardKey::symmetric(const std::string& name) {
  const bool is_aes = name.starts_with(kAes);
  if (!is_aes && !name.starts_with(kDes)) return std::nullopt;
  COSE_TRY(const auto octets, from_loose_hex(std::string_view(name).substr(kAes.size())));
  return OffCardKey(Key(scp::SymmetricKey{is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes, Secret(octets)}));
}

Result<OffCardKey> OffCardKey::for_signing(const std::string& name, const std::string& password) {
  COSE_TRY(auto secret, symmetric(name));
  if (secret) return *std::move(secret);
  COSE_TRY(const auto file, read_file(name, crypto::kMaximumPem));
  auto key = crypto::read_private_key(as_text(file), password);
  if (!key) return std::unexpected(key.error().within(name));
  return std::visit([](auto&& one) { return OffCardKey(Key(std::move(one))); }, *std::move(key));
}

Result<OffCardKey> OffCardKey::for_verifying(const std::string& name) {
  COSE_TRY(auto secret, symmetric(name));
  if (secret) return *std::move(secret);
  COSE_TRY(const auto file, read_file(name, crypto::kMaximumPem));
  auto key = crypto::read_public_key(as_text(file));
  if (!key) return std::unexpected(key.error().within(name));
  return std::visit([](auto&& one) { return OffCardKey(Key(std::move(one))); }, *std::move(key));
}

Result<Bytes> OffCardKey::sign(ByteView message, Rng& rng) const {
  if (const auto* rsa = std::get_if<crypto::RsaPrivateKey>(&key_)) return scp::sign(rsa, message, rng);
  if (const auto* curve = std::get_if<crypto::EcPrivateKey>(&key_)) return scp::sign(curve, message, rng);
  if (const auto* secret = std::get_if<scp::SymmetricKey>(&key_)) return scp::sign(secret, message, rng);
  return fail(ErrorKind::kInvalid, "a public key signs nothing");
}

Result<scp::VerifyingKey> OffCardKey::verifying() const {
  if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key_)) return rsa;
  if (const auto* curve = std::get_if<crypto::EcPublicKey>(&key_)) return curve;
  if (const auto* secret = std::get_if<scp::SymmetricKey>(&key_)) return secret;
  return fail(ErrorKind::kInvalid, "a private key was given where a public one verifies");
}

}  // namespace cose::admin
