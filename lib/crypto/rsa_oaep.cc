// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_oaep.h"

#include <algorithm>
#include <string>

#include "crypto/detail/constant_time.h"
#include "crypto/detail/mgf1.h"

namespace cose::crypto {

namespace {

// RFC 8017 §7.1.1 step 2: EM = 00 | seed | label hash, zeros, 01, message.
struct Layout {
  std::size_t hash;
  std::size_t database;
  std::size_t maximum_message;
};

Result<Layout> layout_of(std::size_t modulus_size, DigestKind kind) {
  const auto hash = digest_size(kind);
  if (modulus_size < 2 * hash + 2)
    return fail(ErrorKind::kInvalid, "OAEP with " + std::string(to_string(kind)) +
                                         ": expected an RSA key of at least " + std::to_string(2 * hash + 2) +
                                         " octets, found " + std::to_string(modulus_size));
  return Layout{hash, modulus_size - hash - 1, modulus_size - 2 * hash - 2};
}

// RFC 8017 §7.1.2 step 3g: where the message begins in the unmasked database, or 0 when anything is wrong. Looks at
// every octet, without branches.
std::size_t message_start(std::uint8_t first_octet, ByteView database, ByteView label_hash) {
  std::size_t separator = 0;
  detail::Mask found = 0;
  detail::Mask stray = 0;
  for (std::size_t at = label_hash.size(); at < database.size(); ++at) {
    const auto one = detail::mask_if_equal(database[at], 0x01);
    const auto zero = detail::mask_if_zero(database[at]);
    separator = detail::choose(one & ~found, at, separator);
    found |= one;
    stray |= ~found & ~zero;
  }
  const auto same_label = detail::mask_if_equal(constant_time_equal(database.first(label_hash.size()), label_hash), 1);
  const auto good = detail::mask_if_zero(first_octet) & same_label & found & ~stray;
  return good & (separator + 1);
}

}  // namespace

Result<Bytes> encrypt_oaep(const RsaPublicKey& key, const OaepParameters& parameters, ByteView message, Rng& rng) {
  COSE_TRY(const auto layout, layout_of(key.size(), parameters.digest));
  if (message.size() > layout.maximum_message)
    return fail(ErrorKind::kInvalid, "expected at most " + std::to_string(layout.maximum_message) +
                                         " octets for this RSA key, found " + std::to_string(message.size()));
  COSE_TRY(const auto label_hash, digest(parameters.digest, parameters.label));
  Secret block(key.size());
  const auto seed = block.writable().subspan(1, layout.hash);
  const auto database = block.writable().last(layout.database);
  std::ranges::copy(label_hash, database.begin());
  database[layout.database - message.size() - 1] = 0x01;
  std::ranges::copy(message, database.last(message.size()).begin());
  COSE_CHECK(rng.fill(seed));
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, seed, database));
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, database, seed));
  return key.apply(block.view());
}

Result<Secret> decrypt_oaep(const RsaPrivateKey& key, const OaepParameters& parameters, ByteView ciphertext) {
  COSE_TRY(const auto layout, layout_of(key.size(), parameters.digest));
  COSE_TRY(const auto label_hash, digest(parameters.digest, parameters.label));
  COSE_TRY(auto block, key.apply(ciphertext));
  const auto seed = block.writable().subspan(1, layout.hash);
  const auto database = block.writable().last(layout.database);
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, database, seed));
  COSE_CHECK(detail::apply_mgf1(parameters.mask_digest, seed, database));
  const auto start = message_start(block.view()[0], database, label_hash);
  if (start == 0) return fail(ErrorKind::kRefused, "the RSA ciphertext does not decrypt");
  return Secret(ByteView(database).subspan(start));
}

}  // namespace cose::crypto
