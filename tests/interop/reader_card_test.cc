// SPDX-License-Identifier: Apache-2.0
// ReaderCard against pcscd, vpcd, Debian's emulated card in the first slot and a card of our own in the second.
#include "pcsc/reader_card.h"

#include <future>
#include <latch>
#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "interop/processes.h"
#include "interop/virtual_card.h"

namespace cose::interop {
namespace {

using namespace std::chrono_literals;
using iso7816::Presence;
using iso7816::ResetKind;
using pcsc::Protocol;
using pcsc::ReaderCard;
using pcsc::ReaderCardOptions;
using pcsc::Sharing;

// The one of ISO/IEC 14443-4 cards without historical bytes (PC/SC part 3 §3.1.3.2.3.1): T=0 and T=1 offered.
constexpr const char* kAtrOfBoth = "3B80800101";
// No TD1: T=0 alone (ISO/IEC 7816-3 §8.2.3).
constexpr const char* kAtrOfT0 = "3B00";
// INS of the command that our card does not answer until told.
constexpr std::uint8_t kHang = 0xEE;
// For what must happen; only a defect waits this long.
constexpr auto kLong = 60s;

std::string text_of(const Result<Bytes>& result) {
  return result ? to_hex(*result) : std::string(to_string(result.error().kind)) + ": " + result.error().message;
}

std::string ask(iso7816::Card& card, std::string_view command) {
  return text_of(iso7816::transceive(card, from_hex(command).value()));
}

Result<Bytes> try_ask(iso7816::Card& card, std::string_view command) {
  return iso7816::transceive(card, from_hex(command).value());
}

// Echoes a command's octets before 9000, and hangs at kHang until release().
class OwnCard {
 public:
  explicit OwnCard(const char* atr = kAtrOfBoth)
      : card_(std::make_unique<VirtualCard>(kSecondSlotPort, from_hex(atr).value(),
                                            [this](ByteView command) { return answer(command); })) {
    wait_for_card(kSecondReader, Presence::kPresent);
  }
  ~OwnCard() {
    release();
    card_.reset();
    wait_for_card(kSecondReader, Presence::kAbsent);
  }
  OwnCard(const OwnCard&) = delete;
  OwnCard& operator=(const OwnCard&) = delete;

  void wait_until_hanging() { ASSERT_EQ(hanging_.get_future().wait_for(kLong), std::future_status::ready); }
  void release() {
    if (!released_.test_and_set()) released_.notify_all();
  }
  VirtualCard* operator->() { return card_.get(); }

 private:
  Bytes answer(ByteView command) {
    if (command[1] == kHang && !released_.test()) {
      hanging_.set_value();
      released_.wait(false);
    }
    return concat(command, Bytes{0x90, 0x00});
  }

