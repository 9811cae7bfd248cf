// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_card.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"

namespace cose::remote {

namespace {

const Bytes kShortestAtr = {0x3B, 0x00};
constexpr Nanoseconds kListTimeout = std::chrono::seconds(10);
constexpr Nanoseconds kFirstPause = std::chrono::milliseconds(50);
constexpr Nanoseconds kLongestPause = std::chrono::milliseconds(400);

Status outcome_of(const RacsResponse& response) {
  const auto* failure = response.failure();
  return failure == nullptr ? Status() : std::unexpected(refusal_of(*failure));
}

}  // namespace

RacsCard::RacsCard(std::shared_ptr<LineConnector> connector, std::string seid, RacsCardOptions options)
    : connector_(std::move(connector)),
      seid_(std::move(seid)),
      options_(options),
      client_(connector_, options.patience) {
  COSE_ASSERT(options_.keeping == Keeping::kOff || options_.clock != nullptr);
}

Nanoseconds RacsCard::left_until(Nanoseconds deadline) const {
  return std::max(deadline - options_.clock->monotonic(), Nanoseconds(0));
}

// One try may take half of what is left, so that a connection which died silently leaves time for another.
Result<RacsResponse> RacsCard::ask_until(const RacsBatch& batch, Nanoseconds patience) {
  if (!is_kept()) return client_.run(batch, patience);
  const auto deadline = options_.clock->monotonic() + patience;
  for (;;) {
    if (!client_.connected()) COSE_CHECK(come_back(deadline));
    auto response = client_.run(batch, left_until(deadline) / 2);
    if (client_.connected() || left_until(deadline) == Nanoseconds(0)) return response;
  }
}

Status RacsCard::come_back(Nanoseconds deadline) {
  auto pause = kFirstPause;
  for (;;) {
    auto taken = take_up(deadline);
    if (taken || !is_kept()) return taken;
    if (left_until(deadline) <= pause)
      return fail(ErrorKind::kTimeout, taken.error().message + "; what the last command did is unknown");
    connector_->pause(pause);
    pause = std::min(2 * pause, kLongestPause);
  }
}

Status RacsCard::take_up(Nanoseconds deadline) {
  COSE_CHECK(client_.connect(left_until(deadline)));
  COSE_TRY(const auto response, client_.run(RacsBatch().keep(key_), left_until(deadline)));
  const auto outcome = outcome_of(response);
  if (outcome) return {};
  // It was restarted, or the time was over: the element has been given back and the card reset.
  client_.close();
  key_.clear();
  return fail(ErrorKind::kClosed, connector_->address() + " does not keep the element any more (" +
                                      outcome.error().message + "); what the last command did is unknown");
}

Status RacsCard::connect_anew() {
  COSE_CHECK(client_.connect());
  if (options_.keeping == Keeping::kOff || !knows_keep_) return {};
  COSE_TRY(const auto response, client_.run(RacsBatch().keep({})));
  const auto& answer = response.answers.front();
  if (answer.success) {
    key_ = answer.text;
    return {};
  }
  knows_keep_ = false;
  // The author's server hangs up on what it does not know; others go on.
  if (answer.event == grid::RacsClass::kUnknown) return {};
  client_.close();
  return client_.connect();
}

// The last status is GET-ATR's, unless the command before it failed.
Result<Bytes> RacsCard::answer_to_reset(const RacsResponse& response) {
  if (!response.answers.front().success) return std::unexpected(refusal_of(response.answers.front()));
  if (response.answers.size() > 1 && response.answers[1].success) return from_hex(response.answers[1].text);
  return kShortestAtr;
}

Result<Bytes> RacsCard::power_up(iso7816::ResetKind kind) {
  const bool fresh = !is_reachable();
  if (fresh) COSE_CHECK(connect_anew());
  RacsBatch batch;
  fresh ? batch.power_on(seid_) : batch.reset(seid_, kind);
  if (knows_answers_to_reset_) batch.answer_to_reset(seid_);
  auto response = ask_until(batch, options_.patience);
  auto atr = response ? answer_to_reset(*response) : std::unexpected(std::move(response).error());
  if (!atr) {
    // Refused: nothing is held. Without an answer a kept element may be, and is taken up by the next try.
    if (fresh && client_.connected()) key_.clear();
    if (fresh) client_.close();
    return atr;
  }
  const auto* failure = response->failure();
  if (failure == nullptr) return atr;
  knows_answers_to_reset_ = false;
  if (failure->event == grid::RacsClass::kUnknown) return atr;
  // The author's server has hung up, and given the card back with that.
  client_.close();
  return power_up(kind);
}

Status RacsCard::transmit(ByteView command, Bytes& response) {
  if (!is_reachable()) return fail(ErrorKind::kClosed, "no connection to the grid; power the card up first");
  RacsApduOptions options;
  if (is_kept()) options.id = ++last_id_;
  COSE_TRY(const auto answered, ask_until(RacsBatch().apdu(seid_, command, options), options_.patience));
  COSE_CHECK(outcome_of(answered));
  COSE_TRY(response, from_hex(answered.answers.front().text));
  if (response.size() < 2) return fail(ErrorKind::kUnresponsive, "the grid's answer has no status word");
  return {};
}

Status RacsCard::power_down() {
  key_.clear();
  if (!client_.connected()) return {};
  const auto done = client_.run(RacsBatch().shut_down(seid_));
  client_.close();
  if (!done) return std::unexpected(done.error());
  return outcome_of(*done);
}

Status RacsCard::check() {
  if (!is_reachable()) return fail(ErrorKind::kClosed, "no connection to the grid's element");
  COSE_TRY(const auto response, ask_until(RacsBatch().power_on(seid_), kCheckTimeout));
  return outcome_of(response);
}

RacsInventory::RacsInventory(std::shared_ptr<LineConnector> connector, const Clock& clock, Backoff backoff,
                             Nanoseconds lifetime)
    : connector_(std::move(connector)), clock_(clock), backoff_(std::move(backoff)), lifetime_(lifetime) {}

const std::vector<std::string>& RacsInventory::names() {
  if (ask_again_ && clock_.monotonic() < *ask_again_) return seids_;
  auto names = RacsClient(connector_, kListTimeout).list();
  if (names) {
    backoff_.reset();
    std::ranges::sort(*names);
  }
  ask_again_ = clock_.monotonic() + (names ? lifetime_ : backoff_.next());
  seids_ = names ? *std::move(names) : std::vector<std::string>();
  return seids_;
}

iso7816::Presence RacsInventory::presence(std::string_view seid) {
  return std::ranges::binary_search(names(), seid) ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent;
}

RacsSource::RacsSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<RacsInventory> inventory,
                       std::string seid, RacsCardOptions options)
    : connector_(std::move(connector)), inventory_(std::move(inventory)), seid_(std::move(seid)), options_(options) {}

std::string RacsSource::uri() const {
  return "racs://" + connector_->address() + "/" + seid_;
}

Result<std::unique_ptr<iso7816::Card>> RacsSource::open() {
  return std::make_unique<RacsCard>(connector_, seid_, options_);
}

}  // namespace cose::remote
