// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_pss.h"

#include <algorithm>
#include <array>
#include <string>

#include "bytes/secret.h"
#include "crypto/detail/mgf1.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

constexpr std::uint8_t kTrailer = 0xBC;

// The measures of RFC 8017 §9.1.1, for a key of `modulus_bits`.
struct Layout {
  std::size_t encoded;       // emLen: one octet less than the modulus when emBits fills whole octets
  std::size_t database;      // DB: zeros, 01, salt
  std::uint8_t unused_mask;  // the bits of the first octet that emBits leaves in use
};

Result<Layout> layout_of(std::size_t modulus_bits, const PssParameters& parameters) {
  const auto bits = modulus_bits - 1;
  const auto encoded = (bits + 7) / 8;
  const auto needed = digest_size(parameters.digest) + parameters.salt_size + 2;
  // Compared without the sum first, which a huge salt could wrap.
  if (parameters.salt_size > encoded || encoded < needed)
    return fail(ErrorKind::kInvalid, "an RSA key of " + std::to_string(modulus_bits) + " bits is too short for " +
                                         std::string(to_string(parameters.digest)) + " with a salt of " +
                                         std::to_string(parameters.salt_size) + " octets");
  const auto unused = 8 * encoded - bits;
  return Layout{encoded, encoded - digest_size(parameters.digest) - 1, static_cast<std::uint8_t>(0xFF >> unused)};
}

// RFC 8017 §9.1.1 steps 5 and 6: Hash(eight zeros | mHash | salt).
Result<Bytes> salted_hash(DigestKind kind, ByteView hash, ByteView salt) {
  constexpr std::array<std::uint8_t, 8> kZeros{};
  return digest(kind, concat(kZeros, hash, salt));
}

Status expect_hash(const PssParameters& parameters, ByteView hash) {
  return detail::expect_size(std::string(to_string(parameters.digest)) + " hash", digest_size(parameters.digest),
                             hash.size());
}

// RFC 8017 §9.1.2 steps 4 to 13, on EM.
Result<bool> is_consistent(const Layout& layout, const PssParameters& parameters, ByteView hash, ByteView encoded) {
  const auto unused_bits = static_cast<std::uint8_t>(~layout.unused_mask);
  if (encoded.back() != kTrailer || (encoded.front() & unused_bits) != 0) return false;
  auto database = to_bytes(encoded.first(layout.database));
  const auto seed = encoded.subspan(layout.database, digest_size(parameters.digest));
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, seed, database));
  database[0] &= layout.unused_mask;
  const auto zeros = layout.database - parameters.salt_size - 1;
  const auto is_zero = [](std::uint8_t octet) { return octet == 0; };
  if (!std::ranges::all_of(ByteView(database).first(zeros), is_zero) || database[zeros] != 0x01) return false;
  COSE_TRY(const auto expected, salted_hash(parameters.digest, hash, ByteView(database).last(parameters.salt_size)));
  return equal(expected, seed);
}

}  // namespace

Result<Bytes> sign_pss(const RsaPrivateKey& key, const PssParameters& parameters, ByteView hash, Rng& rng) {
  COSE_CHECK(expect_hash(parameters, hash));
  COSE_TRY(const auto layout, layout_of(key.bits(), parameters));
  Bytes salt(parameters.salt_size);
  if (!salt.empty()) COSE_CHECK(rng.fill(salt));
  COSE_TRY(const auto seed, salted_hash(parameters.digest, hash, salt));

  Bytes block(key.size());
  const auto encoded = MutableByteView(block).last(layout.encoded);
  const auto database = encoded.first(layout.database);
  database[layout.database - salt.size() - 1] = 0x01;
  std::ranges::copy(salt, database.last(salt.size()).begin());
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, seed, database));
  database[0] &= layout.unused_mask;
  std::ranges::copy(seed, encoded.subspan(layout.database).begin());
  encoded.back() = kTrailer;

  COSE_TRY(const auto signature, key.apply(block));
  return to_bytes(signature.view());
}

Status verify_pss(const RsaPublicKey& key, const PssParameters& parameters, ByteView hash, ByteView signature) {
  COSE_CHECK(expect_hash(parameters, hash));
  COSE_TRY(const auto layout, layout_of(key.bits(), parameters));
  const auto block = key.apply(signature);
  const auto wrong = [] { return fail(ErrorKind::kRefused, "the RSA signature does not fit the message"); };
  if (!block) return wrong();
  // A modulus of 8k + 1 bits has one octet more than EM; it must be zero (RFC 8017 §8.1.2 step 2c).
  if (block->size() > layout.encoded && block->front() != 0) return wrong();
  COSE_TRY(const bool consistent, is_consistent(layout, parameters, hash, ByteView(*block).last(layout.encoded)));
  if (!consistent) return wrong();
  return {};
}

}  // namespace cose::crypto
