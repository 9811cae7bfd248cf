// SPDX-License-Identifier: Apache-2.0
#include "crypto/kdf.h"

#include <algorithm>
#include <array>
#include <string>

#include "crypto/cmac.h"
#include "crypto/hmac.h"

namespace cose::crypto {

namespace {

// A big-endian counter of 1 to 4 octets.
class Counter {
 public:
  explicit Counter(std::size_t octets) : octets_(octets) {}

  [[nodiscard]] bool can_count_to(std::size_t last) const { return octets_ >= 4 || last >> (8 * octets_) == 0; }
  [[nodiscard]] ByteView write(std::size_t value) {
    for (std::size_t at = 0; at < 4; ++at) written_[at] = static_cast<std::uint8_t>(value >> (8 * (3 - at)));
    return ByteView(written_).last(octets_);
  }

 private:
  std::size_t octets_;
  std::array<std::uint8_t, 4> written_{};
};

// Fills `size` octets with the blocks that `block` gives for 1, 2, 3, ...
template <typename Block>
Result<Secret> derive(std::size_t size, std::size_t block_size, Counter counter, const Block& block) {
  const auto blocks = (size + block_size - 1) / block_size;
  if (size > kMaximumDerived || !counter.can_count_to(blocks))
    return fail(ErrorKind::kLimit, std::to_string(size) + " octets are more than can be derived");
  Secret derived(size);
  auto left = derived.writable();
  for (std::size_t number = 1; number <= blocks; ++number) {
    COSE_TRY(auto octets, block(counter.write(number)));
    const auto taken = std::min(left.size(), octets.size());
    std::ranges::copy(ByteView(octets).first(taken), left.begin());
    left = left.subspan(taken);
    wipe(octets);
  }
  return derived;
}

}  // namespace

Result<Secret> x963_kdf(DigestKind kind, ByteView secret, ByteView shared_info, std::size_t size) {
  COSE_TRY(auto hash, Digest::create(kind));
  return derive(size, digest_size(kind), Counter(4), [&](ByteView counter) -> Result<Bytes> {
    COSE_CHECK(hash.update(secret));
    COSE_CHECK(hash.update(counter));
    COSE_CHECK(hash.update(shared_info));
    return hash.finish();
  });
}

Result<Secret> counter_kdf_cmac(BlockCipherKind kind, ByteView key, const CounterInput& input, std::size_t size) {
  if (input.counter_octets < 1 || input.counter_octets > 4)
    return fail(ErrorKind::kInvalid, "counter: expected 1 to 4 octets, found " + std::to_string(input.counter_octets));
  COSE_TRY(auto code, Cmac::create(kind, key));
  return derive(size, block_size(kind), Counter(input.counter_octets), [&](ByteView counter) -> Result<Bytes> {
    COSE_CHECK(code.update(input.before));
    COSE_CHECK(code.update(counter));
    COSE_CHECK(code.update(input.after));
    return code.finish();
  });
}

Result<Secret> hkdf(DigestKind kind, ByteView salt, ByteView secret, ByteView info, std::size_t size) {
  // RFC 5869 §2.2: no salt means a block of zeros, which is how HMAC pads an empty key.
  COSE_TRY(auto extracted, hmac(kind, salt, secret));
  const auto key = Secret::take(std::move(extracted));
  COSE_TRY(auto code, Hmac::create(kind, key.view()));
  Secret previous;
  // RFC 5869 §2.3: T(i) = HMAC(PRK, T(i-1) | info | i), with i one octet.
  return derive(size, digest_size(kind), Counter(1), [&](ByteView counter) -> Result<Bytes> {
    COSE_CHECK(code.update(previous.view()));
    COSE_CHECK(code.update(info));
    COSE_CHECK(code.update(counter));
    COSE_TRY(auto block, code.finish());
    previous = Secret(block);
    return block;
  });
}

}  // namespace cose::crypto
