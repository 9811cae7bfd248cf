// SPDX-License-Identifier: Apache-2.0
// The issuer's part: answers to cryptograms and scripts, of both schemes.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "payment_terminal.h"

namespace cose::payment {
namespace {

using namespace literals;

constexpr std::uint8_t kAac = 0x00;
constexpr std::uint8_t kTc = 0x40;
constexpr std::uint8_t kArqc = 0x80;

class Issuer : public ::testing::TestWithParam<std::string_view> {
 protected:
  void SetUp() override {
    auto made = PaymentCard::make(GetParam());
    ASSERT_TRUE(made.has_value()) << made.error().message;
    card_ = *std::move(made);
    terminal_.emplace(*card_);
  }

  [[nodiscard]] bool is_mastercard() const { return card_->profile().profile.scheme == emv::Scheme::kMastercard; }

  void begin() {
    terminal().select(Interface::kContact);
    terminal().initiate();
    terminal().read_records();
  }

  void go_online() {
    begin();
    ASSERT_EQ(terminal().generate_first(kArqc), kArqc);
    ASSERT_TRUE(terminal().is_cryptogram_right());
  }

  // What the issuer says, as the scheme wants it: a response code, or a card status update.
  [[nodiscard]] Bytes answer() { return terminal().issuer_answer(is_method_1() ? "3030"_hex : "00800000"_hex); }
  [[nodiscard]] bool is_method_1() const { return is_mastercard() || card_->profile().profile.version == 10; }

  // In EXTERNAL AUTHENTICATE, or in the list of the second cryptogram.
  std::uint8_t finish(ByteView answer) {
    if (is_mastercard()) {
      terminal().set(0x91, to_hex(answer));
    } else {
      external_status_ =
          terminal()
              .send(concat(Bytes{0x00, 0x82, 0x00, 0x00, static_cast<std::uint8_t>(answer.size())}, answer))
              .status;
    }
    return terminal().generate_second(kTc);
  }

  std::uint16_t run_script(const std::string& header, ByteView data = {}) {
    return terminal().send(terminal().script(*from_hex(header), data)).status;
  }

  [[nodiscard]] std::uint16_t select_again() {
    const auto& aid = card_->profile().profile.aid;
    return terminal().send(concat(Bytes{0x00, 0xA4, 0x04, 0x00, static_cast<std::uint8_t>(aid.size())}, aid)).status;
  }

  PaymentTerminal& terminal() { return *terminal_; }

