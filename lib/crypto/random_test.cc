// SPDX-License-Identifier: Apache-2.0
#include "crypto/random.h"

#include <array>

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bytes/hex.h"

namespace cose::crypto {
namespace {

using namespace literals;

HmacDrbg generator_of(std::uint8_t seed, std::string_view personalization = {}) {
  const Bytes entropy(32, seed);
  const Bytes nonce(16, 0x5A);
  return HmacDrbg::create(DigestKind::kSha256, {entropy, nonce, as_bytes(personalization)}).value();
}

Bytes drawn(Rng& rng, std::size_t size) {
  Bytes octets(size);
  EXPECT_TRUE(rng.fill(octets).has_value());
  return octets;
}

TEST(SystemRng, NeverRepeats) {
  SystemRng rng;
  EXPECT_NE(drawn(rng, 32), drawn(rng, 32));
  EXPECT_TRUE(rng.fill({}).has_value());
}

TEST(HmacDrbg, OneSeedGivesOneSequence) {
  auto first = generator_of(1);
  auto second = generator_of(1);
  const auto start = drawn(first, 40);
  EXPECT_EQ(start, drawn(second, 40));
  EXPECT_EQ(drawn(first, 7), drawn(second, 7));
  EXPECT_NE(start, drawn(first, 40));
  auto other_seed = generator_of(2);
  EXPECT_NE(start, drawn(other_seed, 40));
  auto other_person = generator_of(1, "card 101");
  EXPECT_NE(start, drawn(other_person, 40));
}

TEST(HmacDrbg, OutlivesOpenSslsReseedIntervals) {
  // OpenSSL's default is to reseed after 256 requests, and one request gives at most 65,536 octets.
  auto rng = generator_of(3);
  for (int request = 0; request < 70000; ++request) {
    std::array<std::uint8_t, 1> octet{};
    ASSERT_TRUE(rng.fill(octet).has_value()) << request;
  }
  EXPECT_NE(drawn(rng, 200000), Bytes(200000));
}

TEST(HmacDrbg, RefusesToRepeatItselfInAForkedChild) {
  auto rng = generator_of(4);
  const auto child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    std::array<std::uint8_t, 8> octets{};
    _exit(rng.fill(octets).has_value() ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "the child drew the parent's numbers";
  EXPECT_EQ(drawn(rng, 8).size(), 8U);
}

}  // namespace
}  // namespace cose::crypto
