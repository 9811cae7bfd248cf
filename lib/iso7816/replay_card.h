// SPDX-License-Identifier: Apache-2.0
// A card that answers from a recording.
//
// kStrict plays the recording once, line after line: what is asked has to be what comes next. For tests.
// kLookup answers a command with its next occurrence from the current place, going round at the end, and a reset with
// the next power-up; without one in the recording the answer to reset is kReplayAtr. For `replay:FILE`.
// The recording is shared and never changed. Errors: those recorded; kNotFound when the recording has no answer, the
// command named with its data hidden where it may be secret; kUnresponsive for a command to a card without power.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "iso7816/card.h"
#include "iso7816/card_source.h"
#include "iso7816/transcript.h"

namespace cose::iso7816 {

enum class ReplayMode { kStrict, kLookup };

// T=0 and T=1, nothing else said: TS T0 TD1 TD2 TCK.
inline constexpr std::array<std::uint8_t, 5> kReplayAtr = {0x3B, 0x80, 0x80, 0x01, 0x01};

class ReplayCard final : public Card {
 public:
  ReplayCard(std::shared_ptr<const Transcript> recording, ReplayMode mode);

  [[nodiscard]] Result<Bytes> power_up(ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

  // Nothing but comments is left.
  [[nodiscard]] bool at_end() const;

 private:
  [[nodiscard]] std::size_t next_event(std::size_t from) const;
  [[nodiscard]] std::string expectation() const;
  template <typename Event, typename Wanted>
  [[nodiscard]] const Event* take(Wanted wanted);
  template <typename Event, typename Wanted>
  [[nodiscard]] const Event* take_next(Wanted wanted);
  template <typename Event, typename Wanted>
  [[nodiscard]] const Event* look_up(Wanted wanted);

  std::shared_ptr<const Transcript> recording_;
  ReplayMode mode_;
  std::size_t place_ = 0;  // of the entry that comes next
  bool has_power_ = false;
};

// Each open() gives a card at the beginning of the same recording.
class ReplaySource final : public CardSource {
 public:
  ReplaySource(std::string uri, std::shared_ptr<const Transcript> recording, ReplayMode mode = ReplayMode::kLookup);

  [[nodiscard]] std::string uri() const override { return uri_; }
  [[nodiscard]] bool may_block() const override { return false; }
  [[nodiscard]] Presence presence() override { return Presence::kPresent; }
  [[nodiscard]] Result<std::unique_ptr<Card>> open() override;

 private:
  std::string uri_;
  std::shared_ptr<const Transcript> recording_;
  ReplayMode mode_;
};

}  // namespace cose::iso7816
