// SPDX-License-Identifier: Apache-2.0
#include "iso7816/replay_card.h"

#include <algorithm>
#include <utility>

#include "iso7816/masking.h"

namespace cose::iso7816 {

namespace {

std::string_view name_of(ResetKind kind) {
  return kind == ResetKind::kCold ? "* cold" : "* warm";
}

// What the user of the card would have to do to get this event, for an error message.
struct ActionName {
  std::string operator()(const Comment&) const { return "#"; }
  std::string operator()(const PowerUp& up) const { return std::string(name_of(up.kind)); }
  std::string operator()(const PowerDown&) const { return "* off"; }
  std::string operator()(const Exchange& exchange) const { return "> " + loggable_command(exchange.command); }
};

Status answer_with(const Result<OctetPattern>& answer, Bytes& buffer) {
  if (!answer) return std::unexpected(answer.error());
  if (!answer->is_exact())
    return fail(ErrorKind::kUnsupported, "the recorded answer has wildcards: " + answer->to_string());
  const auto octets = answer->octets();
  buffer.assign(octets.begin(), octets.end());
  return {};
}

}  // namespace

ReplayCard::ReplayCard(std::shared_ptr<const Transcript> recording, ReplayMode mode)
    : recording_(std::move(recording)), mode_(mode) {
  COSE_ASSERT(recording_ != nullptr);
}

std::size_t ReplayCard::next_event(std::size_t from) const {
  const auto& entries = recording_->entries;
  while (from < entries.size() && std::holds_alternative<Comment>(entries[from].event)) ++from;
  return from;
}

bool ReplayCard::at_end() const {
  return next_event(place_) == recording_->entries.size();
}

// Whether the recording was spent, or what it holds next.
std::string ReplayCard::expectation() const {
  if (mode_ == ReplayMode::kLookup) return "the recording has no such entry";
  const auto at = next_event(place_);
  if (at == recording_->entries.size()) return "the recording is at its end";
  const auto& entry = recording_->entries[at];
  return "the recording has " + std::visit(ActionName{}, entry.event) + " in line " + std::to_string(entry.line);
}

template <typename Event, typename Wanted>
const Event* ReplayCard::take_next(Wanted wanted) {
  const auto at = next_event(place_);
  if (at == recording_->entries.size()) return nullptr;
  const auto* event = std::get_if<Event>(&recording_->entries[at].event);
  if (event == nullptr || !wanted(*event)) return nullptr;
  place_ = at + 1;
  return event;
}

template <typename Event, typename Wanted>
const Event* ReplayCard::look_up(Wanted wanted) {
  const auto& entries = recording_->entries;
  for (std::size_t step = 0; step < entries.size(); ++step) {
    const auto at = (place_ + step) % entries.size();
    const auto* event = std::get_if<Event>(&entries[at].event);
    if (event == nullptr || !wanted(*event)) continue;
    place_ = at + 1;
    return event;
  }
  return nullptr;
}

template <typename Event, typename Wanted>
const Event* ReplayCard::take(Wanted wanted) {
  return mode_ == ReplayMode::kStrict ? take_next<Event>(wanted) : look_up<Event>(wanted);
}

Result<Bytes> ReplayCard::power_up(ResetKind kind) {
  has_power_ = false;
  const bool any_kind = mode_ == ReplayMode::kLookup;
  const auto* up = take<PowerUp>([&](const PowerUp& candidate) { return any_kind || candidate.kind == kind; });
  if (up == nullptr && mode_ == ReplayMode::kStrict)
    return fail(ErrorKind::kNotFound, "no recorded answer to " + std::string(name_of(kind)) + ": " + expectation());
  Bytes atr(kReplayAtr.begin(), kReplayAtr.end());
  if (up != nullptr) COSE_CHECK(answer_with(up->answer, atr));
  has_power_ = true;
  return atr;
}

Status ReplayCard::transmit(ByteView command, Bytes& response) {
  if (!has_power_) return fail(ErrorKind::kUnresponsive, "the card has no power");
  const auto* exchange = take<Exchange>([&](const Exchange& candidate) { return equal(candidate.command, command); });
  if (exchange == nullptr)
    return fail(ErrorKind::kNotFound,
                "no recorded answer to command " + loggable_command(command) + ": " + expectation());
  return answer_with(exchange->answer, response);
}

// A user may part from the card where the recording simply stops.
Status ReplayCard::power_down() {
  if (!has_power_) return {};
  has_power_ = false;
  if (mode_ == ReplayMode::kLookup || at_end()) return {};
  const auto* down = take_next<PowerDown>([](const PowerDown&) { return true; });
  if (down == nullptr) return fail(ErrorKind::kNotFound, "no recorded answer to * off: " + expectation());
  return down->outcome;
}

ReplaySource::ReplaySource(std::string uri, std::shared_ptr<const Transcript> recording, ReplayMode mode)
    : uri_(std::move(uri)), recording_(std::move(recording)), mode_(mode) {}

Result<std::unique_ptr<Card>> ReplaySource::open() {
  return std::make_unique<ReplayCard>(recording_, mode_);
}

}  // namespace cose::iso7816
