// SPDX-License-Identifier: Apache-2.0
#include "crypto/detail/mgf1.h"

#include <algorithm>
#include <array>

#include "bytes/secret.h"

namespace cose::crypto::detail {

Status apply_mgf1(DigestKind kind, ByteView seed, MutableByteView masked) {
  COSE_TRY(auto hash, Digest::create(kind));
  for (std::uint32_t counter = 0; !masked.empty(); ++counter) {
    const std::array<std::uint8_t, 4> count{
        static_cast<std::uint8_t>(counter >> 24), static_cast<std::uint8_t>(counter >> 16),
        static_cast<std::uint8_t>(counter >> 8), static_cast<std::uint8_t>(counter)};
    COSE_CHECK(hash.update(seed));
    COSE_CHECK(hash.update(count));
    COSE_TRY(auto mask, hash.finish());
    const auto run = std::min(mask.size(), masked.size());
    for (std::size_t at = 0; at < run; ++at) masked[at] = static_cast<std::uint8_t>(masked[at] ^ mask[at]);
    wipe(mask);
    masked = masked.subspan(run);
  }
  return {};
}

}  // namespace cose::crypto::detail
