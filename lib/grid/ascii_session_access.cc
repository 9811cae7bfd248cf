// SPDX-License-Identifier: Apache-2.0
// The part of a session that asks who may do what. Without a policy nothing of it happens.
#include <algorithm>

#include "grid/ascii_session.h"
#include "grid/detail/told_access.h"

namespace cose::grid {

namespace {

ReplyCode code_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::kForbidden: return ReplyCode::kUnauthorized;
    case Refusal::Kind::kQuota: return ReplyCode::kQuota;
    case Refusal::Kind::kNotNow: return ReplyCode::kTooFast;
    case Refusal::Kind::kNoAudit: break;
  }
  return ReplyCode::kNoAudit;
}

}  // namespace

bool AsciiSession::come_in() {
  if (access_ != nullptr || !context_.access) return true;
  access_ = context_.access(visitor());
  if (allow(access_->admission())) return true;
  closing_ = true;
  leaving_ = true;
  return false;
}

Visitor AsciiSession::visitor() const {
  return {"ascii", id_, peer_, peer_identities_};
}

bool AsciiSession::allow(const std::optional<Refusal>& refusal) {
  if (!refusal) return true;
  log(LogLevel::kInfo, "slot.refused", refusal->text);
  reply(code_of(refusal->kind), refusal->text);
  return false;
}

bool AsciiSession::may_take(SlotNumber slot) {
  return access_ == nullptr || allow(access_->take(seid_of(slot)));
}

std::string AsciiSession::seid_of(SlotNumber slot) const {
  return context_.seids == nullptr ? slot.text() : context_.seids->name_of(slot);
}

void AsciiSession::hide_cards(std::vector<BoardInventory>& boards) const {
  for (auto& board : boards) {
    const auto first = board.first.index();
    bool any = false;
    for (std::size_t position = 0; position < board.count; ++position) {
      const bool visible = may_see(SlotNumber::from_index(first + position));
      any = any || visible;
      if (!visible) board.present &= ~(0x80000000U >> position);
    }
    board.changed = board.changed && any;
  }
}

SlotWork AsciiSession::work_of(const Running& running) const {
  SlotWork work;
  work.kind = running.kind;
  work.reset = request_.reset;
  if (running.kind == SlotWork::Kind::kTransmit) work.command = request_.command;
  return work;
}

void AsciiSession::tell_access(const WorkResult& result, const Running& running) {
  if (access_ == nullptr) return;
  detail::tell_access(*access_, seid_of(running.slot), running.slot, work_of(running), result, powered_);
}

// An administrator may have taken some: they are not this session's any more.
void AsciiSession::drop_lost() {
  for (const auto slot : std::vector(owned_))
    if (!context_.slots.is_owner(slot, owner())) forget(slot);
}

void AsciiSession::seize(SlotNumber slot) {
  const auto from = context_.slots.owner(slot);
  context_.service.seize(slot);
  context_.slots.release(slot);
  access_->seized(seid_of(slot), from);
  log(LogLevel::kWarning, "slot.seized", slot.text());
  reply(ReplyCode::kOk);
}

}  // namespace cose::grid
