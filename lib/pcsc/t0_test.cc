// SPDX-License-Identifier: Apache-2.0
#include "pcsc/detail/t0.h"

#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::pcsc::detail {
namespace {

struct Exchange {
  std::string name;
  std::string command;
  // TPDU and answer, in order.
  std::vector<std::pair<std::string, std::string>> tpdus;
  std::string response;
  CaseOne case_one = CaseOne::kHeader;

  friend std::ostream& operator<<(std::ostream& out, const Exchange& exchange) { return out << exchange.name; }
};

std::string repeated(std::string_view octet, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += octet;
  return text;
}

// The cases and their names are those of ISO/IEC 7816-3 §12.2.2 to §12.2.8.
std::vector<Exchange> exchanges() {
  const auto part = repeated("AB", 256);
  return {
      {"Case1", "00A40000", {{"00A40000", "9000"}}, "9000"},
      {"Case1WithZero", "00A40000", {{"00A4000000", "9000"}}, "9000", CaseOne::kHeaderAndZero},
      {"Case2", "00B0000004", {{"00B0000004", "010203049000"}}, "010203049000"},
      {"Case2LengthIsTheUsersAffair", "00B0000000", {{"00B0000000", "6C04"}}, "6C04"},
      {"Case2MoreIsTheUsersAffair", "00B0000000", {{"00B0000000", "6110"}}, "6110"},
      {"Case3", "00A40000023F00", {{"00A40000023F00", "9000"}}, "9000"},
      {"Case3MoreIsTheUsersAffair", "00A40000023F00", {{"00A40000023F00", "6110"}}, "6110"},
      {"Case4Refused", "00A40000023F0000", {{"00A40000023F00", "6A82"}}, "6A82"},
      {"Case4Done", "00A40000023F0000", {{"00A40000023F00", "9000"}}, "9000"},
      {"Case4Fetched", "00A40000023F0000", {{"00A40000023F00", "6103"}, {"00C0000003", "6F01009000"}}, "6F01009000"},
      {"Case4WantsLessThanThereIs",
       "00A40000023F0002",
       {{"00A40000023F00", "6105"}, {"00C0000002", "6F016103"}},
       "6F016103"},
      {"Case4InParts",
       "80CA0000015C00",
       {{"80CA0000015C", "6102"}, {"00C0000002", "01026101"}, {"00C0000001", "039000"}},
       "0102039000"},
      {"Case4CorrectedLength",
       "00A40000023F0000",
       {{"00A40000023F00", "6100"}, {"00C0000000", "6C01"}, {"00C0000001", "AA9000"}},
       "AA9000"},
      {"Case4KeepsTheChannel", "02A40000023F0000", {{"02A40000023F00", "6101"}, {"02C0000001", "AA9000"}}, "AA9000"},
      {"Case4KeepsAFurtherChannel",
       "43A40000023F0000",
       {{"43A40000023F00", "6101"}, {"43C0000001", "AA9000"}},
       "AA9000"},
      {"Case4LeavesSecureMessagingOut",
       "84F20000024F0000",
       {{"84F20000024F00", "6101"}, {"00C0000001", "AA9000"}},
       "AA9000"},
      {"Case4OfGsm", "A0A40000026F0700", {{"A0A40000026F07", "6101"}, {"A0C0000001", "AA9000"}}, "AA9000"},
      {"Case2ExtendedShort", "00B00000000004", {{"00B0000004", "010203049000"}}, "010203049000"},
      {"Case2Extended256", "00B00000000100", {{"00B0000000", part + "9000"}}, part + "9000"},
      {"Case2ExtendedLong",
       "00B00000000102",
       {{"00B0000000", "6100"}, {"00C0000000", part + "6102"}, {"00C0000002", "01029000"}},
       part + "01029000"},
      {"Case3Extended", "00A400000000023F00", {{"00A40000023F00", "9000"}}, "9000"},
      {"Case4Extended", "00A400000000023F000000", {{"00A40000023F00", "6101"}, {"00C0000001", "AA9000"}}, "AA9000"},
  };
}

class T0Exchange : public testing::TestWithParam<Exchange> {};

TEST_P(T0Exchange, SendsTheseTpdus) {
  const auto& exchange = GetParam();
  std::size_t sent = 0;
  const SendTpdu card = [&](ByteView tpdu, Bytes& response) -> Status {
    if (sent == exchange.tpdus.size()) return fail(ErrorKind::kInternal, "one TPDU too many: " + to_hex(tpdu));
    const auto& [expected, answer] = exchange.tpdus[sent++];
    EXPECT_EQ(to_hex(tpdu), expected);
    response = from_hex(answer).value();
    return {};
  };
  Bytes response;
  const auto done = exchange_over_t0(from_hex(exchange.command).value(), exchange.case_one, card, response);
  ASSERT_TRUE(done.has_value()) << done.error().message;
  EXPECT_EQ(sent, exchange.tpdus.size());
  EXPECT_EQ(to_hex(response), exchange.response);
}

INSTANTIATE_TEST_SUITE_P(Cases, T0Exchange, testing::ValuesIn(exchanges()),
                         [](const auto& parameter) { return parameter.param.name; });

ErrorKind error_of(std::string_view command) {
  const SendTpdu card = [](ByteView, Bytes&) -> Status { return fail(ErrorKind::kInternal, "sent"); };
  Bytes response;
  const auto done = exchange_over_t0(from_hex(command).value(), CaseOne::kHeader, card, response);
  return done ? ErrorKind::kInternal : done.error().kind;
}

TEST(T0, RefusesWhatIsNoCommand) {
  EXPECT_EQ(error_of("00A400"), ErrorKind::kInvalid);
  EXPECT_EQ(error_of("00A40000033F00"), ErrorKind::kInvalid) << "Lc too long";
  EXPECT_EQ(error_of("00A40000013F0000"), ErrorKind::kInvalid) << "Lc too short";
  EXPECT_EQ(error_of("00A400000000"), ErrorKind::kInvalid) << "two octets of an extended Le";
  EXPECT_EQ(error_of("00A40000000000AA"), ErrorKind::kInvalid) << "extended Lc of zero";
  EXPECT_EQ(error_of("00A40000000003AABB"), ErrorKind::kInvalid) << "extended Lc too long";
}

TEST(T0, RefusesDataThatNeedsAnEnvelope) {
  EXPECT_EQ(error_of("00D60000"
                     "000100" +
                     repeated("AA", 256)),
            ErrorKind::kUnsupported);
  EXPECT_EQ(error_of("00D60000"
                     "0000FF" +
                     repeated("AA", 255)),
            ErrorKind::kInternal)
      << "255 octets are sent";
}

TEST(T0, EndsWithACardThatAlwaysHasMore) {
  int sent = 0;
  const SendTpdu card = [&](ByteView, Bytes& response) -> Status {
    ++sent;
    response = {0x61, 0x01};
    return {};
  };
  Bytes response;
  const auto command = from_hex("00A40000023F0000").value();
  const auto done = exchange_over_t0(command, CaseOne::kHeader, card, response);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kUnresponsive);
  EXPECT_EQ(sent, 1 + kMaximumRounds);
}

TEST(T0, PassesAFailureOn) {
  int sent = 0;
  const SendTpdu card = [&](ByteView, Bytes& response) -> Status {
    response = {0x61, 0x05};
    if (++sent == 2) return fail(ErrorKind::kCardRemoved, "gone");
    return {};
  };
  Bytes response;
  const auto command = from_hex("00A40000023F0000").value();
  const auto done = exchange_over_t0(command, CaseOne::kHeader, card, response);
  ASSERT_FALSE(done.has_value());
  EXPECT_EQ(done.error().kind, ErrorKind::kCardRemoved);
}

}  // namespace
}  // namespace cose::pcsc::detail
