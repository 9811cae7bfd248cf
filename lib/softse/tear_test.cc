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
            to_hex(each.privileges.octets()) + " of " + std::to_string(each.domain) + " " +
            to_hex(each.implicit_selection) + "\n";
  for (const auto& [slot, each] : registry.all<gpcard::LoadFile>())
    text += "file " + to_hex(each.aid) + " of " + std::to_string(each.domain) + "\n";
  for (const auto& [slot, each] : registry.all<gpcard::Key>())
    text += "key " + std::to_string(each.domain) + " " + to_hex(Bytes{each.version, each.id}) + " " +
            to_hex(each.components[0].value.view()) + "\n";
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

const std::string kMakeDomain = "s> 80E60C00[[A0000001515350][A000000151535041][D0D1D2D3D4][80][C900][]]00";
const std::string kThreeKeys =
    " 80 10 {dek 505152535455565758595A5B5C5D5E5F} 00 80 10 {dek 606162636465666768696A6B6C6D6E6F} 00 80 10 "
    "{dek 707172737475767778797A7B7C7D7E7F} 00] 00";

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
    {"replace_keys", {"s> 80D80081 [02" + kThreeKeys}, "s> 80D80281 [03" + kThreeKeys},
    {"delete_keys", {"s> 80D80081 [02" + kThreeKeys, "s> 80D80081 [03" + kThreeKeys}, "s> 80E40000 [D2 [02]] 00"},
    {"make_selectable",
     {kLoad, "load hello.jca", "s> 80E60400[" + kHello + kApplet + kApplet + "[00][C900][]]00"},
     "s> 80E60800[[][]" + kApplet + "[00][][]]00"},
    {"combined",
     {"s> 80E60E01[" + kHello + "[][][][]]00", "load hello.jca"},
     "s> 80E60E03[[]" + kApplet + kApplet + "[00][C900][]]00"},
    {"make_default", {kLoad, "load hello.jca"}, "s> 80E60C00[" + kHello + kApplet + kApplet + "[04][C900][]]00"},
    {"extradite_application",
     {kLoad, "load hello.jca", kInstall, kMakeDomain},
     "s> 80E61000[[D0D1D2D3D4][]" + kApplet + "[][][]]00"},
    {"extradite_file", {kLoad, "load hello.jca", kMakeDomain}, "s> 80E61000[[D0D1D2D3D4][]" + kHello + "[][][]]00"},
    {"update_registry",
     {kLoad, "load hello.jca", kInstall, kMakeDomain},
     "s> 80E64000[[D0D1D2D3D4][]" + kApplet + "[06][EF[CF[42]]][]]00"},
    {"delete_domain", {kMakeDomain}, "s> 80E40000[4F05D0D1D2D3D4]00"},
    {"lock_domain",
     {kLoad, "load hello.jca", kInstall, kMakeDomain, "s> 80E61000[[D0D1D2D3D4][]" + kApplet + "[][][]]00"},
     "s> 80F06080[D0D1D2D3D4]"},
    {"card_state", {}, "s> 80F08007"},
    {"rename", {}, "s> 80E29000[4F 07 D2760000850101]"},
    {"part_of_cplc", {}, "s> 80E28800[9F66 08 0102030405060708]"},
    {"key_with_certificates",
     {"s> 80D80011 [01 {private p256:card} 00] 00"},
     "s> 80E29000 [A6 [83 [1101]] 70 [93 [010203]] BF21 [7F2100]]"},
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
    // The issuer's domain answers, whoever is selected by default.
    const auto selected = iso7816::transceive(**card, Bytes{0x00, 0xA4, 0x04, 0x00, 0x00}).value();
    EXPECT_EQ(to_hex(ByteView(selected).last(2)), "9000");
    EXPECT_EQ(iso7816::transceive(**card, Bytes{0x80, 0xCA, 0x9F, 0x7F, 0x00}).value().size(), 47U);
  }
  EXPECT_GT(old, 0U);
  EXPECT_LT(old, torn.size());
}

INSTANTIATE_TEST_SUITE_P(Changes, Tear, ::testing::ValuesIn(kChanges),
                         [](const auto& each) { return std::string(each.param.name); });

// What an application makes of its data is its own affair; the registry stays what it is.
TEST(TearOfPersonalization, leaves_the_registry_as_it_was) {
  Dialogue dialogue;
  for (const std::string line : {"card serial=1", "open level=03", "s> 80E60200[[A0000000620305][][][][]]00",
                                 "load probe.jca", "s> 80E60C00[[A0000000620305][A000000062030501][][00][C900][]]00",
                                 "< 009000", "s> 80E62000[[][][A000000062030501][][][]]00", "< 009000"}) {
    const auto done = dialogue.line(line);
    ASSERT_TRUE(done.has_value()) << line << ": " << done.error().message;
  }
  auto& memory = dialogue.card().runtime().machine().heap().memory();
  const auto before = shown(dialogue.card().manager().registry());
  std::vector<jcvm::Snapshot> torn;
  memory.set_write_hook([&] { torn.push_back(memory.snapshot()); });
  ASSERT_TRUE(dialogue.line("s> 80E28800[0101 03 AABBCC]").has_value());
  memory.set_write_hook({});
  ASSERT_TRUE(dialogue.line("< 9000").has_value()) << to_hex(dialogue.answer());
  ASSERT_FALSE(torn.empty());
  for (const auto& snapshot : torn) {
    const auto card = dialogue.factory().restore(snapshot);
    ASSERT_TRUE(card.has_value()) << card.error().message;
    EXPECT_EQ(shown((*card)->manager().registry()), before);
  }
}

}  // namespace
}  // namespace cose::softse
