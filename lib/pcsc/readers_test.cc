// SPDX-License-Identifier: Apache-2.0
#include "pcsc/readers.h"

#include <ostream>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace cose::pcsc {
namespace {

struct Choice {
  std::string text;
  std::string reader;

  friend std::ostream& operator<<(std::ostream& out, const Choice& choice) { return out << '"' << choice.text << '"'; }
};

std::vector<ReaderStatus> three_readers() {
  std::vector<ReaderStatus> readers(3);
  readers[0].name = "Alcor AU9560 00 00";
  readers[0].serial = "A1";
  readers[1].name = "ACME Dual [Contactless] 01 00";
  readers[1].serial = "77";
  readers[2].name = "ACME Dual";
  readers[2].serial = "01";
  return readers;
}

class ChooseReader : public testing::TestWithParam<Choice> {};

TEST_P(ChooseReader, FindsIt) {
  const auto chosen = choose_reader(three_readers(), GetParam().text);
  ASSERT_TRUE(chosen.has_value()) << chosen.error().message;
  EXPECT_EQ(chosen->name, GetParam().reader);
}

INSTANTIATE_TEST_SUITE_P(Texts, ChooseReader,
                         testing::Values(Choice{"", "Alcor AU9560 00 00"},                 // the first
                                         Choice{"AU9560", "Alcor AU9560 00 00"},           // a part
                                         Choice{"[Con", "ACME Dual [Contactless] 01 00"},  // no pattern language
                                         Choice{"ACME", "ACME Dual [Contactless] 01 00"},  // two fit: the first of them
                                         Choice{"ACME Dual", "ACME Dual"},                 // exact before part
                                         Choice{"77", "ACME Dual [Contactless] 01 00"},    // a serial number
                                         Choice{"01", "ACME Dual [Contactless] 01 00"}));  // part before serial number

TEST(ChooseReaderFailure, ListsTheReadersThereAre) {
  const auto chosen = choose_reader(three_readers(), "acme");
  ASSERT_FALSE(chosen.has_value());
  EXPECT_EQ(chosen.error().kind, ErrorKind::kNotFound);
  EXPECT_EQ(chosen.error().message,
            "no reader has \"acme\" in its name or as its serial number; there are \"Alcor AU9560 00 00\", "
            "\"ACME Dual [Contactless] 01 00\", \"ACME Dual\"");
}

TEST(ChooseReaderFailure, SaysWhatToDoWithoutReaders) {
  const auto chosen = choose_reader({}, "");
  ASSERT_FALSE(chosen.has_value());
  EXPECT_EQ(chosen.error().kind, ErrorKind::kNotFound);
  EXPECT_NE(chosen.error().message.find("plug one in"), std::string::npos) << chosen.error().message;
}

}  // namespace
}  // namespace cose::pcsc
