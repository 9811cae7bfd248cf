// SPDX-License-Identifier: Apache-2.0
// pcscd stopped, killed and started again under programs that go on.
#include <filesystem>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "interop/processes.h"
#include "pcsc/monitor.h"
#include "pcsc/reader_card.h"
#include "pcsc/reader_source.h"
#include "pcsc/readers.h"

namespace cose::interop {
namespace {

using namespace std::chrono_literals;
using iso7816::Presence;
using iso7816::ResetKind;
using Kind = pcsc::ReaderChange::Kind;

constexpr auto kLong = 60s;

Bytes select_master_file() {
  return from_hex("00A4000C023F00").value();
}

class Pcscd : public testing::Test {
 protected:
  // Whatever the test did, the next one finds pcscd and the card.
  void TearDown() override {
    if (stopped_) bring_back();
  }
  void stop(const std::string& how) {
    control(how);
    stopped_ = true;
  }
  void bring_back() {
    stopped_ = false;
    control("start-pcscd");
    control("insert-card");
  }

 private:
  bool stopped_ = false;
};

TEST_F(Pcscd, KilledIsAnErrorAndNotTheEndOfACard) {
  pcsc::ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  stop("kill-pcscd");
  EXPECT_EQ(iso7816::transceive(card, select_master_file()).error().kind, ErrorKind::kClosed);
  const auto down = card.power_up(ResetKind::kCold);
  ASSERT_FALSE(down.has_value());
  EXPECT_EQ(down.error().kind, ErrorKind::kClosed);
  EXPECT_NE(down.error().message.find("pcscd is not running: start it"), std::string::npos) << down.error().message;
  bring_back();
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(to_hex(iso7816::transceive(card, select_master_file()).value()), "9000");
}

TEST_F(Pcscd, RestartedUnnoticedCostsTheSessionOnly) {
  pcsc::ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  control("restart-pcscd");
  const auto lost = iso7816::transceive(card, select_master_file());
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind, ErrorKind::kClosed) << lost.error().message;
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(to_hex(iso7816::transceive(card, select_master_file()).value()), "9000");
}

TEST_F(Pcscd, MayBePoweredUpStraightAfterARestart) {
  pcsc::ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  control("restart-pcscd");
  const auto atr = card.power_up(ResetKind::kWarm);
  EXPECT_TRUE(atr.has_value()) << atr.error().message;
}

TEST_F(Pcscd, ListsAndSourcesWorkAgainAfterwards) {
  pcsc::Context context;
  pcsc::ReaderSource source("");
  ASSERT_EQ(pcsc::list_readers(context)->size(), 2U);
  ASSERT_EQ(source.presence(), Presence::kPresent);
  stop("stop-pcscd");
  EXPECT_EQ(pcsc::list_readers(context).error().kind, ErrorKind::kClosed);
  EXPECT_EQ(source.presence(), Presence::kAbsent) << "a place that cannot be asked holds no card";
  EXPECT_EQ(source.open().error().kind, ErrorKind::kClosed);
  bring_back();
  EXPECT_EQ(pcsc::list_readers(context)->size(), 2U);
  EXPECT_EQ(source.presence(), Presence::kPresent);
}

TEST_F(Pcscd, ALostConnectionIsGivenBack) {
  const auto open_files = [] {
    const std::filesystem::directory_iterator files("/proc/self/fd");
    return std::distance(begin(files), end(files));
  };
  pcsc::Context context;
  ASSERT_TRUE(pcsc::list_readers(context).has_value());
  const auto before = open_files();
  for (int round = 0; round < 3; ++round) {
    stop("kill-pcscd");
    EXPECT_FALSE(pcsc::list_readers(context).has_value());
    bring_back();
    EXPECT_TRUE(pcsc::list_readers(context).has_value());
  }
  EXPECT_EQ(open_files(), before);
}

std::vector<Kind> kinds_until(pcsc::ReaderMonitor& monitor, Kind last) {
  std::vector<Kind> kinds;
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (std::chrono::steady_clock::now() < deadline) {
    const auto changes = monitor.wait(kLong);
    if (!changes) break;
    for (const auto& change : *changes) kinds.push_back(change.kind);
    if (!kinds.empty() && kinds.back() == last) break;
  }
  return kinds;
}

TEST_F(Pcscd, AMonitorSeesItGoAndComeBack) {
  pcsc::ReaderMonitor monitor;
  ASSERT_EQ(monitor.wait(kLong)->size(), 3U);
  stop("kill-pcscd");
  EXPECT_EQ(kinds_until(monitor, Kind::kServiceLost),
            (std::vector{Kind::kCardRemoved, Kind::kReaderRemoved, Kind::kReaderRemoved, Kind::kServiceLost}));
  EXPECT_TRUE(monitor.wait(0ms)->empty()) << "said once";
  bring_back();
  EXPECT_EQ(kinds_until(monitor, Kind::kCardInserted),
            (std::vector{Kind::kServiceBack, Kind::kReaderAdded, Kind::kReaderAdded, Kind::kCardInserted}));
}

TEST_F(Pcscd, AMonitorMayStartBeforeIt) {
  stop("stop-pcscd");
  pcsc::ReaderMonitor monitor;
  EXPECT_EQ(kinds_until(monitor, Kind::kServiceLost), (std::vector{Kind::kServiceLost}));
  bring_back();
  EXPECT_EQ(kinds_until(monitor, Kind::kCardInserted).front(), Kind::kServiceBack);
}

}  // namespace
}  // namespace cose::interop
