// SPDX-License-Identifier: Apache-2.0
// Cards that look like products: each tests/profiles/X.toml is a card that answers as X.answers says. Lines of those:
// `< PATTERN`, first of all the ATR, then the answer to the last `> HEX`.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "cap/assemble.h"
#include "cap/container.h"
#include "grid/slot_number.h"
#include "host/card_opener.h"
#include "host/card_profile_file.h"
#include "host/grid_service.h"
#include "host/serve_config.h"
#include "iso7816/octet_pattern.h"
#include "iso7816/response_apdu.h"
#include "scp/diversification.h"
#include "scp/host_channel.h"

namespace cose::host {
namespace {

using iso7816::CommandApdu;

std::string text_of(const std::string& file) {
  std::stringstream text;
  text << std::ifstream(file).rdbuf();
  return text.str();
}

// uicc.toml has a package beside it: probe.jca of tests/gpcard.
std::string folder_with_packages() {
  // Tests run side by side.
  const auto* const test = ::testing::UnitTest::GetInstance()->current_test_info();
  auto folder = ::testing::TempDir() + "profiles_" + test->test_suite_name() + "_" + test->name();
  std::ranges::replace(folder.begin() + static_cast<std::ptrdiff_t>(::testing::TempDir().size()), folder.end(), '/',
                       '_');
  std::filesystem::copy(COSE_TESTS_DIR "/profiles", folder,
                        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
  const auto components = cap::assemble(text_of(COSE_TESTS_DIR "/gpcard/probe.jca")).value();
  const auto cap = cap::write_load_file(components, cap::WithDescriptor::kYes).value();
  std::ofstream(folder + "/uicc.cap", std::ios::binary) << as_text(cap);
  return folder;
}

class CardProducts : public ::testing::TestWithParam<std::string> {};

TEST_P(CardProducts, AnswerAsTheirProfileSays) {
  const cose::testing::ManualClock clock;
  CardOpener opener(clock);
  const auto source = opener.source("sim:?profile=" + folder_with_packages() + "/" + GetParam() + ".toml");
  ASSERT_TRUE(source.has_value()) << source.error().message;
  const auto card = (*source)->open().value();
  auto answer = card->power_up(iso7816::ResetKind::kCold).value();
  std::ifstream lines(COSE_TESTS_DIR "/profiles/" + GetParam() + ".answers");
  ASSERT_TRUE(lines.is_open());
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("> ")) answer = iso7816::transceive(*card, from_loose_hex(line.substr(2)).value()).value();
    if (!line.starts_with("< ")) continue;
    const auto pattern = iso7816::OctetPattern::parse(line.substr(2));
    ASSERT_TRUE(pattern.has_value()) << line;
    EXPECT_TRUE(pattern->matches(answer)) << line << "\nfound " << to_hex(answer);
  }
}

INSTANTIATE_TEST_SUITE_P(Profiles, CardProducts, ::testing::Values("jcop", "open-platform", "uicc"),
                         [](const auto& each) {
                           auto name = each.param;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

// The document lists every key in the tables of "Keys of the file"; each is used in a profile here.
TEST(CardProfileDocument, ListsKeysThatAreTested) {
  const auto document = text_of(COSE_TESTS_DIR "/../docs/formats/card-profile.md");
  auto tables = document.substr(document.find("## Keys of the file"));
  tables = tables.substr(0, tables.find("\n## ", 4));
  std::string profiles;
  for (const auto* const name : {"jcop", "open-platform", "uicc"})
    profiles += text_of(std::string(COSE_TESTS_DIR "/profiles/") + name + ".toml");
  std::size_t keys = 0;
  std::istringstream lines(tables);
  for (std::string line; std::getline(lines, line);) {
    const std::regex key("`([a-z_]+)`");
    const auto row = line.substr(0, line.find('|', line.find('|', 1) + 1));
    // Behind a colon it says what a key means.
    const auto columns = row.substr(0, row.find(':'));
    for (auto at = std::sregex_iterator(columns.begin(), columns.end(), key); at != std::sregex_iterator(); ++at) {
      ++keys;
      EXPECT_NE(profiles.find((*at)[1].str() + " ="), std::string::npos) << (*at)[1];
    }
  }
  EXPECT_GT(keys, 30U);
}

struct Opened {
  Bytes diversification;
  bool own_keys = false;
};

// INITIALIZE UPDATE and EXTERNAL AUTHENTICATE with the keys that the card's own data gives.
Result<Opened> open_with_diversified_keys(iso7816::Card& card) {
  COSE_CHECK(card.power_up(iso7816::ResetKind::kCold));
  const Bytes challenge{1, 2, 3, 4, 5, 6, 7, 8};
  COSE_TRY(const auto command, (CommandApdu{0x80, 0x50, 0x00, 0x00, challenge, 256}.encode()));
  COSE_TRY(const auto octets, iso7816::transceive(card, command));
  COSE_TRY(const auto response, iso7816::ResponseApdu::parse(octets));
  COSE_TRY(const auto parsed, scp::InitializeUpdateAnswer::parse(response.data));
  COSE_TRY(const auto scheme, scp::Diversification::parse("kdf3"));
  COSE_TRY(const auto masters,
           scp::KeySet::from_one(0x30, scp::KeyAlgorithm::kAes, *from_hex("404142434445464748494A4B4C4D4E4F")));
  COSE_TRY(const auto keys, scheme.derive(masters, parsed.key_diversification));
  COSE_TRY(const auto started, scp::authenticate({parsed.protocol, keys, challenge, parsed, {0x33}}));
  COSE_TRY(const auto authenticate, started.external_authenticate.encode());
  COSE_TRY(const auto done, iso7816::transceive(card, authenticate));
  return Opened{parsed.key_diversification, done == Bytes{0x90, 0x00}};
}

TEST(RackOfSoftwareCards, HasAsManyAsItWasToldEachWithKeysOfItsOwn) {
  const cose::testing::ManualClock clock;
  NullLog log;
  const auto folder = folder_with_packages();
  auto config = ServeConfig::parse(
      "[[rack]]\nlisten = \"127.0.0.1:0\"\ncount = 20\ncards = \"sim:?profile=jcop.toml\"\n", "serve.toml", folder);
  ASSERT_TRUE(config.has_value()) << config.error().message;
  ASSERT_EQ(config->racks.at(0).slots.size(), 20U);
  const auto service = GridService::start(*config, clock, log);
  ASSERT_TRUE(service.has_value()) << service.error().message;
  const auto grid = "grid://" + (*service)->listeners().front().endpoint.text() + "/";
  std::vector<Bytes> names;
  CardOpener opener(clock);
  for (const auto& [slot, uri] : config->racks.at(0).slots) {
    const auto source = opener.source(grid + slot.text());
    ASSERT_TRUE(source.has_value()) << source.error().message;
    const auto card = (*source)->open();
    ASSERT_TRUE(card.has_value()) << card.error().message;
    const auto opened = open_with_diversified_keys(**card);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_TRUE(opened->own_keys);
    names.push_back(opened->diversification);
  }
  // Serial numbers from the profile's first on, in the order of the slots.
  EXPECT_EQ(to_hex(names.front()), "00003095000012340000");
  EXPECT_EQ(to_hex(names.back()), "00003095000012470000");
  std::ranges::sort(names);
  EXPECT_EQ(std::ranges::adjacent_find(names), names.end());
}

TEST(RackOfSoftwareCards, TakesNoMoreThanItHasRoomFor) {
  const auto parsed = [](const std::string& lines) { return ServeConfig::parse("[[rack]]\n" + lines, "f", ""); };
  EXPECT_EQ(parsed("count = 416").value().racks.at(0).slots.size(), 416U);
  EXPECT_FALSE(parsed("count = 417").has_value());
  EXPECT_FALSE(parsed("count = 416\n[rack.slots]\n101 = \"echo:\"").has_value());
  EXPECT_EQ(parsed("count = 415\n[rack.slots]\n101 = \"echo:\"").value().racks.at(0).slots.size(), 416U);
}

}  // namespace
}  // namespace cose::host
