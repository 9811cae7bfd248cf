// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_pkcs1.h"

#include <algorithm>
#include <string>

#include "crypto/detail/constant_time.h"
#include "crypto/detail/digest_table.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

// RFC 8017 §7.2.1 step 1: 00, block type, at least eight octets of filling, 00.
constexpr std::size_t kOverhead = 11;
constexpr std::size_t kMinimumFilling = 8;
constexpr int kMaximumTries = 1000;

Status expect_fits(std::size_t content, std::size_t modulus) {
  if (content + kOverhead <= modulus) return {};
  return fail(ErrorKind::kInvalid, "expected at most " + std::to_string(modulus - kOverhead) +
                                       " octets for this RSA key, found " + std::to_string(content));
}

// RFC 8017 §9.2: 00 01 FF ... FF 00 content.
Result<Bytes> type_1_block(ByteView content, std::size_t size) {
  COSE_CHECK(expect_fits(content.size(), size));
  Bytes block(size, 0xFF);
  block[0] = 0x00;
  block[1] = 0x01;
  block[size - content.size() - 1] = 0x00;
  std::ranges::copy(content, block.end() - static_cast<std::ptrdiff_t>(content.size()));
  return block;
}

// RFC 8017 §9.2 step 2: SEQUENCE { SEQUENCE { OBJECT IDENTIFIER, NULL }, OCTET STRING }.
Result<Bytes> digest_info(DigestKind kind, ByteView hash) {
  COSE_CHECK(detail::expect_size(std::string(to_string(kind)) + " hash", digest_size(kind), hash.size()));
  const auto identifier = as_bytes(detail::digest_row(kind).object_identifier);
  const auto length = [](std::size_t octets) { return static_cast<std::uint8_t>(octets); };
  const auto algorithm = length(2 + identifier.size() + 2);
  const Bytes head{0x30, length(2U + algorithm + 2U + hash.size()), 0x30, algorithm, 0x06, length(identifier.size())};
  return concat(head, identifier, Bytes{0x05, 0x00, 0x04, length(hash.size())}, hash);
}

// RFC 8017 §7.2.1 step 2: filling without a zero. One octet at a time that came out zero is drawn again.
Status fill_nonzero(MutableByteView filling, Rng& rng) {
  COSE_CHECK(rng.fill(filling));
  for (auto& octet : filling) {
    for (int tries = 0; octet == 0; ++tries) {
      if (tries == kMaximumTries) return fail(ErrorKind::kInternal, "the generator gives nothing but zeros");
      COSE_CHECK(rng.fill({&octet, 1}));
    }
  }
  return {};
}

// Where the message of a type 2 block begins, or 0 when the block is none. Looks at every octet, without branches.
std::size_t message_start(ByteView block) {
  std::size_t separator = 0;
  detail::Mask found = 0;
  for (std::size_t at = 2; at < block.size(); ++at) {
    const auto zero = detail::mask_if_zero(block[at]);
    separator = detail::choose(zero & ~found, at, separator);
    found |= zero;
  }
  const auto good = detail::mask_if_zero(block[0]) & detail::mask_if_equal(block[1], 0x02) & found &
                    ~detail::mask_if_less(separator, 2 + kMinimumFilling);
  return good & (separator + 1);
}

std::unexpected<Error> wrong_signature() {
  return fail(ErrorKind::kRefused, "the RSA signature does not fit the message");
}

}  // namespace

Result<Bytes> sign_pkcs1_block(const RsaPrivateKey& key, ByteView content) {
  COSE_TRY(const auto block, type_1_block(content, key.size()));
  COSE_TRY(const auto signature, key.apply(block));
  return to_bytes(signature.view());
}

Result<Bytes> recover_pkcs1_block(const RsaPublicKey& key, ByteView signature) {
  COSE_TRY(const auto block, key.apply(signature));
  std::size_t at = 2;
  while (at < block.size() && block[at] == 0xFF) ++at;
  if (block[0] != 0x00 || block[1] != 0x01 || at < 2 + kMinimumFilling || at == block.size() || block[at] != 0x00)
    return wrong_signature();
  return to_bytes(ByteView(block).subspan(at + 1));
}

Result<Bytes> sign_pkcs1(const RsaPrivateKey& key, DigestKind kind, ByteView hash) {
  COSE_TRY(const auto info, digest_info(kind, hash));
  return sign_pkcs1_block(key, info);
}

Status verify_pkcs1(const RsaPublicKey& key, DigestKind kind, ByteView hash, ByteView signature) {
  COSE_TRY(const auto info, digest_info(kind, hash));
  COSE_TRY(const auto expected, type_1_block(info, key.size()));
  // RFC 8017 §8.2.2: a signature of another size or out of range is an invalid signature; and comparing whole blocks
  // leaves a forger no field to hide octets in.
  const auto block = key.apply(signature);
  if (!block || !equal(*block, expected)) return wrong_signature();
  return {};
}

Result<Bytes> encrypt_pkcs1(const RsaPublicKey& key, ByteView message, Rng& rng) {
  COSE_CHECK(expect_fits(message.size(), key.size()));
  Secret block(key.size());
  const auto octets = block.writable();
  octets[1] = 0x02;
  COSE_CHECK(fill_nonzero(octets.subspan(2, key.size() - message.size() - 3), rng));
  std::ranges::copy(message, octets.last(message.size()).begin());
  return key.apply(block.view());
}

Result<Secret> decrypt_pkcs1(const RsaPrivateKey& key, ByteView ciphertext) {
  COSE_TRY(const auto block, key.apply(ciphertext));
  const auto start = message_start(block.view());
  if (start == 0) return fail(ErrorKind::kRefused, "the RSA ciphertext does not decrypt");
  return Secret(block.view().subspan(start));
}

}  // namespace cose::crypto
