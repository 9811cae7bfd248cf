// SPDX-License-Identifier: Apache-2.0
#include "pcsc/scard_error.h"

#include <gtest/gtest.h>

namespace cose::pcsc {
namespace {

// Numbers of PC/SC part 5 §3.1.2, written out so that a slip in a constant's name shows.
TEST(ScardError, KnowsCodesByTheirNumbers) {
  EXPECT_EQ(scard_error(0x8010001D, "PC/SC").kind, ErrorKind::kClosed);
  EXPECT_EQ(scard_error(0x8010000B, "x").kind, ErrorKind::kBusy);
  EXPECT_EQ(scard_error(0x8010000C, "x").kind, ErrorKind::kCardRemoved);
  EXPECT_EQ(scard_error(0x80100068, "x").kind, ErrorKind::kCardRemoved);
  EXPECT_EQ(scard_error(0x80100069, "x").kind, ErrorKind::kCardRemoved);
  EXPECT_EQ(scard_error(0x80100066, "x").kind, ErrorKind::kUnresponsive);
  EXPECT_EQ(scard_error(0x80100009, "x").kind, ErrorKind::kNotFound);
}

TEST(ScardError, NamesThePlaceTheRemedyAndTheCode) {
  EXPECT_EQ(scard_error(0x80100069, quoted_reader("X 00 00")).message,
            "reader \"X 00 00\": the card was taken out: insert it, then power it up again (SCARD_W_REMOVED_CARD)");
}

TEST(ScardError, ShowsACodeItDoesNotKnow) {
  const auto error = scard_error(0x8010007F, "PC/SC");
  EXPECT_EQ(error.kind, ErrorKind::kIo);
  EXPECT_EQ(error.message, "PC/SC: PC/SC says 0x8010007F, see PC/SC part 5 §3.1.2");
}

TEST(ScardError, TellsADeadServiceFromALivingOne) {
  for (const long gone : {0x8010001DL, 0x8010001EL, 0x80100003L, 0x80100013L}) EXPECT_TRUE(service_is_gone(gone));
  for (const long there : {0x0L, 0x8010000AL, 0x80100069L, 0x80100017L}) EXPECT_FALSE(service_is_gone(there));
}

}  // namespace
}  // namespace cose::pcsc
