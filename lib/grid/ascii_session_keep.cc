// SPDX-License-Identifier: Apache-2.0
// The part of a session that outlives its connection: KEEP, commands with ids, and what is parked.
#include <utility>

#include "grid/ascii_session.h"
#include "grid/detail/result_line.h"
#include "grid/detail/told_access.h"
#include "grid/racs_session.h"
#include "grid/run_length.h"

namespace cose::grid {

void append_result(std::string& to, const WorkResult& result) {
  if (!result) return append_reply(to, reply_code_for(result.error().kind), result.error().message);
  to += "000 ";
  append_run_length(to, *result);
}

void finish_parked(KeptUse& use, const WorkResult& result) {
  auto orphan = std::exchange(use.orphan, std::nullopt);
  if (!orphan) return;
  orphan->work.command = orphan->command;
  if (use.access != nullptr)
    detail::tell_access(*use.access, orphan->seid, orphan->slot, orphan->work, result, use.powered);
  if (orphan->id == 0) return;
  std::string reply;
  use.front == KeptUse::Front::kRacs ? append_racs_result(reply, result) : append_result(reply, result);
  use.last[orphan->slot] = {orphan->id, std::move(orphan->command), std::move(reply)};
}

void release_parked(SessionContext& context, Parked which) {
  if (context.keeps == nullptr) return;
  for (const auto owner :
       context.keeps->expired(which == Parked::kAll ? Nanoseconds::max() : context.clock.monotonic())) {
    for (const auto slot : context.keeps->find_owner(owner)->slots) {
      if (!context.slots.is_owner(slot, owner)) continue;
      context.service.release(slot, owner);
      context.slots.release(slot);
      context.log.write(LogLevel::kInfo, "slot.not_taken_up", {{"slot", slot.text()}});
    }
    context.keeps->drop(owner);
  }
}

void AsciiSession::keep() {
  if (context_.keeps == nullptr) return reply(ReplyCode::kUnknownCommand);
  if (kept_ != nullptr || !owned_.empty()) return reply(ReplyCode::kKeepTooLate);
  request_.key.empty() ? keep_new() : take_up();
}

void AsciiSession::keep_new() {
  auto made = context_.keeps->make(kKeptOwner | id_);
  if (!made) return reply(ReplyCode::kInternal, made.error().message);
  kept_ = *made;
  kept_->attached = this;
  kept_->secured = secure_state_ == SecureState::kSecured;
  if (access_ != nullptr) kept_->user = access_->user();
  output_ += "000 ";
  output_ += kept_->key;
  end_line();
}

void AsciiSession::take_up() {
  auto* use = context_.keeps->find(request_.key);
  // A key that was given inside TLS and comes in clear has been stolen.
  if (use == nullptr || use->front != KeptUse::Front::kAscii ||
      use->secured != (secure_state_ == SecureState::kSecured))
    return reply(ReplyCode::kNothingKept);
  // And so has one that another user shows.
  if (context_.access && context_.access(visitor())->user() != use->user) return reply(ReplyCode::kNothingKept);
  // The grid may not have noticed yet that the way to the client broke.
  if (use->attached != nullptr) use->attached->surrender();
  kept_ = use;
  kept_->attached = this;
  owned_ = std::exchange(kept_->slots, {});
  log(LogLevel::kInfo, "session.taken_up");
  if (kept_->orphan)
    running_ = Running{Verb::kKeep, kept_->orphan->slot, kept_->orphan->work.kind};
  else
    end_take_up();
}

// With the end of what ran: until then the access is where that is told.
void AsciiSession::end_take_up() {
  powered_ = std::exchange(kept_->powered, {});
  if (kept_->access != nullptr) {
    access_ = std::move(kept_->access);
    access_->moved(visitor());
  }
  output_ += owned_.empty() ? "000 OK" : "000";
  for (const auto slot : owned_) output_ += " " + slot.text();
  end_line();
}

void AsciiSession::surrender() {
  park();
  kept_ = nullptr;
  leaving_ = true;
  reply(ReplyCode::kTakenUp);
  closing_ = true;
}

void AsciiSession::park() {
  kept_->slots = std::exchange(owned_, {});
  if (!running_ || running_->verb != Verb::kKeep) {
    kept_->powered = std::exchange(powered_, {});
    kept_->access = std::move(access_);
  }
  const bool is_numbered = request_.verb == Verb::kApdu && request_.key.empty();
  if (const auto running = std::exchange(running_, std::nullopt); running && running->verb != Verb::kKeep)
    kept_->orphan = KeptUse::Orphan{running->slot, seid_of(running->slot), work_of(*running),
                                    is_numbered ? request_.id : 0, request_.command};
  context_.keeps->park(*kept_, context_.clock.monotonic());
  log(LogLevel::kInfo, "session.parked");
  kept_ = nullptr;
}

bool AsciiSession::answer_from_memory() {
  if (request_.verb != Verb::kApdu || request_.id == 0) return false;
  if (kept_ == nullptr) {
    reply(ReplyCode::kNotKept);
    return true;
  }
  const auto found = kept_->last.find(*request_.slot);
  if (found == kept_->last.end() || request_.id > found->second.id) return false;
  if (request_.id == found->second.id && equal(request_.command, found->second.command)) {
    output_ += found->second.reply;
    end_line();
  } else {
    reply(ReplyCode::kStaleCommand);
  }
  return true;
}

void AsciiSession::remember(std::string_view reply) {
  kept_->last[*request_.slot] = {request_.id, request_.command, std::string(reply)};
}

void AsciiSession::name_request(std::string_view key) {
  request_name_ = secure_state_ == SecureState::kSecured ? "keep-tls " : "keep ";
  if (access_ != nullptr) request_name_.append(access_->user()).append(" ");
  request_name_.append(key).append(" ").append(std::to_string(request_.id));
}

void AsciiSession::recall() {
  name_request(request_.key);
  run({.kind = SlotWork::Kind::kRecall, .command = request_.command, .request = as_bytes(request_name_)});
}

void AsciiSession::end_vain_recall(const Error& error) {
  if (error.kind == ErrorKind::kNotFound) return reply(ReplyCode::kNotExecuted);
  if (error.kind == ErrorKind::kInvalid) return reply(ReplyCode::kStaleCommand);
  reply(reply_code_for(error.kind), error.message);
}

}  // namespace cose::grid
