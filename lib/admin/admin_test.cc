// SPDX-License-Identifier: Apache-2.0
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "admin/interpreter.h"
#include "admin/plan.h"
#include "admin/script.h"
#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "gphost/testing/domain_card.h"
#include "iso7816/wrapped_card.h"

namespace cose::admin {
namespace {

using gphost::testing::DomainCard;
using scp::KeyAlgorithm;
using scp::KeySet;
using namespace cose::literals;

class OneCard final : public CardProvider {
 public:
  explicit OneCard(iso7816::Card& card) : card_(card) {}
  [[nodiscard]] Result<std::vector<std::string>> names() override { return std::vector<std::string>{"sim:"}; }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open(const std::string& name) override {
    if (name != "sim:") return fail(ErrorKind::kNotFound, "no reader " + name);
    return std::make_unique<iso7816::WrappedCard>(card_);
  }

 private:
  iso7816::Card& card_;
};

struct Shell {
  DomainCard card;
  OneCard cards{card};
  cose::testing::SeededRng rng{9};
  gphost::MemoryLedger ledger;
  cose::testing::ManualClock clock;
  std::string output;
  std::map<std::string, std::string> environment;
  Interpreter interpreter;

  explicit Shell(scp::Protocol protocol)
      : card(protocol, *KeySet::from_one(0x01, protocol.number == 0x03 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes,
                                         gphost::default_key())),
        interpreter({cards, rng, ledger, clock, [this](std::string_view line) { output += std::string(line) + "\n"; },
                     [this](const std::string& name) -> std::optional<std::string> {
                       const auto found = environment.find(name);
                       return found == environment.end() ? std::nullopt : std::optional(found->second);
                     },
                     false}) {}
};

constexpr std::string_view kOpen =
    "-mac_key 404142434445464748494a4b4c4d4e4f -enc_key 404142434445464748494A4B4C4D4E4F -kek_key "
    "404142434445464748494a4b4c4d4e4f // Open secure channel\n";

std::string opening(std::string_view level) {
  return "establish_context\ncard_connect\nselect -AID a000000151000000\nopen_sc -security " + std::string(level) +
         " -keyind 0 -keyver 0 " + std::string(kOpen);
}

TEST(Script, ReadsOptionsInEitherCaseAndQuotes) {
  const auto command =
      ScriptCommand::parse(R"(  card_connect -Reader "Virtual PCD 00 00" -READERNUMBER 0x10 -noStop // x)", {});
  ASSERT_TRUE(command.has_value()) << command.error().message;
  EXPECT_EQ(command->name, "card_connect");
  EXPECT_EQ(command->value("reader"), "Virtual PCD 00 00");
  EXPECT_EQ(*command->number("readernumber"), 16U);
  EXPECT_TRUE(command->has("nostop"));
}

TEST(Script, RefusesWhatItDoesNotKnow) {
  const auto message = [](std::string_view line) { return ScriptCommand::parse(line, {}).error().message; };
  EXPECT_EQ(message("select -aids 00"), "unknown option -aids");
  EXPECT_EQ(message("select -AID"), "option -AID not followed by data");
  EXPECT_EQ(message("select -AID \"00"), "a quote is not closed");
  EXPECT_EQ(message("get_data -identifier ${NOWHERE}"), "the environment has no variable NOWHERE");
  EXPECT_EQ(message("get_data -identifier ${NOWHERE"), "${ without } in the line");
  EXPECT_TRUE(ScriptCommand::parse("# ${NOWHERE}", {})->name.empty());
  EXPECT_TRUE(ScriptCommand::parse("  // ${NOWHERE}", {})->name.empty());
}

TEST(Interpreter, PutsVariablesIn) {
  Shell shell({0x03, 0x70});
  shell.environment["TAG"] = "66";
  const auto ran = shell.interpreter.run("card_connect\nget_data -identifier ${TAG}\n");
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  EXPECT_NE(shell.output.find("\n661D"), std::string::npos) << shell.output;
}

TEST(Interpreter, ListsInBothFormats) {
  for (const auto* mode : {"mode_201\n", "mode_211\n"}) {
    Shell shell({0x02, 0x15});
    shell.card.applications["D0D1D2D3D4D50101"] = {0x07, 0x02};
    const auto ran = shell.interpreter.run(mode + opening("3") + "get_status -element e0\n");
    ASSERT_TRUE(ran.has_value()) << ran.error().message;
    EXPECT_NE(shell.output.find("D0D1D2D3D4D50101                 | SELECTABLE   | CVMManagement"), std::string::npos)
        << shell.output;
    const bool is_tlv = shell.card.received.front().substr(6, 2) == "02";
    EXPECT_EQ(is_tlv, std::string_view(mode) == "mode_211\n");
  }
}

TEST(Interpreter, GoesOnAfterADeleteOfNothing) {
  Shell shell({0x03, 0x70});
  const auto ran = shell.interpreter.run("mode_211\n" + opening("19") + "delete -AID D0D1D2D3D4D501\nprint after\n");
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  EXPECT_NE(shell.output.find("delete() returns 0x80206A88"), std::string::npos);
  EXPECT_NE(shell.output.find("\nafter\n"), std::string::npos);
}

TEST(Interpreter, StopsAtTheFirstErrorUnlessToldNotTo) {
  Shell shell({0x03, 0x70});
  EXPECT_EQ(shell.interpreter.run("card_connect\nsend_apdu -sc 0 -APDU 80CA9F7F00\n").error().message,
            "line 2: send_apdu: the card answers 6A88 (the card has no such data)");
  Shell other({0x03, 0x70});
  EXPECT_TRUE(other.interpreter
                  .run("card_connect\nsend_apdu -sc 0 -noStop -APDU 80CA9F7F00\nsend_apdu_nostop -sc 0 -APDU "
                       "80CA9F7F00\nexit\nnonsense\n")
                  .has_value());
  EXPECT_EQ(other.interpreter.run("nonsense").error().message, "line 1: unknown command nonsense");
  EXPECT_EQ(Shell({0x03, 0x70}).interpreter.run("select").error().message,
            "line 1: no card is connected: card_connect comes first");
}

TEST(Interpreter, PutsAndDeletesKeys) {
  Shell shell({0x03, 0x70});
  const auto ran = shell.interpreter.run(
      "mode_211\n" + opening("3") +
      "put_sc_key -keyver 1 -newkeyver 1 -mac_key 404142434445464748494a4b4c4d4e4e -enc_key "
      "404142434445464748494a4b4c4d4e4e -kek_key 404142434445464748494a4b4c4d4e4e\n"
      "card_disconnect\ncard_connect\nopen_sc -security 3 -keyver 0 -key 404142434445464748494a4b4c4d4e4e\n"
      "put_sc_key -keyver 0 -newkeyver 2 -mac_key 58563362EC5A4541ABCD32B34B1EAE7D -enc_key "
      "F995D0A069335C7DF42E590317FFEA6D -kek_key 0A02A6D687406DCFA09DC70B3EDB7E38\ndelete_key -keyver 2 -noStop\n");
  ASSERT_TRUE(ran.has_value()) << ran.error().message << shell.output;
  EXPECT_TRUE(shell.card.keys().contains(2));
  EXPECT_EQ(shell.card.received.back(), "80E4000003D2010200");
}

TEST(Interpreter, TracesWhatIsPlainAndWhatIsSent) {
  Shell shell({0x02, 0x15});
  const auto ran = shell.interpreter.run("enable_trace\nenable_timer\n" + opening("1") + "get_status -element 80\n");
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  EXPECT_NE(shell.output.find("Command --> 80F28000024F0000\nWrapped command --> 84F280000A4F00"), std::string::npos)
      << shell.output;
  EXPECT_NE(shell.output.find("command time: 0 ms"), std::string::npos);
}

TEST(Interpreter, StoresData) {
  Shell shell({0x03, 0x70});
  const auto ran = shell.interpreter.run(opening("3") +
                                         "install_for_personalization -aid A00000015141434C00\nstore_data -data F100 "
                                         "-dataFormat 0x10\n");
  ASSERT_TRUE(ran.has_value()) << ran.error().message;
  ASSERT_EQ(shell.card.received.size(), 2U);
  EXPECT_EQ(shell.card.received[1], "80E2900002F100");
}

Plan plan_for(Bytes key) {
  Plan plan;
  plan.login.keys = gphost::KeyMaterial::one(gphost::default_key());
  plan.login.level = {0x03};
  PlannedPackage package;
  package.file = {"D0D1D2D3D4D501"_hex, "1.0", {"D0D1D2D3D4D50101"_hex}, Bytes(700, 0x11)};
  PlannedApplet applet;
  applet.parameters = "0102"_hex;
  applet.data = {"8001"_hex};
  package.applets.push_back(std::move(applet));
  plan.packages.push_back(std::move(package));
  plan.absent.push_back("A000000062"_hex);
  PlannedKeys keys;
  keys.version = 0x30;
  keys.keys = gphost::KeyMaterial::one(key, *scp::Diversification::parse("kdf3"));
  keys.replaces = 0x01;
  plan.keys.push_back(std::move(keys));
  return plan;
}

TEST(Plan, ChangesACardOnce) {
  Shell shell({0x03, 0x70});
  shell.card.packages["A000000062"] = {0x01, 0x00};
  const auto plan = plan_for(Bytes(16, 0x55));
  gphost::Session session(shell.card, shell.rng, shell.ledger);
  const auto first = apply(session, plan);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  std::vector<std::string> done;
  for (const auto& change : *first) {
    EXPECT_EQ(change.outcome, Outcome::kChanged) << change.what;
    done.push_back(change.what);
  }
  EXPECT_EQ(done, (std::vector<std::string>{"A000000062: deleted", "package D0D1D2D3D4D501: loaded",
                                            "applet D0D1D2D3D4D50101: installed and personalised",
                                            "keys of version 30: put"}));
  EXPECT_FALSE(shell.card.keys().contains(0x01));

  const auto second = apply(session, plan);
  ASSERT_TRUE(second.has_value()) << second.error().message;
  for (const auto& change : *second) EXPECT_EQ(change.outcome, Outcome::kUnchanged) << change.what;
  EXPECT_EQ(second->size(), 4U);
}

TEST(Plan, ReplacesKeysOfTheSameVersion) {
  Shell shell({0x03, 0x70});
  auto plan = plan_for(Bytes(16, 0x55));
  plan.keys.front().version = 0x01;
  plan.keys.front().replaces = 0;
  gphost::Session session(shell.card, shell.rng, shell.ledger);
  const auto first = apply(session, plan);
  ASSERT_TRUE(first.has_value()) << first.error().message;
  EXPECT_EQ(first->back().what, "keys of version 01: replaced");
  const auto second = apply(session, plan);
  ASSERT_TRUE(second.has_value()) << second.error().message;
  EXPECT_EQ(second->back().what, "keys of version 01: there");
}

TEST(Plan, LeavesNoInstanceThatIsNotFinished) {
  Shell shell({0x03, 0x70});
  const auto plan = plan_for(Bytes(16, 0x55));
  gphost::Session session(shell.card, shell.rng, shell.ledger);
  shell.card.takes_data = false;
  EXPECT_EQ(apply(session, plan).error().message,
            "STORE DATA of block 0: the card answers 6985 (no application is being personalised, or it does not take "
            "the data now)");
  EXPECT_TRUE(shell.card.applications.empty());
  shell.card.takes_data = true;
  const auto again = apply(session, plan);
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(shell.card.applications.size(), 1U);
}

TEST(Plan, SaysWhatFailed) {
  Shell shell({0x03, 0x70});
  auto plan = plan_for(Bytes(16, 0x55));
  plan.packages.front().file.applets.clear();
  gphost::Session session(shell.card, shell.rng, shell.ledger);
  EXPECT_EQ(apply(session, plan).error().message, "package D0D1D2D3D4D501 has 0 applets: the plan must name one");
}

}  // namespace
}  // namespace cose::admin
