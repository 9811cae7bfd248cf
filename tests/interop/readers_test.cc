// SPDX-License-Identifier: Apache-2.0
// What pcscd's readers look like from lists, from the card URI pcsc:TEXT, and to a monitor.
#include "pcsc/readers.h"

#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "interop/processes.h"
#include "interop/virtual_card.h"
#include "pcsc/monitor.h"
#include "pcsc/reader_source.h"

namespace cose::interop {
namespace {

using namespace std::chrono_literals;
using iso7816::Presence;
using iso7816::ResetKind;
using pcsc::ReaderChange;
using Kind = pcsc::ReaderChange::Kind;

constexpr auto kLong = 60s;

std::unique_ptr<VirtualCard> insert_own_card(std::string_view atr = "3B80800101") {
  return std::make_unique<VirtualCard>(kSecondSlotPort, from_hex(atr).value(),
                                       [](ByteView) { return Bytes{0x90, 0x00}; });
}

TEST(Readers, AreListedWithTheirCards) {
  pcsc::Context context;
  const auto readers = pcsc::list_readers(context, pcsc::SerialNumbers::kAsk);
  ASSERT_TRUE(readers.has_value()) << readers.error().message;
  ASSERT_EQ(readers->size(), 2U);
  EXPECT_EQ((*readers)[0].name, kFirstReader);
  EXPECT_EQ((*readers)[0].presence, Presence::kPresent);
  EXPECT_EQ(to_hex((*readers)[0].atr), "3B951381018073FF01000B");
  EXPECT_EQ((*readers)[0].use, pcsc::Use::kFree);
  EXPECT_EQ((*readers)[0].serial, "") << "vpcd has none";
  EXPECT_EQ((*readers)[1].name, kSecondReader);
  EXPECT_EQ((*readers)[1].presence, Presence::kAbsent);
  EXPECT_TRUE((*readers)[1].atr.empty());
}

TEST(Readers, ShowWhoHoldsThem) {
  pcsc::Context context;
  pcsc::ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(pcsc::find_reader(context, kFirstReader)->use, pcsc::Use::kShared);
  ASSERT_TRUE(card.power_down().has_value());
  pcsc::ReaderCard alone(kFirstReader, {.sharing = pcsc::Sharing::kExclusive});
  ASSERT_TRUE(alone.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(pcsc::find_reader(context, kFirstReader)->use, pcsc::Use::kExclusive);
}

TEST(Readers, AreFoundByText) {
  pcsc::Context context;
  EXPECT_EQ(pcsc::find_reader(context, "")->name, kFirstReader);
  EXPECT_EQ(pcsc::find_reader(context, "PCD")->name, kFirstReader);
  EXPECT_EQ(pcsc::find_reader(context, "00 01")->name, kSecondReader);
  const auto none = pcsc::find_reader(context, "Omnikey");
  ASSERT_FALSE(none.has_value());
  EXPECT_EQ(none.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(none.error().message.find(kFirstReader), std::string::npos) << none.error().message;
  EXPECT_NE(none.error().message.find(kSecondReader), std::string::npos) << none.error().message;
}

TEST(ReaderSource, OpensTheCardThatItsTextMeans) {
  pcsc::ReaderSource source("00 00");
  EXPECT_EQ(source.uri(), "pcsc:00 00");
  EXPECT_TRUE(source.may_block());
  EXPECT_EQ(source.presence(), Presence::kPresent);
  const auto card = source.open();
  ASSERT_TRUE(card.has_value()) << card.error().message;
  EXPECT_TRUE((*card)->power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(to_hex(iso7816::transceive(**card, from_hex("00A4000C023F00").value()).value()), "9000");
}

TEST(ReaderSource, TellsWhyItCannotOpen) {
  pcsc::ReaderSource empty("00 01");
  EXPECT_EQ(empty.presence(), Presence::kAbsent);
  EXPECT_EQ(empty.open().error().kind, ErrorKind::kCardRemoved);
  pcsc::ReaderSource nowhere("Omnikey");
  EXPECT_EQ(nowhere.presence(), Presence::kAbsent);
  EXPECT_EQ(nowhere.open().error().kind, ErrorKind::kNotFound);
  pcsc::ReaderCard alone(kFirstReader, {.sharing = pcsc::Sharing::kExclusive});
  ASSERT_TRUE(alone.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(pcsc::ReaderSource("").open().error().kind, ErrorKind::kBusy);
}

TEST(Monitor, ReportsWhatIsThereAndThenWhatChanges) {
  pcsc::ReaderMonitor monitor;
  const auto first = monitor.wait(kLong);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(*first, (std::vector<ReaderChange>{
                        {Kind::kReaderAdded, kFirstReader, {}},
                        {Kind::kReaderAdded, kSecondReader, {}},
                        {Kind::kCardInserted, kFirstReader, from_hex("3B951381018073FF01000B").value()}}));
  EXPECT_TRUE(monitor.wait(0ms)->empty());

  auto card = insert_own_card();
  EXPECT_EQ(monitor.wait(kLong).value(),
            (std::vector<ReaderChange>{{Kind::kCardInserted, kSecondReader, from_hex("3B80800101").value()}}));
  card.reset();
  EXPECT_EQ(monitor.wait(kLong).value(), (std::vector<ReaderChange>{{Kind::kCardRemoved, kSecondReader, {}}}));
}

TEST(Monitor, SeesAnExchangeOfCardsBetweenTwoLooks) {
  auto card = insert_own_card();
  wait_for_card(kSecondReader, Presence::kPresent);
  pcsc::ReaderMonitor monitor;
  ASSERT_TRUE(monitor.wait(kLong).has_value());
  card.reset();
  wait_for_card(kSecondReader, Presence::kAbsent);
  card = insert_own_card("3B80800101");
  wait_for_card(kSecondReader, Presence::kPresent);
  EXPECT_EQ(monitor.wait(kLong).value(),
            (std::vector<ReaderChange>{{Kind::kCardRemoved, kSecondReader, {}},
                                       {Kind::kCardInserted, kSecondReader, from_hex("3B80800101").value()}}));
  card.reset();
  wait_for_card(kSecondReader, Presence::kAbsent);
}

TEST(Monitor, IsCancelledFromAnotherThreadForGood) {
  pcsc::Context context;
  for (int round = 0; round < 20; ++round) {
    pcsc::ReaderMonitor monitor;
    ASSERT_TRUE(monitor.wait(kLong).has_value());
    auto waiting = std::async(std::launch::async, [&] { return monitor.wait(1h); });
    // A question to pcscd takes about as long as beginning to wait for it: cancel() comes early and late.
    if (round % 2 == 0) {
      EXPECT_TRUE(pcsc::list_readers(context).has_value());
    }
    monitor.cancel();
    const auto ended = waiting.get();
    ASSERT_FALSE(ended.has_value());
    EXPECT_EQ(ended.error().kind, ErrorKind::kClosed);
    EXPECT_EQ(monitor.wait(kLong).error().kind, ErrorKind::kClosed);
  }
}

}  // namespace
}  // namespace cose::interop
