// SPDX-License-Identifier: Apache-2.0
// The client side of RACS against real sessions of the grid, without sockets.
#include "remote/racs_card.h"

#include <gtest/gtest.h>

#include "remote/testing/racs_grid.h"

namespace cose::remote {
namespace {

using namespace literals;
using testing::RacsGrid;
using testing::SessionConnector;

class RacsCardTest : public ::testing::Test {
 protected:
  RacsGrid grid_;
  std::shared_ptr<SessionConnector> connector_ = std::make_shared<SessionConnector>(grid_);
  RacsCard card_{connector_, "s", RacsCardOptions{.patience = std::chrono::seconds(1)}};
};

TEST_F(RacsCardTest, PowersTransmitsAndShutsDown) {
  EXPECT_EQ(card_.power_up(iso7816::ResetKind::kCold).value(), "3B80800101"_hex);
  Bytes response;
  ASSERT_TRUE(card_.transmit("00A40400"_hex, response));
  EXPECT_EQ(response, "6F009000"_hex);
  EXPECT_EQ(card_.power_up(iso7816::ResetKind::kWarm).value(), "3B80800101"_hex);
  ASSERT_TRUE(card_.power_down());
  const std::vector<std::string> wanted = {"101 up", "101 up", "101 00A40400", "101 warm", "101 up", "101 off"};
  EXPECT_EQ(grid_.service.started, wanted);
  EXPECT_EQ(card_.transmit("00A40400"_hex, response).error().kind, ErrorKind::kClosed);
}

TEST_F(RacsCardTest, PassesRefusalsOn) {
  ASSERT_TRUE(card_.power_up(iso7816::ResetKind::kCold));
  RacsCard second(connector_, "s", RacsCardOptions{.patience = std::chrono::seconds(1)});
  EXPECT_EQ(second.power_up(iso7816::ResetKind::kCold).error().kind, ErrorKind::kBusy);
  RacsCard unknown(connector_, "t", RacsCardOptions{.patience = std::chrono::seconds(1)});
  EXPECT_EQ(unknown.power_up(iso7816::ResetKind::kCold).error().kind, ErrorKind::kNotFound);
  Bytes response;
  grid_.service.answers["101 00A40401"] = {{}, Error{ErrorKind::kTimeout, "30 s passed"}};
  const auto failed = card_.transmit("00A40401"_hex, response);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUnresponsive);
  EXPECT_NE(failed.error().message.find("30 s passed"), std::string::npos);
  EXPECT_TRUE(card_.transmit("00A40400"_hex, response));
}

TEST_F(RacsCardTest, KnowsNoAnswerToResetOfTheAuthorsServer) {
  grid_.context.settings.mode = grid::RacsMode::kReference;
  EXPECT_EQ(card_.power_up(iso7816::ResetKind::kCold).value(), "3B00"_hex);
}

TEST_F(RacsCardTest, SaysWhenTheConnectionBreaks) {
  ASSERT_TRUE(card_.power_up(iso7816::ResetKind::kCold));
  grid_.broken = true;
  Bytes response;
  EXPECT_EQ(card_.transmit("00A40400"_hex, response).error().kind, ErrorKind::kClosed);
  EXPECT_EQ(card_.power_up(iso7816::ResetKind::kCold).error().kind, ErrorKind::kClosed);
  grid_.broken = false;
  EXPECT_TRUE(card_.power_up(iso7816::ResetKind::kCold));
}

TEST_F(RacsCardTest, AsksForTheListNowAndThen) {
  using std::chrono::seconds;
  RacsInventory inventory(connector_, grid_.clock, Backoff(nullptr, {seconds(10), seconds(20)}));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kPresent);
  EXPECT_EQ(inventory.presence("t"), iso7816::Presence::kAbsent);
  EXPECT_EQ(grid_.connections, 1);
  grid_.broken = true;
  grid_.clock.advance(seconds(6));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kAbsent);
  grid_.clock.advance(seconds(9));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kAbsent);
  EXPECT_EQ(grid_.connections, 2) << "left alone after a failure";
  grid_.clock.advance(seconds(2));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kAbsent);
  grid_.broken = false;
  grid_.clock.advance(seconds(19));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kAbsent);
  EXPECT_EQ(grid_.connections, 3) << "twice as long after the second";
  grid_.clock.advance(seconds(2));
  EXPECT_EQ(inventory.presence("s"), iso7816::Presence::kPresent);
}

TEST(RacsStatus, IsReadInEachForm) {
  const auto status = grid::parse_racs_status("-408 012 Error line 12 invalid SEID").value();
  EXPECT_FALSE(status.success);
  EXPECT_EQ(status.event, grid::RacsClass::kIllegalValue);
  EXPECT_EQ(status.command, 8U);
  EXPECT_EQ(status.line, 12U);
  EXPECT_EQ(status.text, "Error line 12 invalid SEID");
  EXPECT_EQ(grid::parse_racs_status("+004 001").value().text, "");
  for (const auto* bad : {"", "+", "006 001", "+06 001", "+006 01", "+006-001", "+006 0011", "+a06 001", "+006 00x y"})
    EXPECT_FALSE(grid::parse_racs_status(bad)) << bad;
}

}  // namespace
}  // namespace cose::remote
