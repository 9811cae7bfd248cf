// SPDX-License-Identifier: Apache-2.0
#include "crypto/resumable_digest.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::crypto {
namespace {

class EveryResumable : public ::testing::TestWithParam<int> {
 protected:
  DigestKind kind() const { return static_cast<DigestKind>(GetParam()); }
};
INSTANTIATE_TEST_SUITE_P(Crypto, EveryResumable, ::testing::Range(0, static_cast<int>(DigestKind::kSha512) + 1));

TEST_P(EveryResumable, HashesAsTheDigestDoes) {
  auto hash = ResumableDigest::create(kind()).value();
  for (const std::size_t size : {0U, 1U, 55U, 56U, 64U, 111U, 112U, 128U, 300U}) {
    const Bytes message(size, 0x5A);
    hash.update(ByteView(message).first(size / 3));
    hash.update(ByteView(message).subspan(size / 3));
    EXPECT_EQ(hash.finish(), digest(kind(), message).value()) << to_string(kind()) << " " << size;
  }
}

TEST_P(EveryResumable, GoesOnFromAChainingValue) {
  const auto block = digest_block_size(kind());
  Bytes message(3 * block + 7);
  for (std::size_t at = 0; at < message.size(); ++at) message[at] = static_cast<std::uint8_t>(at * 7);
  auto first = ResumableDigest::create(kind()).value();
  first.update(ByteView(message).first(2 * block));
  const auto value = first.chaining_value().value();
  EXPECT_EQ(value.size(), chaining_size(kind()));
  auto second = ResumableDigest::create(kind()).value();
  ASSERT_TRUE(second.resume(value, 2 * block));
  second.update(ByteView(message).subspan(2 * block));
  EXPECT_EQ(second.finish(), digest(kind(), message).value());
  second.update(as_bytes("abc"));
  EXPECT_EQ(second.finish(), digest(kind(), as_bytes("abc")).value());
}

TEST_P(EveryResumable, RefusesWhatIsNotBetweenBlocks) {
  auto hash = ResumableDigest::create(kind()).value();
  const Bytes value(chaining_size(kind()));
  EXPECT_FALSE(hash.resume(value, 1));
  EXPECT_FALSE(hash.resume(ByteView(value).first(value.size() - 1), digest_block_size(kind())));
  hash.update(as_bytes("a"));
  EXPECT_FALSE(hash.chaining_value());
}

TEST_P(EveryResumable, CountsBeyondTwoToThe32) {
  auto left = ResumableDigest::create(kind()).value();
  auto right = ResumableDigest::create(kind()).value();
  const Bytes value(chaining_size(kind()), 1);
  ASSERT_TRUE(left.resume(value, std::uint64_t{1} << 32));
  ASSERT_TRUE(right.resume(value, 0));
  EXPECT_NE(left.finish(), right.finish());
}

TEST_P(EveryResumable, Clones) {
  auto first = ResumableDigest::create(kind()).value();
  first.update(as_bytes("ab"));
  auto second = first.clone();
  first.update(as_bytes("c"));
  second.update(as_bytes("d"));
  EXPECT_EQ(first.finish(), digest(kind(), as_bytes("abc")).value());
  EXPECT_EQ(second.finish(), digest(kind(), as_bytes("abd")).value());
}

TEST(Resumable, LeavesOtherFunctionsAlone) {
  EXPECT_EQ(ResumableDigest::create(DigestKind::kSha3Bits256).error().kind, ErrorKind::kUnsupported);
}

}  // namespace
}  // namespace cose::crypto
