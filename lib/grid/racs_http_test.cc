// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_http.h"

#include <gtest/gtest.h>

namespace cose::grid {
namespace {

// Vector H1.
TEST(RacsHttp, MakesLinesOfAQuery) {
  EXPECT_EQ(racs_lines_of_query("BEGIN=x&ECHO=Hello&END=").value(), "BEGIN x\r\nECHO Hello\r\nEND\r\n");
  EXPECT_EQ(racs_lines_of_query("BEGIN=&APDU=device%2345%2000A40400&APDU=device%2345+00B0000010&END=").value(),
            "BEGIN\r\nAPDU device#45 00A40400\r\nAPDU device#45 00B0000010\r\nEND\r\n");
  EXPECT_EQ(racs_lines_of_query("LIST&&GET-VERSION=").value(), "LIST\r\nGET-VERSION\r\n");
  EXPECT_EQ(racs_lines_of_query("APDU=s%2000A40400%20CONTINUE=9000").value(), "APDU s 00A40400 CONTINUE=9000\r\n");
}

TEST(RacsHttp, LetsNoFieldBecomeTwoLines) {
  for (const auto* bad : {"ECHO=a%0D%0ASHUTDOWN%20s", "ECHO=a%00", "ECHO%0A=x", "ECHO=%7F", "ECHO=%E4", "ECHO=%4",
                          "ECHO=%4G", "=x", "ECHO+x=y"})
    EXPECT_EQ(racs_lines_of_query(bad).error().kind, ErrorKind::kInvalid) << bad;
  EXPECT_EQ(racs_lines_of_query(std::string(kMaximumRacsQuery + 1, 'a')).error().kind, ErrorKind::kLimit);
}

TEST(RacsHttp, MakesXmlOfResponses) {
  EXPECT_EQ(racs_xml("BEGIN x\r\n+009 001 Hello\r\nEND\r\n"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<RACS-Response><begin>x</begin><Cmd-Response>"
            "<status>+009</status><line>001</line><parameters>Hello</parameters></Cmd-Response><end></end>"
            "</RACS-Response>\r\n");
  EXPECT_EQ(racs_xml("BEGIN\r\n-100 002 <a & \"b'>\r\n+004 003\r\nEND\r\n"),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<RACS-Response><begin></begin><Cmd-Response>"
            "<status>-100</status><line>002</line><parameters>&lt;a &amp; &quot;b&apos;&gt;</parameters></Cmd-Response>"
            "<Cmd-Response><status>+004</status><line>003</line><parameters></parameters></Cmd-Response><end></end>"
            "</RACS-Response>\r\n");
}

}  // namespace
}  // namespace cose::grid
