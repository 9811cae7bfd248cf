// SPDX-License-Identifier: Apache-2.0
#include "crypto/rsa_iso9796.h"

#include <algorithm>
#include <string>

#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

// ISO/IEC 9796-2 §8.1: 01, the more-data bit, filling up to the border nibble A, message, hash, trailer.
constexpr std::uint8_t kHeadPartial = 0x6A;  // no room for filling
constexpr std::uint8_t kHeadExact = 0x4A;    // the whole message, which fills the room
constexpr std::uint8_t kHeadFilled = 0x4B;
constexpr std::uint8_t kFilling = 0xBB;
constexpr std::uint8_t kBorder = 0xBA;
constexpr std::uint8_t kTrailer = 0xBC;

std::unexpected<Error> wrong() {
  return fail(ErrorKind::kRefused, "the RSA signature does not open as ISO/IEC 9796-2");
}

}  // namespace

std::size_t iso9796_capacity(DigestKind kind, std::size_t modulus) {
  const auto overhead = digest_size(kind) + 2;
  return modulus > overhead ? modulus - overhead : 0;
}

Result<Bytes> sign_iso9796(const RsaPrivateKey& key, DigestKind kind, const Iso9796Content& content) {
  const auto capacity = iso9796_capacity(kind, key.size());
  const auto& recovered = content.recovered;
  const bool partial = content.recovery == Recovery::kPartial;
  // Scheme 1 counts in octets here, as its users do (EMV Book 2 §A2.1): the modulus must fill them.
  if (capacity == 0 || key.bits() % 8 != 0 || (partial ? recovered.size() != capacity : recovered.size() > capacity))
    return fail(ErrorKind::kInvalid, "ISO/IEC 9796-2: a message of " + std::to_string(recovered.size()) +
                                         " octets does not fit a key of " + std::to_string(key.bits()) + " bits");
  COSE_CHECK(detail::expect_size("hash", digest_size(kind), content.hash.size()));
  const auto filling = capacity - recovered.size();
  Bytes block(key.size() - content.hash.size() - 1 - recovered.size(), kFilling);
  block.front() = partial ? kHeadPartial : filling == 0 ? kHeadExact : kHeadFilled;
  if (filling != 0) block.back() = kBorder;
  append(block, recovered);
  append(block, content.hash);
  block.push_back(kTrailer);
  COSE_TRY(const auto signature, key.apply(block));
  return to_bytes(signature.view());
}

Result<Iso9796Content> open_iso9796(const RsaPublicKey& key, DigestKind kind, ByteView signature) {
  const auto capacity = iso9796_capacity(kind, key.size());
  const auto opened = key.apply(signature);
  if (capacity == 0 || !opened || opened->back() != kTrailer) return wrong();
  const auto block = ByteView(*opened);
  Iso9796Content content;
  std::size_t start = 1;
  switch (block.front()) {
    case kHeadPartial: content.recovery = Recovery::kPartial; break;
    case kHeadExact: break;
    case kHeadFilled: {
      while (start < block.size() && block[start] == kFilling) ++start;
      if (start >= block.size() || block[start++] != kBorder) return wrong();
      break;
    }
    default: return wrong();
  }
  const auto hash_at = block.size() - 1 - digest_size(kind);
  if (start > hash_at) return wrong();
  content.recovered = to_bytes(block.subspan(start, hash_at - start));
  content.hash = to_bytes(block.subspan(hash_at, digest_size(kind)));
  return content;
}

}  // namespace cose::crypto
