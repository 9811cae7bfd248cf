// SPDX-License-Identifier: Apache-2.0
// Programs that are not ours use the card while we do, and neither disturbs the other.
#include <string>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "interop/processes.h"
#include "pcsc/reader_card.h"

namespace cose::interop {
namespace {

class ForeignClients : public testing::Test {
 protected:
  void SetUp() override {
    const auto atr = card_.power_up(iso7816::ResetKind::kCold);
    ASSERT_TRUE(atr.has_value()) << atr.error().message;
    select();
  }
  // Our session is still there.
  void TearDown() override { select(); }

 private:
  void select() {
    const auto answer = iso7816::transceive(card_, from_hex("00A4000C023F00").value());
    ASSERT_TRUE(answer.has_value()) << answer.error().message;
    EXPECT_EQ(to_hex(*answer), "9000");
  }

  pcsc::ReaderCard card_{kFirstReader};
};

TEST_F(ForeignClients, PcscScanSeesTheCardInUse) {
  const auto scan = run("pcsc_scan -c");
  EXPECT_EQ(scan.exit_code, 0) << scan.output;
  EXPECT_NE(scan.output.find("Shared Mode"), std::string::npos) << scan.output;
  EXPECT_NE(scan.output.find("3B 95 13 81 01 80 73 FF 01 00 0B"), std::string::npos) << scan.output;
}

TEST_F(ForeignClients, OpenscReadsTheAnswerToReset) {
  const auto tool = run("opensc-tool --reader 0 --atr");
  EXPECT_EQ(tool.exit_code, 0) << tool.output;
  EXPECT_NE(tool.output.find("3b:95:13:81:01:80:73:ff:01:00:0b"), std::string::npos) << tool.output;
}

TEST_F(ForeignClients, PyscardExchangesCommandsBesideUs) {
  const auto script = run(R"(/usr/bin/python3 -c '
from smartcard.System import readers
from smartcard.scard import SCARD_LEAVE_CARD
connection = readers()[0].createConnection()
connection.connect(disposition=SCARD_LEAVE_CARD)
print(connection.transmit([0x00, 0xA4, 0x00, 0x0C, 0x02, 0x3F, 0x00]))
')");
  EXPECT_EQ(script.exit_code, 0) << script.output;
  EXPECT_EQ(script.output, "([], 144, 0)\n");
}

}  // namespace
}  // namespace cose::interop
