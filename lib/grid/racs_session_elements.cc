// SPDX-License-Identifier: Apache-2.0
// The part of a session that deals with secure elements: its commands, their locks, and the work on their cards.
#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "grid/detail/racs_text.h"
#include "grid/racs_session.h"

namespace cose::grid {

namespace {

Restart restart_of(SlotWork::Kind kind, bool warm) {
  if (kind == SlotWork::Kind::kPowerUp) return Restart::kPowerUp;
  return warm ? Restart::kWarm : Restart::kCold;
}

}  // namespace

// ---- commands ----

void RacsSession::execute() {
  switch (request_.verb) {
    case RacsVerb::kGetVersion: return succeed(detail::version(context_.settings.mode));
    case RacsVerb::kSetVersion: return set_version();
    case RacsVerb::kList: return list();
    case RacsVerb::kEcho: return succeed(request_.text);
    case RacsVerb::kSen:
      // Names of secure elements are their SEIDs here.
      if (!access_->may_use(request_.text) || !context_.seids.find(request_.text)) return refuse_seid();
      return succeed(request_.text);
    case RacsVerb::kGetSen:
      if (slot_of_seid()) succeed(request_.seid);
      return;
    case RacsVerb::kKeep: return keep();
    case RacsVerb::kQuit: quitting_ = true; return succeed("the session ends with this request");
    case RacsVerb::kShutdown:
      drop_lost();
      // What a session holds it may give back, even under a policy that hides it by now.
      if (const auto mine = std::ranges::find(held_, request_.seid, &Held::seid); mine != held_.end())
        plan({mine->slot, Purpose::kMain, SlotWork::Kind::kPowerDown});
      else if (const auto slot = slot_of_seid())
        shut_down(*slot);
      return pump();
    default: use_element(); return pump();
  }
}

void RacsSession::set_version() {
  if (detail::speaks_version(request_.text, context_.settings.mode))
    return succeed(detail::version_set_text(request_.text, context_.settings.mode));
  fail(RacsClass::kIllegalValue, "RACS " + std::string(request_.text) + " is not supported");
}

void RacsSession::list() {
  auto names = context_.seids.names();
  std::erase_if(names, [&](std::string_view name) { return !access_->may_use(name); });
  auto text = plain_seid_list(names);
  if (!reference() && text.size() > kLongestPlainList) text = compact_seid_list(names);
  if (reference() && !text.empty()) text += ' ';
  succeed(text);
}

std::optional<SlotNumber> RacsSession::slot_of_seid() {
  const auto slot = access_->may_use(request_.seid) ? context_.seids.find(request_.seid) : std::nullopt;
  if (!slot) refuse_seid();
  return slot;
}

RacsSession::Held* RacsSession::held(SlotNumber slot) {
  const auto found = std::ranges::find(held_, slot, &Held::slot);
  return found == held_.end() ? nullptr : &*found;
}

// An administrator may have taken some: they are not this session's any more.
void RacsSession::drop_lost() {
  std::erase_if(held_, [this](const Held& each) {
    if (!is_lost(each)) return false;
    access_->gave_back(each.seid);
    return true;
  });
}

// Says why not.
bool RacsSession::may_lock(SlotNumber slot, ReplyCode not_mine) {
  const bool needs_power = request_.verb == RacsVerb::kApdu || request_.verb == RacsVerb::kReset;
  if (not_mine == ReplyCode::kInUse)
    fail(RacsClass::kInUse, detail::in_use_text(context_.settings.mode));
  else if (reference() && needs_power && not_mine == ReplyCode::kNotInUse)
    fail(RacsClass::kInUse, "is powered off, POWERON is required");
  else if (!context_.slots.is_configured(slot))
    fail(RacsClass::kHardware, "nothing is in this slot");
  else
    return true;
  return false;
}

// The slot, owned by this session from now on; `fresh` if it was not before. Nothing: refused.
std::optional<SlotNumber> RacsSession::locked_slot(bool& fresh) {
  const auto slot = slot_of_seid();
  if (!slot) return std::nullopt;
  drop_lost();
  const auto not_mine = context_.slots.check_owner(*slot, owner());
  fresh = not_mine.has_value();
  if (fresh && !may_lock(*slot, *not_mine)) return std::nullopt;
  if (!fresh && held(*slot)->seid != request_.seid) {
    fail(RacsClass::kInUse, "is yours under another name");
    return std::nullopt;
  }
  if (const auto refused = access_->take(request_.seid)) {
    refuse(*refused);
    return std::nullopt;
  }
  if (!fresh) return slot;
  static_cast<void>(context_.slots.claim(*slot, owner()));
  held_.push_back({*slot, std::string(request_.seid)});
  return slot;
}

void RacsSession::use_element() {
  if (request_.id != 0 && kept_ == nullptr) return fail(RacsClass::kIllegal, "an ID needs KEEP first");
  bool fresh = false;
  const auto slot = locked_slot(fresh);
  if (!slot) return;
  // Draft §5: the first authorized command locks. What the policy refuses, neither locks nor powers.
  if (request_.verb == RacsVerb::kApdu) {
    if (!fresh && answer_from_memory(*slot)) return;
    if (const auto refused = access_->refusal(request_.seid, request_.command)) {
      if (fresh) forget(*slot);
      return refuse(*refused);
    }
    exchange_.start(request_);
  }
  if (fresh) return plan({*slot, Purpose::kPowerFirst, SlotWork::Kind::kPowerUp});
  if (reference() && request_.verb == RacsVerb::kPowerOn)
    return succeed("warning SEID " + std::string(request_.seid) + " was already powered, POWERON has been ignored");
  send_to_element();
}

// The work of the command itself, on a card that has power.
void RacsSession::send_to_element() {
  const auto slot = *context_.seids.find(request_.seid);
  const auto kind = request_.verb == RacsVerb::kApdu    ? SlotWork::Kind::kTransmit
                    : request_.verb == RacsVerb::kReset ? SlotWork::Kind::kReset
                                                        : SlotWork::Kind::kPowerUp;
  plan({slot, Purpose::kMain, kind});
}

void RacsSession::shut_down(SlotNumber slot) {
  const auto refusal = context_.slots.check_owner(slot, owner());
  if (refusal == ReplyCode::kInUse && !reference() && access_->may_administer(request_.seid)) return seize(slot);
  if (refusal == ReplyCode::kInUse) return fail(RacsClass::kInUse, detail::in_use_text(context_.settings.mode));
  if (!refusal) return fail(RacsClass::kInUse, "is yours under another name");
  // Nobody uses it: it has no power.
  if (refusal == ReplyCode::kNotInUse) return succeed(std::string(request_.seid) + " has been powered down");
  fail(RacsClass::kHardware, "nothing is in this slot");
}

// Its session finds out with its next command, and may lock the element again like anybody else.
void RacsSession::seize(SlotNumber slot) {
  const auto holder = context_.slots.owner(slot);
  context_.service.seize(slot);
  context_.slots.release(slot);
  access_->seized(request_.seid, holder);
  log(LogLevel::kWarning, "slot.seized", slot.text());
  succeed(std::string(request_.seid) + " has been powered down");
}

// ---- work ----

void RacsSession::pump() {
  while (next_) {
    // Another session may own it by now: an administrator came between two commands of a chain.
    if (!context_.slots.is_owner(next_->slot, owner())) {
      next_.reset();
      fail(RacsClass::kInUse, "an administrator took it");
      break;
    }
    running_ = *std::exchange(next_, std::nullopt);
    const auto reset = request_.warm ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
    const auto command = running_->kind == SlotWork::Kind::kTransmit ? exchange_.command() : ByteView();
    const auto result = context_.service.start(running_->slot, {running_->kind, reset, command}, owner());
    if (!result) return;
    const auto work = *std::exchange(running_, std::nullopt);
    handle(*result, work);
  }
  exchange_.forget();
}

void RacsSession::finish(const WorkResult& result) {
  COSE_ASSERT(running_.has_value());
  last_progress_ = context_.clock.monotonic();
  const auto work = *std::exchange(running_, std::nullopt);
  if (work.purpose == Purpose::kTakeUp) {
    finish_parked(*kept_, result);
    end_take_up();
  } else {
    handle(result, work);
  }
  pump();
  process();
}

void RacsSession::handle(const WorkResult& result, const Work& work) {
  if (work.kind == SlotWork::Kind::kPowerDown) {
    if (!result) context_.service.release(work.slot, owner());
    forget(work.slot);
    return succeed(std::string(request_.seid) + " has been powered down");
  }
  if (!result) return end_failed(result.error(), work);
  if (work.kind == SlotWork::Kind::kTransmit) return end_transmit(result);
  auto* element = held(work.slot);
  // A card that had power has only said its answer to reset again, and all is selected there that was.
  if (work.kind == SlotWork::Kind::kReset || !std::exchange(element->powered, true))
    access_->restarted(element->seid, restart_of(work.kind, request_.warm));
  const bool more_to_do = request_.verb == RacsVerb::kApdu || (request_.verb == RacsVerb::kReset && request_.warm);
  if (work.purpose == Purpose::kPowerFirst && more_to_do) return send_to_element();
  end_element(result, work.slot);
}

void RacsSession::end_failed(const Error& error, const Work& work) {
  if (took_power(work.kind, error)) held(work.slot)->powered = false;
  if (work.kind == SlotWork::Kind::kTransmit) remember(std::unexpected(error));
  access_->failed(request_.seid, work.kind == SlotWork::Kind::kTransmit ? exchange_.command() : ByteView(), error);
  if (work.purpose == Purpose::kPowerFirst) {
    context_.service.release(work.slot, owner());
    forget(work.slot);
  }
  fail(detail::class_of(error.kind), error.message);
}

void RacsSession::end_element(const WorkResult& result, SlotNumber slot) {
  const std::string seid(request_.seid);
  log(LogLevel::kInfo, "slot.use", slot.text());
  switch (request_.verb) {
    case RacsVerb::kReset: return succeed(seid + (request_.warm ? " Warm Reset Done" : " Reset Done"));
    case RacsVerb::kGetAtr: return succeed(to_hex(*result));
    default: return succeed(seid + " Has been powered up");
  }
}

void RacsSession::end_transmit(const WorkResult& result) {
  access_->answered(request_.seid, exchange_.command(), *result);
  remember(result);
  take_answer(exchange_.take(*result));
}

void RacsSession::take_answer(RacsExchange::Step step) {
  switch (step) {
    case RacsExchange::Step::kSend:
      // FETCH is the client's: without this it would be a way around the policy.
      if (const auto refused = access_->refusal(request_.seid, exchange_.command())) return refuse(*refused);
      return send_to_element();
    case RacsExchange::Step::kTooLong: return fail(RacsClass::kExecution, "the response has too many parts");
    case RacsExchange::Step::kNoAnswer: return fail(RacsClass::kHardware, "the card gave no status word");
    case RacsExchange::Step::kDone: break;
  }
  if (reference() && exchange_.response().size() > detail::kReferenceResponse) {
    fail(RacsClass::kInUse, "response overflow");
    return disconnect();
  }
  if (exchange_.stops())
    return fail(RacsClass::kExecution, detail::wrong_status_text(exchange_.status(), context_.settings.mode));
  succeed(to_hex(exchange_.response()));
}

void RacsSession::forget(SlotNumber slot) {
  if (!context_.slots.is_owner(slot, owner())) return drop_lost();
  access_->gave_back(held(slot)->seid);
  std::erase_if(held_, [&](const Held& each) { return each.slot == slot; });
  context_.slots.release(slot);
}

void RacsSession::release_all() {
  for (const auto& each : std::exchange(held_, {})) {
    if (is_lost(each)) continue;
    context_.service.release(each.slot, owner());
    context_.slots.release(each.slot);
    log(LogLevel::kInfo, "slot.free", each.slot.text());
  }
}

}  // namespace cose::grid
