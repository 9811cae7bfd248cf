// SPDX-License-Identifier: Apache-2.0
// The part of a session of RACS that outlives its connection: KEEP, commands with numbers, and what is parked.
#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "grid/detail/racs_text.h"
#include "grid/racs_session.h"

namespace cose::grid {

void append_racs_result(std::string& to, const WorkResult& result) {
  if (result) {
    to += '+';
    append_hex(to, *result);
    return;
  }
  to += '-';
  to += static_cast<char>('0' + static_cast<int>(detail::class_of(result.error().kind)));
  to += result.error().message;
}

void RacsSession::keep() {
  // As a server that keeps nothing: the client goes on without.
  if (context_.keeps == nullptr) return fail({RacsClass::kUnknown, RacsVerb::kNone, "Unknown command"});
  if (kept_ != nullptr || !held_.empty())
    return fail(RacsClass::kIllegal, "KEEP comes once, before the first secure element");
  request_.text.empty() ? keep_new() : take_up();
}

void RacsSession::keep_new() {
  auto made = context_.keeps->make(kKeptOwner | id_);
  if (!made) return fail(RacsClass::kSystem, made.error().message);
  kept_ = *made;
  kept_->attached = this;
  kept_->front = KeptUse::Front::kRacs;
  kept_->secured = context_.settings.channel == RacsSettings::Channel::kSecure;
  kept_->user = access_->user();
  succeed(kept_->key);
}

void RacsSession::take_up() {
  auto* use = context_.keeps->find(request_.text);
  // A key that another user shows has been stolen.
  if (use == nullptr || use->front != KeptUse::Front::kRacs || use->user != access_->user())
    return fail(RacsClass::kIllegalValue, "nothing is kept under this key");
  // The grid may not have noticed yet that the way to the client broke.
  if (use->attached != nullptr) use->attached->surrender();
  kept_ = use;
  kept_->attached = this;
  for (const auto slot : std::exchange(kept_->slots, {})) held_.push_back({slot, kept_->elements[slot], false});
  kept_->elements.clear();
  log(LogLevel::kInfo, "session.taken_up");
  if (kept_->orphan)
    running_ = Work{kept_->orphan->slot, Purpose::kTakeUp, kept_->orphan->work.kind};
  else
    end_take_up();
}

// With the end of what ran: until then the access is where that is told.
void RacsSession::end_take_up() {
  for (const auto slot : std::exchange(kept_->powered, {}))
    if (auto* element = held(slot)) element->powered = true;
  if (kept_->access != nullptr) {
    access_ = std::move(kept_->access);
    access_->moved({"racs", id_, peer_, identities_});
  }
  std::vector<std::string_view> names;
  for (const auto& each : held_) names.push_back(each.seid);
  succeed(plain_seid_list(names));
}

void RacsSession::surrender() {
  park();
  quitting_ = closing_ = true;
  log(LogLevel::kInfo, "session.surrendered");
}

void RacsSession::park() {
  const bool taking_up = running_ && running_->purpose == Purpose::kTakeUp;
  for (const auto& each : std::exchange(held_, {})) {
    kept_->slots.push_back(each.slot);
    kept_->elements[each.slot] = each.seid;
    if (each.powered && !taking_up) kept_->powered.push_back(each.slot);
  }
  if (!taking_up) kept_->access = std::move(access_);
  if (const auto running = std::exchange(running_, std::nullopt); running && !taking_up) {
    const bool numbered = running->kind == SlotWork::Kind::kTransmit;
    const auto reset = request_.warm ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
    kept_->orphan = KeptUse::Orphan{running->slot, kept_->elements[running->slot], SlotWork{running->kind, reset, {}},
                                    numbered ? request_.id : 0, numbered ? to_bytes(exchange_.command()) : Bytes()};
  }
  context_.keeps->park(*kept_, context_.clock.monotonic());
  log(LogLevel::kInfo, "session.parked");
  kept_ = nullptr;
}

bool RacsSession::answer_from_memory(SlotNumber slot) {
  if (request_.id == 0) return false;
  const auto found = kept_->last.find(slot);
  if (found == kept_->last.end() || request_.id > found->second.id) return false;
  if (request_.id != found->second.id || !equal(request_.command, found->second.command)) {
    fail(RacsClass::kIllegal, "this ID was used for another command, or a later one has been");
    return true;
  }
  const std::string_view reply = found->second.reply;
  if (reply.starts_with('-')) {
    fail(static_cast<RacsClass>(reply[1] - '0'), reply.substr(2));
    return true;
  }
  exchange_.start(request_);
  take_answer(exchange_.take(from_hex(reply.substr(1)).value_or(Bytes())));
  return true;
}

void RacsSession::remember(const WorkResult& result) {
  if (kept_ == nullptr || request_.id == 0) return;
  std::string reply;
  append_racs_result(reply, result);
  kept_->last[*context_.seids.find(request_.seid)] = {request_.id, request_.command, std::move(reply)};
}

}  // namespace cose::grid