  std::promise<void> hanging_;
  std::atomic_flag released_;
  std::unique_ptr<VirtualCard> card_;
};

ReaderCardOptions with_timeout(std::chrono::milliseconds timeout) {
  ReaderCardOptions options;
  options.command_timeout = timeout;
  return options;
}

// Until the stuck call has come back.
Result<Bytes> power_up_when_free(ReaderCard& card) {
  const auto deadline = std::chrono::steady_clock::now() + kLong;
  while (true) {
    auto atr = card.power_up(ResetKind::kCold);
    if (atr || atr.error().kind != ErrorKind::kBusy || std::chrono::steady_clock::now() > deadline) return atr;
    std::this_thread::yield();
  }
}

TEST(ForeignCard, SelectsItsMasterFileAndReadsAFile) {
  ReaderCard card(kFirstReader);
  EXPECT_EQ(text_of(card.power_up(ResetKind::kCold)), "3B951381018073FF01000B");
  EXPECT_EQ(card.protocol(), Protocol::kT1);
  EXPECT_EQ(ask(card, "00A4000C023F00"), "9000") << "SELECT the master file";
  EXPECT_EQ(ask(card, "00E000001C621A820101830210018002000A540100530A436F53452064656D6F21"), "9000") << "CREATE FILE";
  EXPECT_EQ(ask(card, "00A4000C023F00"), "9000");
  EXPECT_EQ(ask(card, "00A4020C021001"), "9000") << "SELECT the file";
  EXPECT_EQ(ask(card, "00B000000A"), "436F53452064656D6F219000") << "READ BINARY";
  EXPECT_EQ(ask(card, "00A4020C02FFF0"), "6A82") << "a status word is data";
  EXPECT_EQ(text_of(card.power_up(ResetKind::kWarm)), "3B951381018073FF01000B");
  EXPECT_TRUE(card.power_down().has_value());
  EXPECT_TRUE(card.power_down().has_value()) << "no effect without power";
}

TEST(ForeignCard, HasAWorkingEmulatorThatOutlivesItsFaults) {
  ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  const auto fault = try_ask(card, "00A40000023F00");
  ASSERT_TRUE(fault.has_value()) << text_of(fault);
  EXPECT_EQ(ask(card, "00A4000C023F00"), "9000");
}

TEST(ForeignCard, PulledAndInsertedIsPoweredUpAgain) {
  ReaderCard card(kFirstReader);
  ASSERT_TRUE(card.power_up(ResetKind::kCold).has_value());
  ASSERT_NO_FATAL_FAILURE(control("remove-card"));
  const auto pulled = try_ask(card, "00A4000C023F00");
  ASSERT_FALSE(pulled.has_value());
  EXPECT_EQ(pulled.error().kind, ErrorKind::kCardRemoved) << text_of(pulled);
  const auto empty = card.power_up(ResetKind::kCold);
  ASSERT_FALSE(empty.has_value());
  EXPECT_EQ(empty.error().kind, ErrorKind::kCardRemoved) << text_of(empty);
  ASSERT_NO_FATAL_FAILURE(control("insert-card"));
  EXPECT_TRUE(card.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(ask(card, "00A4000C023F00"), "9000");
}

TEST(ReaderCardUse, NeedsPowerAndACommand) {
  ReaderCard card(kFirstReader);
  const auto unpowered = try_ask(card, "00A4000C023F00");
  ASSERT_FALSE(unpowered.has_value());
  EXPECT_EQ(unpowered.error().kind, ErrorKind::kUnresponsive);
  EXPECT_NE(unpowered.error().message.find("power it up first"), std::string::npos) << unpowered.error().message;
  Bytes response;
  EXPECT_EQ(card.transmit(Bytes(3), response).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(card.transmit(Bytes(ReaderCard::kMaximumCommand + 1), response).error().kind, ErrorKind::kLimit);
}

TEST(ReaderCardUse, NamesAReaderThatIsNotThere) {
  ReaderCard card("No Such Reader");
  const auto atr = card.power_up(ResetKind::kCold);
  ASSERT_FALSE(atr.has_value());
  EXPECT_EQ(atr.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(atr.error().message.rfind("reader \"No Such Reader\": ", 0), 0U) << atr.error().message;
}

TEST(ReaderCardSharing, ExclusiveUseKeepsOthersOut) {
  ReaderCard exclusive(kFirstReader, {.sharing = Sharing::kExclusive});
  ReaderCard shared(kFirstReader);
  ASSERT_TRUE(exclusive.power_up(ResetKind::kCold).has_value());
  const auto refused = shared.power_up(ResetKind::kCold);
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_NE(refused.error().message.find(kFirstReader), std::string::npos) << refused.error().message;
  ASSERT_TRUE(exclusive.power_down().has_value());
  ASSERT_TRUE(shared.power_up(ResetKind::kCold).has_value());
  const auto too_late = exclusive.power_up(ResetKind::kCold);
  ASSERT_FALSE(too_late.has_value());
  EXPECT_EQ(too_late.error().kind, ErrorKind::kBusy);
}

TEST(ReaderCardSharing, AResetByAnotherIsTold) {
  ReaderCard one(kFirstReader);
  ReaderCard other(kFirstReader);
  ASSERT_TRUE(one.power_up(ResetKind::kCold).has_value());
  ASSERT_TRUE(other.power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(ask(one, "00A4000C023F00"), "9000") << "the first power_up of a sharer does not reset";
  ASSERT_TRUE(other.power_up(ResetKind::kWarm).has_value());
  const auto lost = try_ask(one, "00A4000C023F00");
  ASSERT_FALSE(lost.has_value());
  EXPECT_EQ(lost.error().kind, ErrorKind::kCardRemoved);
  EXPECT_NE(lost.error().message.find("power it up again"), std::string::npos) << lost.error().message;
  EXPECT_TRUE(one.power_up(ResetKind::kWarm).has_value());
  EXPECT_EQ(ask(one, "00A4000C023F00"), "9000");
}

TEST(ReaderCardSharing, ExclusiveUseStartsWithAFreshCard) {
  OwnCard card;
  {
    ReaderCard before(kSecondReader);
    ASSERT_TRUE(before.power_up(ResetKind::kCold).has_value());
  }
  const int starts = card->starts();
  ReaderCard after(kSecondReader, {.sharing = Sharing::kExclusive});
  ASSERT_TRUE(after.power_up(ResetKind::kWarm).has_value());
  EXPECT_GT(card->starts(), starts);
}

TEST(ReaderCardSharing, WaitsItsTurnAndNoLonger) {
  OwnCard card;
  ReaderCard holder(kSecondReader);
  ReaderCard waiting(kSecondReader, with_timeout(300ms));
  ASSERT_TRUE(holder.power_up(ResetKind::kCold).has_value());
  ASSERT_TRUE(waiting.power_up(ResetKind::kCold).has_value());
  auto held = std::async(std::launch::async, [&] { return ask(holder, "00EE0000"); });
  card.wait_until_hanging();
  const auto refused = try_ask(waiting, "00A40000");
  ASSERT_FALSE(refused.has_value());
  EXPECT_EQ(refused.error().kind, ErrorKind::kBusy);
  EXPECT_NE(refused.error().message.find("another program"), std::string::npos) << refused.error().message;
  card.release();
  EXPECT_EQ(held.get(), "00EE00009000");
  ASSERT_TRUE(power_up_when_free(waiting).has_value());
  EXPECT_EQ(card->commands(), (std::vector<Bytes>{from_hex("00EE0000").value()})) << "a late command was sent";
}

TEST(ReaderCardTimeout, RefusesEverythingUntilTheCallIsBackAndThenResets) {
  OwnCard card;
  ReaderCard reader(kSecondReader, with_timeout(300ms));
  ASSERT_TRUE(reader.power_up(ResetKind::kCold).has_value());
  const auto late = try_ask(reader, "00EE0000");
  ASSERT_FALSE(late.has_value());
  EXPECT_EQ(late.error().kind, ErrorKind::kTimeout);
  EXPECT_NE(late.error().message.find(kSecondReader), std::string::npos) << late.error().message;
  EXPECT_EQ(try_ask(reader, "00A40000").error().kind, ErrorKind::kBusy);
  EXPECT_EQ(reader.power_up(ResetKind::kCold).error().kind, ErrorKind::kBusy);
  EXPECT_EQ(reader.power_down().error().kind, ErrorKind::kBusy);

  const int starts = card->starts();
  card.release();
  EXPECT_EQ(text_of(power_up_when_free(reader)), kAtrOfBoth);
  EXPECT_GT(card->starts(), starts) << "the card was not reset before it was used again";
  EXPECT_EQ(ask(reader, "00A40001"), "00A400019000") << "the answer to the earlier command";
}

TEST(ReaderCardTimeout, DestroyingAStuckCardDoesNotWait) {
  OwnCard card;
  auto reader = std::make_unique<ReaderCard>(kSecondReader, with_timeout(300ms));
  ASSERT_TRUE(reader->power_up(ResetKind::kCold).has_value());
  EXPECT_EQ(try_ask(*reader, "00EE0000").error().kind, ErrorKind::kTimeout);
  // Would not end: the card is released only afterwards.
  reader.reset();
  card.release();
  ReaderCard next(kSecondReader);
  EXPECT_TRUE(power_up_when_free(next).has_value());
}

TEST(ReaderCardRemoval, InTheMiddleOfACommand) {
  OwnCard card;
  ReaderCard reader(kSecondReader);
  ASSERT_TRUE(reader.power_up(ResetKind::kCold).has_value());
  auto asked = std::async(std::launch::async, [&] { return try_ask(reader, "00EE0000"); });
  card.wait_until_hanging();
  card->pull();
  const auto pulled = asked.get();
  ASSERT_FALSE(pulled.has_value());
  EXPECT_EQ(pulled.error().kind, ErrorKind::kCardRemoved) << text_of(pulled);
}

TEST(ReaderCardProtocol, T1CarriesExtendedCommandsAndAnswers) {
  OwnCard card;
  ReaderCard reader(kSecondReader, {.protocol = Protocol::kT1});
  ASSERT_TRUE(reader.power_up(ResetKind::kCold).has_value());
  ASSERT_EQ(reader.protocol(), Protocol::kT1);
  // 65535 is the most that vpcd's length can say, answers included.
  for (const std::size_t size : {4U, 5U, 261U, 2000U, 65533U}) {
    Bytes command(size, 0x5A);
    command[1] = 0xA4;
    const auto answer = iso7816::transceive(reader, command);
    ASSERT_TRUE(answer.has_value()) << size << ": " << answer.error().message;
    EXPECT_EQ(*answer, concat(command, Bytes{0x90, 0x00})) << size;
  }
}

TEST(ReaderCardProtocol, T0CarriesTpdus) {
  OwnCard card(kAtrOfT0);
  ReaderCard reader(kSecondReader);
  ASSERT_TRUE(reader.power_up(ResetKind::kCold).has_value());
  ASSERT_EQ(reader.protocol(), Protocol::kT0);
  EXPECT_EQ(ask(reader, "00A40000"), "00A400009000");
  EXPECT_EQ(ask(reader, "00A40000023F0000"), "00A40000023F009000") << "case 4 goes without its Le";
  EXPECT_EQ(ask(reader, "00B0000010"), "00B00000109000");
}

TEST(ReaderCardProtocol, AnswersThatTheCardDoesNotSpeakTheOneAskedFor) {
  OwnCard card(kAtrOfT0);
  ReaderCard reader(kSecondReader, {.protocol = Protocol::kT1});
  const auto atr = reader.power_up(ResetKind::kCold);
  ASSERT_FALSE(atr.has_value());
  EXPECT_EQ(atr.error().kind, ErrorKind::kUnsupported) << text_of(atr);
}

}  // namespace
}  // namespace cose::interop
