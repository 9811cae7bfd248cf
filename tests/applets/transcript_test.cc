// SPDX-License-Identifier: Apache-2.0
// Plays every transcript of applets/ against a card with the applets in question, on our virtual machine.
#include <algorithm>

#include <gtest/gtest.h>

#include "applet_card.h"
#include "applet_transcript.h"
#include "iso7816/testing/transcript_runner.h"

namespace cose::applets {
namespace {

class Applets : public ::testing::TestWithParam<std::string> {};

TEST_P(Applets, Answer) {
  const auto loaded = load_transcript(GetParam());
  ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
  const auto card = AppletCard::make(loaded->card);
  ASSERT_TRUE(card.has_value()) << card.error().message;
  const auto outcome = iso7816::testing::run_expectation((*card)->card(), loaded->transcript);
  EXPECT_TRUE(outcome.has_value()) << outcome.error().message;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  auto name = info.param;
  std::ranges::replace_if(name, [](char character) { return character == '/' || character == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Applets, ::testing::ValuesIn(transcript_names()), test_name);

}  // namespace
}  // namespace cose::applets
