// SPDX-License-Identifier: Apache-2.0
// Every expectation of tests/transcripts/iso7816 against the card that its line `# card: ...` names:
//   # card: echo:
//   # card: [completing] strict|lookup recordings/NAME.apdu
#include "iso7816/testing/transcript_runner.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/completing_card.h"
#include "iso7816/echo_card.h"
#include "iso7816/replay_card.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

std::filesystem::path transcripts() {
  return std::filesystem::path(COSE_TESTS_DIR) / "transcripts";
}

constexpr std::string_view kCardComment = "card: ";

Result<Transcript> load(const std::filesystem::path& path, Wildcards wildcards) {
  std::ifstream file(path);
  if (!file) return fail(ErrorKind::kNotFound, path.string());
  const std::string text(std::istreambuf_iterator<char>(file), {});
  return Transcript::parse(text, wildcards);
}

Result<std::unique_ptr<Card>> make_card(const std::string& description) {
  std::istringstream words(description);
  std::string word;
  words >> word;
  if (word == "echo:") return std::make_unique<EchoCard>();
  const bool is_completing = word == "completing";
  if (is_completing) words >> word;
  const auto mode = word == "strict" ? ReplayMode::kStrict : ReplayMode::kLookup;
  words >> word;
  COSE_TRY(auto recording, load(transcripts() / word, Wildcards::kRefused));
  auto card = std::make_unique<ReplayCard>(std::make_shared<const Transcript>(std::move(recording)), mode);
  if (is_completing) return std::make_unique<CompletingCard>(std::move(card));
  return card;
}

std::string card_of(const Transcript& expectation) {
  for (const auto& entry : expectation.entries)
    if (const auto* comment = std::get_if<Comment>(&entry.event); comment && comment->text.starts_with(kCardComment))
      return comment->text.substr(kCardComment.size());
  return "";
}

std::vector<std::string> expectation_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(transcripts() / "iso7816"))
    if (file.path().extension() == ".apdu") names.push_back(file.path().stem());
  std::ranges::sort(names);
  return names;
}

class Expectation : public ::testing::TestWithParam<std::string> {};

TEST_P(Expectation, IsMet) {
  const auto expectation = load(transcripts() / "iso7816" / (GetParam() + ".apdu"), Wildcards::kAllowed);
  ASSERT_TRUE(expectation.has_value()) << expectation.error().message;
  const auto card = make_card(card_of(*expectation));
  ASSERT_TRUE(card.has_value()) << card.error().message;
  const auto outcome = testing::run_expectation(**card, *expectation);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Expectation, ::testing::ValuesIn(expectation_names()),
                         [](const auto& expectation) { return expectation.param; });

std::string report_of(std::string_view expectation) {
  EchoCard card;
  const auto outcome = testing::run_expectation(card, Transcript::parse(expectation, Wildcards::kAllowed).value());
  return outcome ? "" : outcome.error().message;
}

TEST(TranscriptRunner, ReportsTheFirstDifference) {
  EXPECT_EQ(report_of("* cold *\n> 0001000001AA\n< ..9000\n* off\n"), "");
  EXPECT_EQ(report_of("* cold *\n# select\n> 00A40400\n< 6A82\n> 00A40400\n< 6A83\n"),
            "line 3: > 00A40400\n  expected 6A82\n  found    9000 (success)");
  EXPECT_EQ(report_of("* cold 3B*00\n"), "line 1: * cold 3B*00\n  expected 3B*00\n  found    3B80800101");
  EXPECT_EQ(report_of("> 00A40400\n< 9000\n"),
            "line 1: > 00A40400\n  expected 9000\n  found    ! unresponsive: the card has no power");
  EXPECT_EQ(report_of("> 00A40400\n! unresponsive: in other words\n"), "");
  EXPECT_EQ(report_of("> 00A40400\n! timeout: late\n"),
            "line 1: > 00A40400\n  expected ! timeout: late\n  found    ! unresponsive: the card has no power");
  EXPECT_EQ(report_of("* cold *\n> 00A40400\n! timeout: late\n"),
            "line 2: > 00A40400\n  expected ! timeout: late\n  found    9000 (success)");
  EXPECT_EQ(report_of("* off\n! busy: x\n"), "line 1: * off\n  expected ! busy: x\n  found    success");
}

}  // namespace
}  // namespace cose::iso7816
