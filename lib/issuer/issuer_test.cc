// SPDX-License-Identifier: Apache-2.0
// The issuer with the published transactions of tests/vectors/emv: what the vectors say is right is approved with the
// ARPC they say, and nothing else is.
#include "issuer/issuer.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/vector_file.h"
#include "tlv/node.h"

namespace cose::issuer {
namespace {

using cose::testing::VectorBlock;
using tlv::Tag;

struct Published {
  std::string source;
  IssuerProfile profile;
  emv::AuthorisationRequest request;
  emv::Account account;
  Bytes arpc;
  bool answers_code = false;  // by method 1
};

Published published(const VectorBlock& block) {
  Published made;
  made.source = block.source() + " line " + std::to_string(block.line());
  const auto octets = [&](std::string_view name) { return block.octets(name).value(); };
  for (const auto* name : {"9F02", "9F03", "9F1A", "95", "5F2A", "9A", "9C", "9F37", "82", "9F36", "9F10"})
    made.request.objects[Tag::from_hex(name).value()] = octets(name);
  made.account = {.pan = std::string(block.text("pan").value()),
                  .sequence = std::string(block.text("sequence").value())};
  auto digits = made.account.pan;
  if (digits.size() % 2 != 0) digits += 'F';
  made.request.objects[Tag(0x5A)] = from_hex(digits).value();
  made.request.objects[Tag(0x5F34)] = from_hex(made.account.sequence).value();
  made.request.objects[Tag(0x9F26)] = octets("cryptogram");
  const auto scheme = block.text("scheme").value();
  made.profile.scheme = scheme == "Visa"         ? emv::Scheme::kVisa
                        : scheme == "Mastercard" ? emv::Scheme::kMastercard
                                                 : emv::Scheme::kInterac;
  made.profile.keys.cryptograms = Secret(octets("key_ac"));
  made.profile.keys.integrity = Secret(octets("key_integrity"));
  made.profile.keys.confidentiality = Secret(octets("key_ac"));
  made.arpc = octets("arpc");
  made.answers_code = to_hex(octets("response")) == "3030";
  return made;
}

std::vector<Published> all_published() {
  std::vector<Published> made;
  const auto blocks = cose::testing::read_vector_file(COSE_TESTS_DIR "/vectors/emv/keys_and_cryptograms.vec");
  for (const auto& block : blocks.value())
    if (block.text("operation").value() == "version") made.push_back(published(block));
  return made;
}

TEST(Issuer, ApprovesEveryPublishedTransaction) {
  auto transactions = all_published();
  ASSERT_FALSE(transactions.empty());
  for (auto& one : transactions) {
    MemoryAtcBook book;
    Issuer issuer(std::move(one.profile), book);
    const auto response = issuer.authorise(one.request);
    ASSERT_TRUE(response.has_value()) << one.source;
    EXPECT_EQ(response->response_code, "00") << one.source << ": " << response->reason;
    EXPECT_EQ(response->authorisation_code.size(), 6U);
    if (!one.answers_code) continue;
    EXPECT_EQ(to_hex(response->issuer_authentication_data), to_hex(one.arpc) + "3030") << one.source;
  }
}

TEST(Issuer, RefusesEachChangedObject) {
  for (const auto tag : {Tag(0x9F02), Tag(0x9F37), Tag(0x95), Tag(0x9F26), Tag(0x9F36), Tag(0x5A)})
    for (auto& one : all_published()) {
      MemoryAtcBook book;
      Issuer issuer(std::move(one.profile), book);
      // Option A takes the last sixteen digits of account and sequence: the first digits of an account do not count.
      auto& value = one.request.objects[tag];
      if (tag == Tag(0x5A))
        value.back() ^= 0x10;
      else
        value.front() ^= 0x01;
      const auto response = issuer.authorise(one.request);
      ASSERT_TRUE(response.has_value());
      EXPECT_EQ(response->response_code, "05") << one.source << ", " << tag.to_string();
      EXPECT_TRUE(response->issuer_authentication_data.empty());
      EXPECT_FALSE(book.last(one.account)) << "a false card must not move the counter";
    }
}

class OneIssuer : public ::testing::Test {
 protected:
  Issuer& make() {
    issuer_ = std::make_unique<Issuer>(std::move(one_.profile), book_);
    return *issuer_;
  }

  Published one_ = std::move(all_published().front());
  MemoryAtcBook book_;

 private:
  std::unique_ptr<Issuer> issuer_;
};

TEST_F(OneIssuer, LetsNoCounterGoBack) {
  auto& issuer = make();
  EXPECT_EQ(issuer.authorise(one_.request)->response_code, "00");
  const auto again = issuer.authorise(one_.request);
  EXPECT_EQ(again->response_code, "05");
  EXPECT_NE(again->reason.find("goes back"), std::string::npos);
  one_.request.kind = emv::AuthorisationKind::kConfirmation;
  EXPECT_EQ(issuer.authorise(one_.request)->response_code, "00") << "a confirmation has the counter of its request";
  ASSERT_TRUE(book_.note(one_.account, 0xFFFF).has_value());
  EXPECT_EQ(issuer.authorise(one_.request)->response_code, "05");
}

TEST_F(OneIssuer, RefusesABlockedAccount) {
  CardAccount card;
  card.account = one_.account;
  card.is_blocked = true;
  one_.profile.cards.push_back(std::move(card));
  EXPECT_EQ(make().authorise(one_.request)->response_code, "62");
}

TEST_F(OneIssuer, RefusesAnAccountThatIsNotThere) {
  CardAccount card;
  card.account = {.pan = "5413330089020011", .sequence = "00"};
  one_.profile.cards.push_back(std::move(card));
  EXPECT_EQ(make().authorise(one_.request)->reason, "no such account");
}

TEST_F(OneIssuer, AnswersWhatItCannotRead) {
  for (const auto tag : {Tag(0x9F26), Tag(0x9F36), Tag(0x9F10), Tag(0x5A), Tag(0x9F02)}) {
    auto broken = one_.request;
    broken.objects.erase(tag);
    MemoryAtcBook book;
    auto profile = std::move(all_published().front().profile);
    EXPECT_EQ(Issuer(std::move(profile), book).authorise(broken)->response_code, "30") << tag.to_string();
  }
}

TEST_F(OneIssuer, SendsItsOrdersOnce) {
  one_.profile.orders.push_back(ScriptOrder::parse("block").value());
  auto& issuer = make();
  const auto first = issuer.authorise(one_.request);
  ASSERT_EQ(first->scripts.size(), 1U);
  const auto tree = tlv::parse_tree(first->scripts[0]).value();
  ASSERT_EQ(tree.size(), 1U);
  EXPECT_EQ(tree[0].tag, Tag(0x72));
  EXPECT_EQ(to_hex(tree[0].children.at(1).value).substr(0, 10), "841E000008");
}

TEST(ScriptOrder, ReadsItsWords) {
  for (const auto* text :
       {"block", "unblock", "block-card", "unblock-pin", "pin=4321", "put=9F14:05", "record=2:1:7000"})
    EXPECT_TRUE(ScriptOrder::parse(text).has_value()) << text;
  for (const auto* text : {"", "blok", "pin", "pin=12", "pin=12ab", "put=9F14", "put=:05", "put", "record=2:1",
                           "record=31:1:70", "record=1:0:70", "block=1"})
    EXPECT_EQ(ScriptOrder::parse(text).error().kind, ErrorKind::kInvalid) << text;
}

}  // namespace
}  // namespace cose::issuer
