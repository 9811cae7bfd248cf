// SPDX-License-Identifier: Apache-2.0
#include "grid/accounted_access.h"

#include <algorithm>
#include <utility>

namespace cose::grid {

namespace {

using Kind = Refusal::Kind;

constexpr std::size_t kHeader = 4;

Refusal no_audit() {
  return {Kind::kNoAudit, "the audit log cannot be written"};
}

void set_header(AuditEvent& event, ByteView command) {
  if (command.size() < kHeader) return;
  std::ranges::copy(command.first(kHeader), event.header.emplace().begin());
}

AuditAction action_for(Restart how) {
  switch (how) {
    case Restart::kPowerUp: return AuditAction::kPowerUp;
    case Restart::kCold: return AuditAction::kReset;
    case Restart::kWarm: break;
  }
  return AuditAction::kWarmReset;
}

}  // namespace

void AccountBook::tidy(const std::string& user, Nanoseconds now) {
  const auto found = accounts_.find(user);
  if (found == accounts_.end()) return;
  const auto& account = found->second;
  // The bucket counts on: who leaves and comes again must not find it full.
  if (account.sessions == 0 && account.elements == 0 && account.commands.is_full(now)) accounts_.erase(found);
}

AccountedAccess::AccountedAccess(std::unique_ptr<Access> access, AccountBook& book, Audit& audit, const Clock& clock,
                                 const Visitor& visitor)
    : access_(std::move(access)),
      book_(book),
      audit_(audit),
      clock_(clock),
      front_(visitor.front),
      session_(visitor.session),
      peer_(visitor.peer),
      identity_(visitor.identities.empty() ? std::string() : visitor.identities.front().value),
      name_(access_->user()) {}

AccountedAccess::~AccountedAccess() {
  while (!held_.empty()) gave_back(std::string(*held_.begin()));
  if (!admitted_) return;
  audit_.write(event(AuditAction::kLogout));
  auto* account = this->account();
  if (account == nullptr) return;
  --account->sessions;
  book_.tidy(name_, clock_.monotonic());
}

AccountBook::Account* AccountedAccess::account() {
  return name_.empty() ? nullptr : &book_.of(name_);
}

AuditEvent AccountedAccess::event(AuditAction action, std::string_view seid) const {
  AuditEvent made;
  made.action = action;
  made.front = front_;
  made.session = session_;
  made.peer = peer_;
  made.user = name_;
  made.identity = identity_;
  made.seid = seid;
  return made;
}

void AccountedAccess::write_refused(std::string_view seid, const Refusal& refusal, ByteView command) {
  auto written = event(AuditAction::kRefused, seid);
  set_header(written, command);
  written.detail = refusal.text;
  audit_.write(written);
}

std::optional<Refusal> AccountedAccess::admission() {
  auto refused = audit_.ready() ? access_->admission() : std::optional(no_audit());
  auto* account = this->account();
  if (!refused && account != nullptr && account->sessions >= access_->limits().sessions)
    refused = Refusal{Kind::kQuota, "as many sessions as you may have are open already"};
  if (refused) {
    auto written = event(AuditAction::kTurnedAway);
    written.detail = refused->text;
    audit_.write(written);
    return refused;
  }
  admitted_ = true;
  if (account != nullptr) ++account->sessions;
  audit_.write(event(AuditAction::kLogin));
  return std::nullopt;
}

void AccountedAccess::moved(const Visitor& visitor) {
  const auto detail = "takes up session " + std::to_string(session_);
  session_ = visitor.session;
  peer_ = visitor.peer;
  auto written = event(AuditAction::kLogin);
  written.detail = detail;
  audit_.write(written);
}

std::optional<Refusal> AccountedAccess::take_refusal(std::string_view seid) {
  if (!audit_.ready()) return no_audit();
  const auto limits = access_->limits();
  auto* account = this->account();
  if (account != nullptr && !account->commands.has_token(clock_.monotonic(), limits.commands))
    return Refusal{Kind::kNotNow, "more commands in a second than you may send"};
  if (held_.contains(seid)) return std::nullopt;
  if (held_.size() >= limits.elements_per_session || (account != nullptr && account->elements >= limits.elements))
    return Refusal{Kind::kQuota, "as many secure elements as you may have are yours already"};
  return access_->take(seid);
}

std::optional<Refusal> AccountedAccess::take(std::string_view seid) {
  auto refused = take_refusal(seid);
  if (refused) {
    write_refused(seid, *refused, {});
    return refused;
  }
  if (!held_.emplace(seid).second) return std::nullopt;
  if (auto* account = this->account()) ++account->elements;
  audit_.write(event(AuditAction::kLock, seid));
  return std::nullopt;
}

void AccountedAccess::gave_back(std::string_view seid) {
  const auto found = held_.find(seid);
  if (found == held_.end()) return;
  access_->gave_back(seid);
  if (auto* account = this->account()) --account->elements;
  audit_.write(event(AuditAction::kUnlock, seid));
  held_.erase(found);
}

void AccountedAccess::seized(std::string_view seid, SessionId owner) {
  auto written = event(AuditAction::kSeize, seid);
  const auto from = "from session " + std::to_string(owner);
  written.detail = from;
  audit_.write(written);
  access_->seized(seid, owner);
}

std::optional<Refusal> AccountedAccess::refusal(std::string_view seid, ByteView command) {
  auto refused = audit_.ready() ? access_->refusal(seid, command) : std::optional(no_audit());
  auto* account = this->account();
  if (!refused && account != nullptr && !account->commands.take(clock_.monotonic(), access_->limits().commands))
    refused = Refusal{Kind::kNotNow, "more commands in a second than you may send"};
  if (refused) write_refused(seid, *refused, command);
  return refused;
}

void AccountedAccess::answered(std::string_view seid, ByteView command, ByteView response) {
  access_->answered(seid, command, response);
  auto written = event(AuditAction::kCommand, seid);
  set_header(written, command);
  if (response.size() >= 2)
    written.status = static_cast<std::uint16_t>(response[response.size() - 2] << 8 | response[response.size() - 1]);
  audit_.write(written);
}

void AccountedAccess::failed(std::string_view seid, ByteView command, const Error& error) {
  access_->failed(seid, command, error);
  auto written = event(AuditAction::kFailed, seid);
  set_header(written, command);
  written.detail = error.message;
  audit_.write(written);
}

void AccountedAccess::restarted(std::string_view seid, Restart how) {
  access_->restarted(seid, how);
  // A reset is as much work as a command. It is done already: what comes next pays for it.
  if (auto* account = this->account()) account->commands.charge(clock_.monotonic(), access_->limits().commands);
  audit_.write(event(action_for(how), seid));
}

}  // namespace cose::grid
