// SPDX-License-Identifier: Apache-2.0
#include "crypto/padding.h"

#include <string>

namespace cose::crypto {

namespace {

constexpr std::uint8_t kMark = 0x80;

std::unexpected<Error> bad_padding() {
  return fail(ErrorKind::kInvalid, "the padding is not as expected");
}

Status expect_whole_blocks(std::size_t block_size, std::size_t size) {
  if (size % block_size == 0) return {};
  return fail(ErrorKind::kInvalid, "expected whole blocks of " + std::to_string(block_size) + " octets, found " +
                                       std::to_string(size) + " octets");
}

std::size_t up_to_block(std::size_t size, std::size_t block_size) {
  return (size + block_size - 1) / block_size * block_size;
}

Result<std::size_t> before_mark(std::size_t block_size, ByteView padded) {
  std::size_t zeros = 0;
  while (zeros < block_size && padded[padded.size() - 1 - zeros] == 0) ++zeros;
  if (zeros == block_size || padded[padded.size() - 1 - zeros] != kMark) return bad_padding();
  return padded.size() - 1 - zeros;
}

Result<std::size_t> before_counted(std::size_t block_size, ByteView padded) {
  const std::size_t count = padded.back();
  unsigned wrong = count == 0 || count > block_size ? 1 : 0;
  // Looks at the whole block whatever it finds: where a padding is wrong must not show in the time taken.
  for (std::size_t at = 0; at < block_size; ++at) {
    const unsigned inside = at < count ? 0xFF : 0;
    wrong |= inside & (padded[padded.size() - 1 - at] ^ padded.back());
  }
  if (wrong != 0) return bad_padding();
  return padded.size() - count;
}

}  // namespace

Result<Bytes> pad(Padding padding, std::size_t block_size, ByteView message) {
  COSE_ASSERT(block_size > 0 && block_size <= 255);
  Bytes padded;
  padded.reserve(up_to_block(message.size() + 1, block_size));
  append(padded, message);
  switch (padding) {
    case Padding::kNone: COSE_CHECK(expect_whole_blocks(block_size, message.size())); break;
    case Padding::kIso9797Method1:
      // ISO/IEC 9797-1 §6.3.2: an empty message becomes one block of zeros.
      padded.resize(message.empty() ? block_size : up_to_block(message.size(), block_size));
      break;
    case Padding::kIso9797Method2:
      padded.push_back(kMark);
      padded.resize(up_to_block(padded.size(), block_size));
      break;
    case Padding::kPkcs7: {
      const auto count = block_size - message.size() % block_size;
      padded.resize(message.size() + count, static_cast<std::uint8_t>(count));
      break;
    }
  }
  return padded;
}

Result<std::size_t> unpadded_size(Padding padding, std::size_t block_size, ByteView padded) {
  COSE_ASSERT(block_size > 0 && block_size <= 255);
  COSE_CHECK(expect_whole_blocks(block_size, padded.size()));
  if (padding == Padding::kNone || padding == Padding::kIso9797Method1) return padded.size();
  if (padded.empty()) return bad_padding();
  return padding == Padding::kIso9797Method2 ? before_mark(block_size, padded) : before_counted(block_size, padded);
}

Result<Bytes> unpad(Padding padding, std::size_t block_size, ByteView padded) {
  COSE_TRY(const auto size, unpadded_size(padding, block_size, padded));
  return to_bytes(padded.first(size));
}

}  // namespace cose::crypto
