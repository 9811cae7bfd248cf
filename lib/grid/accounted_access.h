// SPDX-License-Identifier: Apache-2.0
// An access with accounts: puts a user's quotas and rates around what a policy allows, and writes down in the audit log
// what comes of it. The one place where both happen, for every front end.
//
// AccountBook is a rack's, shared by its sessions: how many sessions and secure elements a user has there, and how fast
// he goes. It holds users of the policy only, so it cannot grow beyond them. What it and an access refer to outlives
// both. One thread, the rack's.
#pragma once

#include <map>
#include <set>
#include <string>

#include "bytes/clock.h"
#include "grid/access.h"
#include "grid/audit.h"
#include "grid/token_bucket.h"

namespace cose::grid {

class AccountBook {
 public:
  struct Account {
    unsigned sessions = 0;
    unsigned elements = 0;
    TokenBucket commands;
  };

  // Of a user that has a name.
  [[nodiscard]] Account& of(const std::string& user) { return accounts_[user]; }
  // An account with nothing in it is forgotten.
  void tidy(const std::string& user, Nanoseconds now);
  [[nodiscard]] std::size_t size() const { return accounts_.size(); }

 private:
  std::map<std::string, Account> accounts_;
};

class AccountedAccess final : public Access {
 public:
  AccountedAccess(std::unique_ptr<Access> access, AccountBook& book, Audit& audit, const Clock& clock,
                  const Visitor& visitor);
  ~AccountedAccess() override;

  [[nodiscard]] std::string user() const override { return access_->user(); }
  [[nodiscard]] UserLimits limits() const override { return access_->limits(); }
  [[nodiscard]] std::optional<Refusal> admission() override;
  void moved(const Visitor& visitor) override;
  [[nodiscard]] bool may_use(std::string_view seid) const override { return access_->may_use(seid); }
  [[nodiscard]] std::vector<Bytes> applications(std::string_view seid) const override {
    return access_->applications(seid);
  }
  [[nodiscard]] bool may_administer(std::string_view seid) const override { return access_->may_administer(seid); }
  [[nodiscard]] std::optional<Refusal> take(std::string_view seid) override;
  void gave_back(std::string_view seid) override;
  void seized(std::string_view seid, SessionId owner) override;
  [[nodiscard]] std::optional<Refusal> refusal(std::string_view seid, ByteView command) override;
  void answered(std::string_view seid, ByteView command, ByteView response) override;
  void failed(std::string_view seid, ByteView command, const Error& error) override;
  void restarted(std::string_view seid, Restart how) override;

 private:
  [[nodiscard]] std::optional<Refusal> take_refusal(std::string_view seid);
  // Null for somebody without a name, who has no limits of his own.
  [[nodiscard]] AccountBook::Account* account();
  [[nodiscard]] AuditEvent event(AuditAction action, std::string_view seid = {}) const;
  void write_refused(std::string_view seid, const Refusal& refusal, ByteView command);

  std::unique_ptr<Access> access_;
  AccountBook& book_;
  Audit& audit_;
  const Clock& clock_;
  std::string front_;
  SessionId session_;
  std::string peer_;
  std::string identity_;
  std::string name_;  // at admission: what was counted then is given back to the same account
  bool admitted_ = false;
  std::set<std::string, std::less<>> held_;
};

}  // namespace cose::grid
