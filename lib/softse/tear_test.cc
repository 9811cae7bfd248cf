// SPDX-License-Identifier: Apache-2.0
// The power goes at each write of each change of content: what comes back has the old registry or the new one.
#include <gtest/gtest.h>

#include "gpcard/key_store.h"
#include "softse/testing/dialogue.h"

namespace cose::softse {
namespace {

using testing::Dialogue;

// Everything that a client can tell registries apart by.
std::string shown(const gpcard::Registry& registry) {
  std::string text;
  for (const auto& [slot, each] : registry.all<gpcard::Application>())
    text += "application " + to_hex(each.aid) + " " + to_hex(Bytes{each.state}) + " " +
            to_hex(each.privileges.octets()) + " of " + std::to_string(each.domain) + "\n";
  for (const auto& [slot, each] : registry.all<gpcard::LoadFile>()) text += "file " + to_hex(each.aid) + "\n";
  for (const auto& [slot, each] : registry.all<gpcard::Key>())
    text += "key " + std::to_string(each.domain) + " " + to_hex(Bytes{each.version, each.id}) + "\n";
  for (const auto& [slot, each] : registry.all<gpcard::DataObject>())
    text += "data " + std::to_string(each.tag) + " " + to_hex(each.value) + "\n";
  return text + "card " + to_hex(Bytes{registry.card().state}) + "\n";
}

struct Change {
  const char* name;
  std::vector<std::string> before;
  std::string command;
};

const std::string kHello = "[A0000000620301]";
const std::string kApplet = "[A000000062030101]";
const std::string kLoad = "s> 80E60200[" + kHello + "[][][][]]00";
const std::string kInstall = "s> 80E60C00[" + kHello + kApplet + kApplet + "[00][C900][]]00";

const std::vector<Change> kChanges = {
    {"load", {kLoad}, "load hello.jca"},
    {"install", {kLoad, "load hello.jca"}, kInstall},
    {"delete_application", {kLoad, "load hello.jca", kInstall}, "s> 80E40000[4F08A000000062030101]00"},
    {"delete_all", {kLoad, "load hello.jca", kInstall}, "s> 80E40080[4F07A0000000620301]00"},
    {"make_domain", {}, "s> 80E60C00[[A0000001515350][A000000151535041][D0D1D2D3D4][80][C900][]]00"},
    {"put_keys",
     {},
     "s> 80D80081 [01 80 10 {dek 404142434445464748494A4B4C4D4E4F} 00 80 10 {dek 404142434445464748494A4B4C4D4E4F} 00 "
     "80 10 {dek 404142434445464748494A4B4C4D4E4F} 00] 00"},
    {"store_data", {}, "s> 80E29000[42 03 112233 45 02 4455]"},
    {"lock", {kLoad, "load hello.jca", kInstall}, "s> 80F04080[A000000062030101]"},
};

class Tear : public ::testing::TestWithParam<Change> {};

TEST_P(Tear, leaves_the_old_registry_or_the_new_one) {
  Dialogue dialogue;
  ASSERT_TRUE(dialogue.line("card serial=1").has_value());
  ASSERT_TRUE(dialogue.line("open level=03").has_value());
  for (const auto& line : GetParam().before) {
    const auto done = dialogue.line(line);
    ASSERT_TRUE(done.has_value()) << line << ": " << done.error().message;
    ASSERT_TRUE(dialogue.line("< *9000").has_value()) << line << ": " << to_hex(dialogue.answer());
  }
  auto& memory = dialogue.card().runtime().machine().heap().memory();
  const auto before = shown(dialogue.card().manager().registry());
  std::vector<jcvm::Snapshot> torn;
  memory.set_write_hook([&] { torn.push_back(memory.snapshot()); });
  const auto done = dialogue.line(GetParam().command);
  memory.set_write_hook({});
  ASSERT_TRUE(done.has_value()) << done.error().message;
  ASSERT_TRUE(dialogue.line("< *9000").has_value()) << to_hex(dialogue.answer());
  torn.push_back(memory.snapshot());
  const auto after = shown(dialogue.card().manager().registry());
  ASSERT_NE(before, after);
  std::size_t old = 0;
  for (std::size_t at = 0; at < torn.size(); ++at) {
    auto card = dialogue.factory().restore(torn[at]);
    ASSERT_TRUE(card.has_value()) << "write " << at << ": " << card.error().message;
    const auto now = shown((*card)->manager().registry());
    EXPECT_TRUE(now == before || now == after) << "write " << at << "\n" << now;
    old += now == before ? 1U : 0U;
    ASSERT_TRUE((*card)->power_up(iso7816::ResetKind::kCold).has_value());
    EXPECT_EQ(iso7816::transceive(**card, Bytes{0x80, 0xCA, 0x9F, 0x7F, 0x00}).value().size(), 47U);
  }
  EXPECT_GT(old, 0U);
  EXPECT_LT(old, torn.size());
}

INSTANTIATE_TEST_SUITE_P(Changes, Tear, ::testing::ValuesIn(kChanges),
                         [](const auto& each) { return std::string(each.param.name); });

}  // namespace
}  // namespace cose::softse
