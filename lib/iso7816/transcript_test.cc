// SPDX-License-Identifier: Apache-2.0
#include "iso7816/transcript.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "iso7816/transcript_sink.h"

namespace cose::iso7816 {
namespace {

using namespace literals;

constexpr std::string_view kPrinted =
    "# a payment card\n"
    "* cold 3B80800101\n"
    "> 00A4040007A0000000041010\n"
    "< 6F009000\n"
    "> 00B0000000\n"
    "! card removed: the card left the reader\n"
    "* warm\n"
    "! card removed\n"
    "* off\n"
    "! busy: somebody else\n"
    "* off\n";

TEST(Transcript, PrintsWhatItParses) {
  EXPECT_EQ(to_text(Transcript::parse(kPrinted).value()), kPrinted);
}

TEST(Transcript, TakesWhatPeopleWrite) {
  const auto transcript = Transcript::parse(
      "\r\n"
      "  #a payment card\r\n"
      "* cold 3b 80:80 01 01\n"
      "# powered\n"
      "\n"
      ">00 A4 04 00 07 A0000000041010  \n"
      "# between\n"
      "<6f00 9000");
  EXPECT_EQ(to_text(transcript.value()),
            "# a payment card\n"
            "* cold 3B80800101\n"
            "# powered\n"
            "# between\n"
            "> 00A4040007A0000000041010\n"
            "< 6F009000\n");
}

TEST(Transcript, HoldsEventsAndTheirLines) {
  const auto entries = Transcript::parse(kPrinted)->entries;
  ASSERT_EQ(entries.size(), 7U);
  EXPECT_EQ(std::get<Comment>(entries[0].event).text, "a payment card");
  EXPECT_EQ(std::get<PowerUp>(entries[1].event).answer, OctetPattern("3B80800101"_hex));
  EXPECT_EQ(std::get<Exchange>(entries[2].event).command, "00A4040007A0000000041010"_hex);
  EXPECT_EQ(std::get<Exchange>(entries[3].event).answer.error(),
            (Error{ErrorKind::kCardRemoved, "the card left the reader"}));
  EXPECT_EQ(std::get<PowerUp>(entries[4].event).kind, ResetKind::kWarm);
  EXPECT_EQ(std::get<PowerDown>(entries[5].event).outcome.error().kind, ErrorKind::kBusy);
  EXPECT_TRUE(std::get<PowerDown>(entries[6].event).outcome.has_value());
  EXPECT_EQ(entries[3].line, 5U);
}

TEST(Transcript, NamesEveryKindOfError) {
  for (int number = 0; number <= static_cast<int>(ErrorKind::kInternal); ++number) {
    const auto kind = static_cast<ErrorKind>(number);
    const auto text = "> 00\n! " + std::string(to_string(kind)) + ": why\n";
    const auto transcript = Transcript::parse(text);
    ASSERT_TRUE(transcript.has_value()) << text << transcript.error().message;
    EXPECT_EQ(to_text(*transcript), text);
  }
}

TEST(Transcript, KeepsAnErrorOnOneLine) {
  const TranscriptEntry entry{PowerDown{fail(ErrorKind::kIo, "one\ntwo\r\n> 00")}};
  EXPECT_EQ(to_text(entry), "* off\n! input/output: one two  > 00\n");
  EXPECT_EQ(to_text(TranscriptEntry{Comment{"a\n< 9000"}}), "# a < 9000\n");
}

TEST(Transcript, NamesTheLineOfAnError) {
  struct Case {
    const char* text;
    const char* message;
  };
  const Case cases[] = {
      {"# x\n9000", "line 2: expected a line that begins with #, *, >, < or !"},
      {"< 9000", "line 1: an answer without a command before it"},
      {"> 00\n< 9000\n< 9000", "line 3: an answer without a command before it"},
      {"* cold\n< 9000", "line 2: an answer without a command before it"},
      {"> 00\n> 01", "line 2: no answer to the command or reset of line 1"},
      {"> 00\n", "end of transcript: no answer to the command or reset of line 1"},
      {"* cold\n* off", "line 2: no answer to the command or reset of line 1"},
      {"> 0", "line 1: half an octet at position 1"},
      {"> 00\n< 90", "line 2: expected an answer of 2 to 65538 octets, found 1"},
      {"> 00\n< 90..", "line 2: a wildcard in a recording, where answers are exact"},
      {"* cold *", "line 1: a wildcard in a recording, where answers are exact"},
      {"* cold 3", "line 1: expected two hexadecimal digits, .. or * at column 1"},
      {"* hot", "line 1: expected cold, warm or off after *"},
      {"* off 00", "line 1: expected cold, warm or off after *"},
      {"*", "line 1: expected cold, warm or off after *"},
      {"> 00\n! late: x", "line 2: expected a kind of error after !, such as \"timeout: no answer\""},
      {"! timeout", "line 1: an error without a command before it"},
      {"* off\n# x\n! timeout", "line 3: an error without a command before it"},
      {"* cold 3B00\n! timeout", "line 2: an error after an answer to reset"},
  };
  for (const auto& [text, message] : cases) {
    const auto transcript = Transcript::parse(text);
    ASSERT_FALSE(transcript.has_value()) << text;
    EXPECT_EQ(transcript.error().message, message);
  }
}

TEST(Transcript, HasWildcardsInExpectations) {
  const std::string text = "* cold *\n> 00\n< 6F..*9000\n";
  EXPECT_EQ(to_text(Transcript::parse(text, Wildcards::kAllowed).value()), text);
}

TEST(Transcript, IsBounded) {
  const std::string longest_line = "#" + std::string(kMaximumTranscriptLine - 1, ' ');
  EXPECT_TRUE(Transcript::parse(longest_line).has_value());
  EXPECT_EQ(Transcript::parse(longest_line + " ").error().kind, ErrorKind::kLimit);

  std::string most_entries;
  for (std::size_t entry = 0; entry < kMaximumTranscriptEntries; ++entry) most_entries += "#\n";
  EXPECT_TRUE(Transcript::parse(most_entries).has_value());
  EXPECT_EQ(Transcript::parse(most_entries + "#\n").error().kind, ErrorKind::kLimit);

  EXPECT_EQ(Transcript::parse(std::string(kMaximumTranscriptSize + 1, '\n')).error().kind, ErrorKind::kLimit);
  EXPECT_FALSE(Transcript::parse("> " + std::string(131090, '0')).has_value());
  EXPECT_FALSE(Transcript::parse("> 00\n< " + std::string(131078, '0')).has_value());
  EXPECT_TRUE(Transcript::parse("> 00\n< " + std::string(131076, '0')).has_value());
}

TEST(TranscriptBuffer, IsBounded) {
  TranscriptBuffer buffer;
  for (std::size_t entry = 0; entry < kMaximumTranscriptEntries + 2; ++entry) buffer.append({Comment{}});
  EXPECT_EQ(buffer.transcript().entries.size(), kMaximumTranscriptEntries);
  EXPECT_EQ(buffer.dropped(), 2U);
}

}  // namespace
}  // namespace cose::iso7816
