// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_script.h"

#include <gtest/gtest.h>

namespace cose::remote {
namespace {

TEST(RacsScript, CutsRequests) {
  const auto batches = parse_racs_script(
      "// a comment\n# another\n\nBEGIN  first \r\n  POWERON device#45\n// in between\nAPDU device#45 00A4 "
      "APPEND\nEND\n"
      "LIST\nBEGIN\nEND");
  ASSERT_TRUE(batches) << batches.error().message;
  ASSERT_EQ(batches->size(), 3U);
  EXPECT_EQ((*batches)[0].text(), "BEGIN first\r\nPOWERON device#45\r\nAPDU device#45 00A4 APPEND\r\nEND\r");
  EXPECT_EQ((*batches)[1].text(), "BEGIN\r\nLIST\r\nEND\r");
  EXPECT_EQ((*batches)[2].size(), 0U);
  EXPECT_TRUE(parse_racs_script("").value().empty());
}

TEST(RacsScript, SaysWhereItIsWrong) {
  EXPECT_EQ(parse_racs_script("BEGIN\nBEGIN\n").error().message, "line 2: BEGIN inside of a request");
  EXPECT_EQ(parse_racs_script("LIST\nEND\n").error().message, "line 2: END without BEGIN");
  EXPECT_EQ(parse_racs_script("BEGIN two words\nEND\n").error().kind, ErrorKind::kInvalid);
  EXPECT_EQ(parse_racs_script("BEGIN x\nLIST\n").error().message, "the last request lacks its END");
  std::string many = "BEGIN\n";
  for (int count = 0; count < 1000; ++count) many += "LIST\n";
  EXPECT_EQ(parse_racs_script(many + "END\n").error().kind, ErrorKind::kLimit);
}

TEST(RacsScript, IsReadLineByLineToo) {
  RacsScriptReader reader;
  EXPECT_FALSE(reader.take("BEGIN x").value().has_value());
  EXPECT_TRUE(reader.inside_request());
  reader.abandon();
  EXPECT_EQ(reader.take("ECHO a").value()->text(), "BEGIN\r\nECHO a\r\nEND\r");
}

}  // namespace
}  // namespace cose::remote
