// SPDX-License-Identifier: Apache-2.0
#include "web/card_use.h"

#include <algorithm>
#include <utility>

#include "web/limits.h"

namespace cose::web {

using grid::SlotWork;

std::expected<std::unique_ptr<CardUse>, Problem> CardUse::open(CardDesk& desk, const Caller& caller,
                                                               std::string_view seid) {
  const auto slot = desk.seids.find(seid);
  if (!slot) return std::unexpected(Problem{404, "not found", "no such card"});
  std::unique_ptr<CardUse> use(new CardUse(desk, caller, seid, *slot));
  if (auto problem = use->lock()) return std::unexpected(*std::move(problem));
  return use;
}

CardUse::CardUse(CardDesk& desk, const Caller& caller, std::string_view seid, grid::SlotNumber slot)
    : desk_(desk),
      user_(caller.identities),
      seid_(seid),
      slot_(slot),
      owner_(desk.next_owner()),
      access_(desk.access({"http", owner_, caller.peer, caller.identities})) {
  desk_.uses.emplace(owner_, this);
}

std::optional<Problem> CardUse::lock() {
  // Whether it exists is nobody's business who may not use it.
  if (!access_->may_use(seid_)) return Problem{404, "not found", "no such card"};
  const auto owner = desk_.slots.check_owner(slot_, owner_);
  if (owner == grid::ReplyCode::kInUse) return Problem{409, "busy", "the card is in use"};
  if (owner != grid::ReplyCode::kNotInUse) return Problem{502, "card removed", "nothing is in this slot"};
  // What a session of RACS may hold, a client may hold by his sessions here, each of which has one card. This one
  // counts.
  const auto held = std::ranges::count_if(desk_.uses, [this](const auto& each) { return each.second->user_ == user_; });
  if (static_cast<std::size_t>(held) > access_->limits().elements_per_session)
    return Problem{429, "limit", "as many cards as you may have are yours already"};
  if (const auto refused = access_->admission()) return problem_of(*refused);
  if (const auto refused = access_->take(seid_)) return problem_of(*refused);
  static_cast<void>(desk_.slots.claim(slot_, owner_));
  return std::nullopt;
}

CardUse::~CardUse() {
  desk_.uses.erase(owner_);
  if (is_lost()) return;
  desk_.service.release(slot_, owner_);
  desk_.slots.release(slot_);
}

void CardUse::power_up(Done done) {
  begin(std::move(done), {.kind = SlotWork::Kind::kPowerUp, .command = {}});
}

void CardUse::reset(iso7816::ResetKind kind, Done done) {
  begin(std::move(done), {.kind = SlotWork::Kind::kReset, .reset = kind, .command = {}});
}

void CardUse::run(std::vector<Step> steps, Done done) {
  COSE_ASSERT(!is_busy());
  done_ = std::move(done);
  outcome_ = {};
  steps_ = std::move(steps);
  step_ = 0;
  octets_ = 0;
  outcome_.untouched = true;
  begin_step();
  pump();
}

void CardUse::begin(Done done, SlotWork work) {
  COSE_ASSERT(!is_busy());
  done_ = std::move(done);
  outcome_ = {};
  steps_.clear();
  reset_ = work.reset;
  if (may_go_on()) next_ = work;
  pump();
}

// Before each command, but not before what it brings along.
bool CardUse::may_go_on() {
  if (is_lost())
    fail_with({409, "busy", "an administrator took the card"});
  else if (const auto refused = access_->take(seid_))
    fail_with(problem_of(*refused));
  else
    return true;
  return false;
}

void CardUse::begin_step() {
  if (step_ == steps_.size() || !may_go_on()) return;
  auto& step = steps_[step_];
  grid::RacsRequest request;
  request.command = std::move(step.command);
  request.continue_on = step.continue_on;
  request.more_on = step.more_on;
  request.fetch = step.fetch;
  exchange_.start(request);
  name_ = std::move(step.name);
  send();
}

// The policy is asked about every single command, follow-ups too.
void CardUse::send() {
  if (const auto refused = access_->refusal(seid_, exchange_.command())) return fail_with(problem_of(*refused));
  next_ = {.kind = name_.empty() ? SlotWork::Kind::kTransmit : SlotWork::Kind::kOnce,
           .command = exchange_.command(),
           .request = as_bytes(name_)};
}

void CardUse::fail_with(Problem problem) {
  outcome_.problem = std::move(problem);
  steps_.clear();
}

void CardUse::pump() {
  while (next_) {
    const auto work = *std::exchange(next_, std::nullopt);
    if (is_lost()) {
      fail_with({409, "busy", "an administrator took the card"});
      break;
    }
    running_ = work.kind;
    outcome_.untouched = false;
    const auto result = desk_.service.start(slot_, work, owner_);
    if (!result) return;
    handle(*result);
  }
  exchange_.forget();
  std::vector<Step>().swap(steps_);
  const auto done = std::exchange(done_, nullptr);
  done(std::exchange(outcome_, {}));
}

void CardUse::finish(const grid::WorkResult& result) {
  if (!is_busy()) return;
  handle(result);
  pump();
}

void CardUse::handle(const grid::WorkResult& result) {
  if (!result) return end_failed(result.error());
  if (running_ == SlotWork::Kind::kTransmit || running_ == SlotWork::Kind::kOnce) return end_transmit(*result);
  const bool had_power = std::exchange(powered_, true);
  if (running_ == SlotWork::Kind::kReset)
    access_->restarted(seid_, reset_ == iso7816::ResetKind::kWarm ? grid::Restart::kWarm : grid::Restart::kCold);
  else if (!had_power)
    access_->restarted(seid_, grid::Restart::kPowerUp);
  atr_ = to_bytes(*result);
  outcome_.atr = atr_;
}

void CardUse::end_failed(const Error& error) {
  if (grid::took_power(running_, error)) powered_ = false;
  const bool command = running_ == SlotWork::Kind::kTransmit || running_ == SlotWork::Kind::kOnce;
  access_->failed(seid_, command ? exchange_.command() : ByteView(), error);
  fail_with(problem_of(error));
}

void CardUse::end_transmit(ByteView response) {
  access_->answered(seid_, exchange_.command(), response);
  switch (exchange_.take(response)) {
    case grid::RacsExchange::Step::kSend:
      // Another command, so another name.
      if (!name_.empty()) name_ += '+';
      return send();
    case grid::RacsExchange::Step::kTooLong: return fail_with({502, "limit", "the response has too many parts"});
    case grid::RacsExchange::Step::kNoAnswer: return fail_with({502, "unresponsive", "the card gave no status word"});
    case grid::RacsExchange::Step::kDone: return end_step();
  }
}

void CardUse::end_step() {
  octets_ += exchange_.response().size();
  if (octets_ > kMaximumBatchAnswer) return fail_with({502, "limit", "the answers to this batch are too long"});
  outcome_.responses.push_back(to_bytes(exchange_.response()));
  outcome_.stopped = exchange_.stops();
  if (outcome_.stopped) return;
  ++step_;
  begin_step();
}

}  // namespace cose::web
