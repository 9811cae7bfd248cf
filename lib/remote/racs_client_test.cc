// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_client.h"

#include "bytes/testing/seeded_rng.h"
#include "remote/backoff.h"
#include "remote/testing/racs_grid.h"

namespace cose::remote {
namespace {

using namespace literals;
using testing::RacsGrid;
using testing::SessionConnector;

class RacsClientTest : public ::testing::Test {
 protected:
  RacsGrid grid_;
  RacsClient client_{std::make_shared<SessionConnector>(grid_), std::chrono::seconds(1)};
};

TEST_F(RacsClientTest, SendsManyCommandsAtOnce) {
  RacsBatch batch("tap");
  batch.power_on("s").apdu("s", "00A40400"_hex).answer_to_reset("s").echo("done").shut_down("s");
  const auto response = client_.run(batch).value();
  EXPECT_EQ(response.label, "tap");
  ASSERT_EQ(response.answers.size(), 5U);
  EXPECT_EQ(response.answers[1].text, "6F009000");
  EXPECT_EQ(response.answers[1].line, 2U);
  EXPECT_EQ(response.answers[2].text, "3B80800101");
  EXPECT_EQ(response.answers[3].whole, "+009 004 done");
  EXPECT_EQ(response.failure(), nullptr);
  EXPECT_EQ(grid_.requests, 1);
}

TEST_F(RacsClientTest, TellsWhereAGridStopped) {
  grid_.service.answers["101 00A40401"] = {"6A82"_hex, std::nullopt};
  RacsBatch batch;
  batch.apdu("s", "00A40400"_hex).apdu("s", "00A40401"_hex, {.continue_on = 0x9000}).echo("never");
  const auto response = client_.run(batch).value();
  ASSERT_EQ(response.answers.size(), 2U);
  ASSERT_NE(response.failure(), nullptr);
  EXPECT_EQ(response.failure()->line, 2U);
  EXPECT_EQ(refusal_of(*response.failure()).message, "wrong SW 6A82");
}

TEST_F(RacsClientTest, WritesEachOption) {
  RacsBatch batch("x");
  batch.apdu("s", "00B0000000"_hex, {.continue_on = 0x9000, .more_on = 0x9F, .fetch = 0xA0C00000});
  batch.reset("s", iso7816::ResetKind::kWarm).reset("s", iso7816::ResetKind::kCold).line("LIST");
  EXPECT_EQ(batch.text(),
            "BEGIN x\r\nAPDU s 00B0000000 CONTINUE=9000 MORE=9F FETCH=A0C00000 APPEND\r\nRESET s WARM APPEND\r\n"
            "RESET s APPEND\r\nLIST\r\nEND\r");
}

TEST_F(RacsClientTest, ExchangesWithOneElement) {
  const std::vector<Bytes> commands(8, "00A40400"_hex);
  const auto answers = client_.exchange("s", commands).value();
  EXPECT_EQ(answers, std::vector<Bytes>(8, "6F009000"_hex));
  EXPECT_EQ(grid_.requests, 1);
  EXPECT_EQ(client_.exchange("t", commands).error(), (Error{ErrorKind::kNotFound, "command 1: invalid SEID"}));
  EXPECT_TRUE(client_.exchange("s", {}).value().empty());
  EXPECT_EQ(client_.list().value(), std::vector<std::string>{"s"});
}

TEST_F(RacsClientTest, ConnectsAgainAfterALoss) {
  EXPECT_TRUE(client_.list());
  grid_.broken = true;
  EXPECT_EQ(client_.list().error().kind, ErrorKind::kClosed);
  EXPECT_FALSE(client_.connected());
  grid_.broken = false;
  EXPECT_TRUE(client_.list());
  EXPECT_EQ(grid_.connections, 2);
}

TEST_F(RacsClientTest, SendsNoLineThatWouldBeTwo) {
  EXPECT_EQ(client_.run(RacsBatch().line("ECHO a\tb")).error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(client_.run(RacsBatch("two words")).error().kind, ErrorKind::kInvalid);
  RacsBatch many;
  for (std::size_t count = 0; count <= kMaximumBatch; ++count) many.line("LIST");
  EXPECT_EQ(client_.run(many).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(client_.run(RacsBatch().line(std::string(200'000, 'A'))).error().kind, ErrorKind::kLimit);
}

TEST(Backoff, DoublesUpToItsLimitWithChance) {
  using std::chrono::milliseconds;
  Backoff plain(nullptr, {milliseconds(100), milliseconds(350)});
  EXPECT_EQ(plain.next(), milliseconds(100));
  EXPECT_EQ(plain.next(), milliseconds(200));
  EXPECT_EQ(plain.next(), milliseconds(350));
  EXPECT_EQ(plain.next(), milliseconds(350));
  plain.reset();
  EXPECT_EQ(plain.next(), milliseconds(100));
  Backoff random(std::make_shared<cose::testing::SeededRng>(7), {milliseconds(100), milliseconds(100)});
  const auto first = random.next();
  bool differs = false;
  for (int count = 0; count < 20; ++count) {
    const auto pause = random.next();
    EXPECT_GE(pause, milliseconds(50));
    EXPECT_LE(pause, milliseconds(100));
    differs = differs || pause != first;
  }
  EXPECT_TRUE(differs);
}

}  // namespace
}  // namespace cose::remote
