// SPDX-License-Identifier: Apache-2.0
#include "softse/reader_face.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "softse/soft_card_factory.h"

namespace cose::softse {
namespace {

using namespace literals;

std::string answer(const ReaderFace& face, std::string_view command) {
  Bytes response;
  answer_as_reader(face, *from_hex(command), response);
  return to_hex(response);
}

TEST(ReaderFace, UidAndHistoricalBytes) {
  const ReaderFace face{.uid = "04112233445566"_hex, .ats = "067577810280"_hex};
  EXPECT_EQ(answer(face, "FFCA000000"), "041122334455669000");
  EXPECT_EQ(answer(face, "FFCA000007"), "041122334455669000");
  EXPECT_EQ(answer(face, "FFCA010000"), "809000");
  EXPECT_EQ(answer(face, "FFCA000004"), "6C07");
  EXPECT_EQ(answer(face, "FFCA00000A"), "041122334455666282");
  EXPECT_EQ(answer(face, "FFCA000100"), "6A86");
  EXPECT_EQ(answer(face, "FFCA020000"), "6A81");
}

TEST(ReaderFace, ACardAtContactHasNeither) {
  EXPECT_EQ(answer({}, "FFCA000000"), "6A81");
  EXPECT_EQ(answer({}, "FFCA010000"), "6A81");
}

TEST(ReaderFace, EachCardOfAProductHasItsOwnUid) {
  const cose::testing::ManualClock clock;
  CardProduct product;
  product.reader.uid = "080000FF"_hex;
  const auto factory = SoftCardFactory::create(std::move(product), std::make_shared<gpcard::PackageCache>(), clock,
                                               std::make_shared<cose::testing::SeededRng>(1));
  ASSERT_TRUE(factory.has_value());
  for (const auto& [serial, uid] : {std::pair{1U, "080001009000"}, {0x0201U, "080003009000"}}) {
    auto card = (*factory)->make(serial);
    ASSERT_TRUE(card.has_value());
    ASSERT_TRUE((*card)->power_up(iso7816::ResetKind::kCold).has_value());
    Bytes response;
    ASSERT_TRUE((*card)->transmit("FFCA000000"_hex, response).has_value());
    EXPECT_EQ(to_hex(response), uid);
  }
}

}  // namespace
}  // namespace cose::softse
