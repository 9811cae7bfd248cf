// SPDX-License-Identifier: Apache-2.0
#include "bytes/secret.h"

#include <type_traits>

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose {
namespace {

using namespace literals;

static_assert(!std::is_copy_constructible_v<Secret>);

TEST(Secret, TakingWipesTheSource) {
  Bytes key = "404142434445464748494A4B4C4D4E4F"_hex;
  const auto* place = key.data();
  const auto secret = Secret::take(std::move(key));
  EXPECT_EQ(to_bytes(secret.view()), "404142434445464748494A4B4C4D4E4F"_hex);
  // The vector was cleared, not freed: its storage still belongs to `key`.
  for (std::size_t at = 0; at < 16; ++at) EXPECT_EQ(place[at], 0) << at;
}

TEST(Secret, MovingEmptiesTheSource) {
  Secret first("0102"_hex);
  Secret second(std::move(first));
  EXPECT_TRUE(first.empty());  // NOLINT(bugprone-use-after-move): the promise under test
  Secret third = second.clone();
  second = std::move(third);
  EXPECT_EQ(to_bytes(second.view()), "0102"_hex);
}

TEST(Wipe, OverwritesAll) {
  Bytes octets = "0102030405"_hex;
  wipe(octets);
  EXPECT_EQ(octets, Bytes(5, 0));
  wipe({});
}

TEST(ConstantTimeEqual, ComparesContentAndLength) {
  EXPECT_TRUE(constant_time_equal("AABB"_hex, "AABB"_hex));
  EXPECT_TRUE(constant_time_equal({}, {}));
  EXPECT_FALSE(constant_time_equal("AABB"_hex, "AABC"_hex));
  EXPECT_FALSE(constant_time_equal("ABBB"_hex, "AABB"_hex));
  EXPECT_FALSE(constant_time_equal("AABB"_hex, "AA"_hex));
}

}  // namespace
}  // namespace cose
