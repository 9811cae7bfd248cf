// SPDX-License-Identifier: Apache-2.0
// The files and lines of terminals and issuers.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "host/issuer_file.h"
#include "host/issuer_wire.h"
#include "host/terminal_file.h"

namespace cose::host {
namespace {

using tlv::Tag;

TEST(TerminalFile, ChangesWhatItSaysAndNothingElse) {
  const auto made = parse_terminal(R"([terminal]
country = 276
type = "25"
[[application]]
name = "ours"
aid = "F000000001"
tac_online = "FFFFFFFFFF"
floor_limit = 1
kernel = 2
contactless_cvm_limit = 99
)",
                                   "file");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->country, 276);
  EXPECT_EQ(made->currency, 978);
  EXPECT_EQ(made->type, 0x25);
  ASSERT_EQ(made->applications.size(), 1U);
  EXPECT_EQ(made->applications[0].actions.online[4], 0xFF);
  EXPECT_EQ(made->applications[0].limits.cardholder_verification, 99U);
  EXPECT_FALSE(made->applications[0].limits.floor.has_value());
  EXPECT_GT(parse_terminal("", "file")->applications.size(), 5U);
}

TEST(TerminalFile, SaysWhereItIsWrong) {
  for (const auto* text :
       {"[terminal]\nland = 1", "[terminal]\ncountry = 1000", "[terminal]\ntype = \"222\"",
        "[[application]]\nname = \"x\"", "[[application]]\naid = \"F0\"", "[terminal]\npin_key = \"00\"", "terminal",
        "[[application]]\naid = \"F000000001\"\ntac_online = \"00\""}) {
    const auto made = parse_terminal(text, "file");
    ASSERT_FALSE(made.has_value()) << text;
    EXPECT_EQ(made.error().kind, ErrorKind::kInvalid);
    EXPECT_TRUE(made.error().message.starts_with("file")) << made.error().message;
  }
}

constexpr auto kIssuer = R"([issuer]
name = "bank"
scheme = "visa"
key_ac = "0123456789ABCDEFFEDCBA9876543210"
key_integrity = "0123456789ABCDEFFEDCBA9876543210"
key_confidentiality = "0123456789ABCDEFFEDCBA9876543210"
[[card]]
pan = "4761739001010119"
pin = "1234"
)";

TEST(IssuerFile, HasKeysAndCards) {
  const auto made = parse_issuer(kIssuer, "file");
  ASSERT_TRUE(made.has_value()) << made.error().message;
  EXPECT_EQ(made->name, "bank");
  EXPECT_EQ(made->scheme, emv::Scheme::kVisa);
  ASSERT_EQ(made->cards.size(), 1U);
  EXPECT_EQ(made->cards[0].account.sequence, "00");
}

// A wrong key's digits are not in the message.
TEST(IssuerFile, KeepsKeysOutOfMessages) {
  const auto made = parse_issuer("[issuer]\nkey_ac = \"0123456789ABCDEFFEDCBA98765432\"", "file");
  ASSERT_FALSE(made.has_value());
  EXPECT_EQ(made.error().message.find("0123"), std::string::npos) << made.error().message;
  EXPECT_FALSE(parse_issuer("[issuer]\nname = \"no keys\"", "file").has_value());
  EXPECT_FALSE(parse_issuer("", "file").has_value());
}

TEST(AtcFile, OutlivesItsProcess) {
  const auto file = (std::filesystem::path(::testing::TempDir()) / "cose-atc.txt").string();
  std::filesystem::remove(file);
  const emv::Account account{.pan = "4761739001010119", .sequence = "01"};
  {
    auto book = FileAtcBook::open(file);
    ASSERT_TRUE(book.has_value());
    EXPECT_FALSE(book->last(account));
    ASSERT_TRUE(book->note(account, 66).has_value());
  }
  EXPECT_EQ(FileAtcBook::open(file)->last(account), 66);
  std::ofstream(file) << "4761739001010119/01 sixty\n";
  EXPECT_EQ(FileAtcBook::open(file).error().kind, ErrorKind::kInvalid);
  std::filesystem::remove(file);
}

TEST(IssuerWire, CarriesRequestAndResponse) {
  emv::AuthorisationRequest request;
  request.kind = emv::AuthorisationKind::kConfirmation;
  request.objects[Tag(0x9F26)] = {1, 2, 3};
  request.pin_block = {4};
  const auto there = request_of_line(to_line(request));
  ASSERT_TRUE(there.has_value());
  EXPECT_EQ(there->kind, request.kind);
  EXPECT_EQ(there->objects, request.objects);
  EXPECT_EQ(there->pin_block, request.pin_block);
  emv::AuthorisationResponse response;
  response.response_code = "00";
  response.scripts = {{0x72, 0x00}};
  response.reason = "\xFFno UTF-8\n";
  const auto line = to_line(response);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  const auto back = response_of_line(line);
  ASSERT_TRUE(back.has_value());
  EXPECT_EQ(back->scripts, response.scripts);
}

class NoHost final : public emv::AuthorisationHost {
 public:
  [[nodiscard]] Result<emv::AuthorisationResponse> authorise(const emv::AuthorisationRequest&) override {
    return fail(ErrorKind::kIo, "the disk is full");
  }
};

TEST(IssuerWire, AnswersEveryLine) {
  NoHost host;
  for (const auto* line :
       {"", "x", "[]", "{}", R"({"kind":1})", R"({"kind":"request"})", R"({"kind":"request","objects":{"9F26":1}})",
        R"({"kind":"request","objects":{"ZZ":""}})", R"({"kind":"request","objects":{"9F26":"0"}})"})
    EXPECT_EQ(response_of_line(answer_line(host, line))->response_code, "30") << line;
  EXPECT_EQ(response_of_line(answer_line(host, R"({"kind":"request","objects":{}})"))->response_code, "96");
}

}  // namespace
}  // namespace cose::host