  std::unique_ptr<PaymentCard> card_;
  std::optional<PaymentTerminal> terminal_;
  std::uint16_t external_status_ = 0x9000;
};

TEST_P(Issuer, ApprovesAndTheCardBeginsAnew) {
  go_online();
  EXPECT_EQ(finish(answer()), kTc);
  EXPECT_EQ(external_status_, 0x9000);
  EXPECT_TRUE(terminal().is_cryptogram_right());
  EXPECT_EQ(to_hex(terminal().send("80CA9F1300").data), "9F13020001");
  go_online();
  // No finding is left: VIS has them in an octet of their own, M/Chip has none in octet 5.
  EXPECT_EQ(terminal().value(0x9F10)[is_mastercard() ? 6 : 5], 0x00);
}

TEST_P(Issuer, AWrongAnswerIsNone) {
  go_online();
  auto wrong = answer();
  wrong[0] ^= 0x01;
  EXPECT_EQ(finish(wrong), kAac);
  EXPECT_EQ(external_status_, is_mastercard() ? 0x9000 : 0x6300);
  EXPECT_EQ(to_hex(terminal().send("80CA9F1300").data), "9F13020000");
}

TEST_P(Issuer, OneAnswerATransaction) {
  go_online();
  const auto command = concat(Bytes{0x00, 0x82, 0x00, 0x00, static_cast<std::uint8_t>(answer().size())}, answer());
  EXPECT_EQ(terminal().send(command).status, 0x9000);
  EXPECT_EQ(terminal().send(command).status, 0x6985);
}

TEST_P(Issuer, NoAnswerIsNoApproval) {
  go_online();
  terminal().set(0x91, std::string(20, '0'));
  EXPECT_EQ(terminal().generate_second(kTc), kAac);
}

TEST_P(Issuer, BlocksAndUnblocksTheApplication) {
  go_online();
  EXPECT_EQ(run_script("841E0000"), 0x9000);
  EXPECT_EQ(select_again(), 0x6283);
  begin();
  EXPECT_EQ(terminal().generate_first(kTc), kAac);
  EXPECT_EQ(run_script("84180000"), 0x9000);
  EXPECT_EQ(select_again(), 0x9000);
}

TEST_P(Issuer, BlocksTheCard) {
  go_online();
  EXPECT_EQ(run_script("84160000"), 0x9000);
  EXPECT_EQ(select_again(), 0x6A81);
  ASSERT_TRUE(card_->card().power_up(iso7816::ResetKind::kCold).has_value());
  EXPECT_EQ(select_again(), 0x6A81);
}

TEST_P(Issuer, ChangesThePin) {
  begin();
  EXPECT_EQ(terminal().send("0020008008240000FFFFFFFFFF").status, 0x63C2);
  EXPECT_EQ(terminal().generate_first(kArqc), kArqc);
  EXPECT_EQ(run_script(is_mastercard() ? "84240000" : "84240002", terminal().enciphered_pin("987654")), 0x9000);
  begin();
  EXPECT_EQ(to_hex(terminal().send("80CA9F1700").data), "9F170103");
  EXPECT_EQ(terminal().send("0020008008241234FFFFFFFFFF").status, 0x63C2);
  EXPECT_EQ(terminal().send("002000800826987654FFFFFFFF").status, 0x9000);
}

TEST_P(Issuer, GivesTheTriesBack) {
  begin();
  for (const auto status : {0x63C2, 0x63C1, 0x63C0, 0x6983})
    EXPECT_EQ(terminal().send("0020008008240000FFFFFFFFFF").status, status);
  EXPECT_EQ(terminal().generate_first(kArqc), kArqc);
  EXPECT_EQ(run_script("84240000"), 0x9000);
  begin();
  EXPECT_EQ(terminal().send("0020008008241234FFFFFFFFFF").status, 0x9000);
}

TEST_P(Issuer, ChangesDataAndRecords) {
  go_online();
  EXPECT_EQ(run_script("04DA9F14", "07"_hex), 0x9000);
  EXPECT_EQ(to_hex(terminal().send("80CA9F1400").data), "9F140107");
  EXPECT_EQ(run_script("04DA9F14", "0707"_hex), 0x6700);
  EXPECT_EQ(run_script("04DA9F36", "0000"_hex), 0x6A88);
  auto record = terminal().send("00B2020C00").data;
  ASSERT_FALSE(record.empty());
  record.back() ^= 0x01;
  EXPECT_EQ(run_script("04DC020C", record), 0x9000);
  EXPECT_EQ(terminal().send("00B2020C00").data, record);
  EXPECT_EQ(run_script("04DC090C", record), 0x6A83);
}

TEST_P(Issuer, AScriptOfSomebodyElseIsRefusedAndRemembered) {
  go_online();
  auto command = terminal().script("841E0000"_hex, {});
  command.back() ^= 0x80;
  EXPECT_EQ(terminal().send(command).status, 0x6988);
  EXPECT_EQ(select_again(), 0x9000);
  go_online();
  const auto issuer_data = terminal().value(0x9F10);
  EXPECT_EQ(issuer_data[6] & (is_mastercard() ? 0x01 : 0x08), is_mastercard() ? 0x01 : 0x08);
}

// The MAC covers the counter and the cryptogram.
TEST_P(Issuer, AScriptOfAnotherTransactionIsRefused) {
  go_online();
  const auto command = terminal().script("841E0000"_hex, {});
  go_online();
  EXPECT_EQ(terminal().send(command).status, 0x6988);
}

std::string with(std::string_view profile, std::string_view what, std::string_view by) {
  std::string text(profile);
  text.replace(text.find(what), what.size(), by);
  return text;
}

const std::string kVersion10 = with(vis_profile(), "version = 18", "version = 10");
const std::string kVersion22 = with(vis_profile(), "version = 18", "version = 22");
const std::string kVersion16 = with(mchip_profile(), "version = 20", "version = 16");
const std::string kVersion17 = with(mchip_profile(), "version = 20", "version = 17");
const std::string kVersion21 = with(mchip_profile(), "version = 20", "version = 21");
const std::string_view kProfiles[] = {kVersion10, vis_profile(),   kVersion22, kVersion16,
                                      kVersion17, mchip_profile(), kVersion21};

INSTANTIATE_TEST_SUITE_P(Versions, Issuer, ::testing::ValuesIn(kProfiles), [](const auto& each) {
  const auto at = each.param.find("version = ") + 10;
  return (each.param.find("visa") == std::string_view::npos ? "Mastercard" : "Visa") +
         std::string(each.param.substr(at, 2));
});

}  // namespace
}  // namespace cose::payment
