// SPDX-License-Identifier: Apache-2.0
// Cuts the power at every single write of every command of the transcripts that say what their state is. What a card
// shows afterwards must be what it showed before the command or what it shows after it, and nothing between.
#include <algorithm>
#include <optional>

#include <gtest/gtest.h>

#include "applet_card.h"
#include "applet_transcript.h"
#include "bytes/hex.h"

namespace cose::applets {
namespace {

using iso7816::Exchange;
using iso7816::TranscriptEntry;

constexpr std::uint8_t kInsSelect = 0xA4;

bool is_select(const Exchange& exchange) {
  return exchange.command.size() > 5 && exchange.command[1] == kInsSelect && exchange.command[2] == 0x04;
}

// The machine under the transcript: made anew for each cut, driven up to one command.
class TornCard {
 public:
  explicit TornCard(const AppletTranscript& script) : script_(script), card_(*AppletCard::make(script.card)) {}

  void play(std::size_t entries) {
    for (std::size_t index = 0; index < entries; ++index) play_one(script_.transcript.entries[index]);
  }

  // Plays the command at `entry` and cuts at its write number `cut`; nothing when it has fewer.
  std::optional<jcvm::Snapshot> cut(std::size_t entry, std::size_t cut) {
    std::optional<jcvm::Snapshot> left;
    std::size_t writes = 0;
    auto& memory = card_->runtime().machine().heap().memory();
    memory.set_write_hook([&] {
      if (writes++ == cut) left = memory.snapshot();
    });
    play_one(script_.transcript.entries[entry]);
    memory.set_write_hook({});
    return left;
  }

  [[nodiscard]] jcvm::Snapshot snapshot() { return card_->runtime().machine().heap().memory().snapshot(); }

  // What the card shows when it comes to power with this memory.
  std::string state_of(const jcvm::Snapshot& snapshot) {
    auto restored = card_->restored(snapshot);
    if (!restored) return "! " + restored.error().message;
    auto& card = (*restored)->card();
    std::string state = card.power_up(iso7816::ResetKind::kCold) ? "" : "no power; ";
    if (select_) state += answer(card, *select_);
    for (const auto& command : script_.state) state += answer(card, command);
    return state;
  }

 private:
  static std::string answer(iso7816::Card& card, ByteView command) {
    const auto response = iso7816::transceive(card, command);
    return (response ? to_hex(*response) : response.error().message) + "; ";
  }

  void play_one(const TranscriptEntry& entry) {
    auto& card = card_->card();
    if (const auto* up = std::get_if<iso7816::PowerUp>(&entry.event)) static_cast<void>(card.power_up(up->kind));
    const auto* exchange = std::get_if<Exchange>(&entry.event);
    if (exchange == nullptr) return;
    if (is_select(*exchange)) select_ = exchange->command;
    static_cast<void>(iso7816::transceive(card, exchange->command));
  }

  const AppletTranscript& script_;
  std::unique_ptr<AppletCard> card_;
  std::optional<Bytes> select_;
};

// Returns how many writes the command has.
std::size_t tear_command(const AppletTranscript& script, std::size_t entry) {
  TornCard whole(script);
  whole.play(entry);
  const auto before = whole.state_of(whole.snapshot());
  TornCard done(script);
  done.play(entry + 1);
  const auto after = done.state_of(done.snapshot());
  for (std::size_t cut = 0;; ++cut) {
    TornCard torn(script);
    torn.play(entry);
    const auto left = torn.cut(entry, cut);
    if (!left) return cut;
    const auto state = torn.state_of(*left);
    EXPECT_TRUE(state == before || state == after)
        << "line " << script.transcript.entries[entry].line << ", write " << cut << "\n  before " << before
        << "\n  after  " << after << "\n  found  " << state;
    if (::testing::Test::HasFailure()) return cut;
  }
}

class TornApplets : public ::testing::TestWithParam<std::string> {};

TEST_P(TornApplets, ShowTheStateBeforeOrAfter) {
  const auto script = load_transcript(GetParam());
  ASSERT_TRUE(script.has_value()) << script.error().message;
  const auto card = AppletCard::make(script->card);
  ASSERT_TRUE(card.has_value()) << card.error().message;
  std::size_t writes = 0;
  const auto& entries = script->transcript.entries;
  for (std::size_t entry = 0; entry < entries.size() && !HasFailure(); ++entry)
    if (std::holds_alternative<Exchange>(entries[entry].event)) writes += tear_command(*script, entry);
  EXPECT_GT(writes, 0U) << "a test that cut nothing";
}

std::vector<std::string> transcripts_with_state() {
  auto names = transcript_names();
  std::erase_if(names, [](const std::string& name) {
    const auto script = load_transcript(name);
    return !script || script->state.empty();
  });
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& info) {
  auto name = info.param;
  std::ranges::replace_if(name, [](char character) { return character == '/' || character == '-'; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, TornApplets, ::testing::ValuesIn(transcripts_with_state()), test_name);

}  // namespace
}  // namespace cose::applets
