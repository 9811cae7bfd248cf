// SPDX-License-Identifier: Apache-2.0
// Explores the recordings tests/kiosk/*.apdu and compares with the tree in the .txt beside each. A new case is a new
// recording; with COSE_REBASE=1 in the environment the trees are written anew, to be read before they are committed.
#include "kiosk/explorer.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "iso7816/replay_card.h"
#include "kiosk/clf.h"

namespace cose::kiosk {
namespace {

std::string read_all(const std::filesystem::path& file) {
  std::ifstream stream(file);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

iso7816::Transcript transcript_of(const std::string& text) {
  auto parsed = iso7816::Transcript::parse(text);
  EXPECT_TRUE(parsed.has_value()) << parsed.error().message;
  return *std::move(parsed);
}

Result<Item> explore(iso7816::Transcript recording, const ExploreOptions& options = {}) {
  iso7816::ReplayCard card(std::make_shared<const iso7816::Transcript>(std::move(recording)),
                           iso7816::ReplayMode::kLookup);
  testing::ManualClock clock;
  testing::SeededRng rng{1};
  return Explorer(card, clock, rng, options).explore();
}

std::vector<std::filesystem::path> recordings() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/kiosk"))
    if (entry.path().extension() == ".apdu") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class Recorded : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(Recorded, ReadsAsWritten) {
  const auto item = explore(transcript_of(read_all(GetParam())));
  ASSERT_TRUE(item.has_value()) << item.error().message;
  auto tree = GetParam();
  tree.replace_extension(".txt");
  const auto text = to_text(*item, {.parts = true});
  if (std::getenv("COSE_REBASE") != nullptr) std::ofstream(tree) << text;
  EXPECT_EQ(text, read_all(tree));
}

// The same conversation in cardpeek's form reads the same.
TEST_P(Recorded, SurvivesCardpeeksForm) {
  const auto recording = transcript_of(read_all(GetParam()));
  auto again = parse_clf(to_clf(recording));
  ASSERT_TRUE(again.has_value()) << again.error().message;
  EXPECT_EQ(to_text(*explore(*std::move(again)), {}), to_text(*explore(recording), {}));
}

// In no form of output.
TEST_P(Recorded, ShowsNoAccountNumber) {
  const auto item = explore(transcript_of(read_all(GetParam())));
  ASSERT_TRUE(item.has_value());
  for (const auto& text : {to_text(*item, {}), to_xml(*item), to_html(*item)})
    EXPECT_EQ(text.find("4761739001010119"), std::string::npos);
}

// A card's texts are a stranger's: the one in two-applications.apdu has a cardholder called <script>.
TEST_P(Recorded, LetsNoMarkupThrough) {
  const auto item = explore(transcript_of(read_all(GetParam())));
  ASSERT_TRUE(item.has_value());
  for (const auto& text : {to_xml(*item), to_html(*item)}) EXPECT_EQ(text.find("<script>"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Files, Recorded, ::testing::ValuesIn(recordings()), [](const auto& tested) {
  auto name = tested.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST(Explorer, ShowsWholeAccountsToThoseWhoAsk) {
  ExploreOptions options;
  options.accounts = emv::Accounts::kWhole;
  const auto item = explore(transcript_of(read_all(COSE_TESTS_DIR "/kiosk/two-applications.apdu")), options);
  EXPECT_NE(to_text(*item, {}).find("4761739001010119"), std::string::npos);
}

TEST(Explorer, TakesACardWithoutAnything) {
  const auto silent = transcript_of("* cold 3B00\n");
  EXPECT_EQ(explore(silent).error().kind, ErrorKind::kNotFound) << "a recording without an answer";
}

TEST(Clf, RefusesWhatCardpeekDoesNotWrite) {
  for (const auto* text : {"X:00", "C:00A4", "C:00A40400:90:", "C:00A40400:9000:0", "R:zz"})
    EXPECT_EQ(parse_clf(text).error().kind, ErrorKind::kInvalid) << text;
  const auto read = parse_clf("# comment\r\nR:3B00\r\n\r\nC:00A40400:6A82:\r\n");
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(to_clf(*read), "R:3B00\nC:00A40400:6A82:\n");
}

}  // namespace
}  // namespace cose::kiosk
