// SPDX-License-Identifier: Apache-2.0
// What the runners of dialogues share about users: their policy, their quotas, and what the audit log says of them.
// The lines are described in tests/racs/README.md.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <sstream>
#include <string>

#include "bytes/hex.h"
#include "grid/accounted_access.h"
#include "grid/policy_access.h"
#include "grid/testing/script.h"

namespace cose::grid::testing {

// An event as one line: "command racs alice s 00B00000 9000".
class ListedAudit final : public Audit {
 public:
  [[nodiscard]] bool ready() override { return !broken; }
  void write(const AuditEvent& event) override {
    std::string line(to_string(event.action));
    line.append(" ").append(event.front).append(" ").append(event.user.empty() ? "-" : event.user);
    if (!event.seid.empty()) line.append(" ").append(event.seid);
    if (event.header) line.append(" ").append(to_hex(*event.header));
    if (event.status) {
      const std::uint8_t octets[] = {static_cast<std::uint8_t>(*event.status >> 8),
                                     static_cast<std::uint8_t>(*event.status)};
      line.append(" ").append(to_hex(octets));
    }
    if (!event.detail.empty()) line.append(" ").append(event.detail);
    lines.push_back(line);
  }

  std::deque<std::string> lines;
  bool broken = false;
};

class PolicyScript {
 public:
  explicit PolicyScript(const Clock& clock) : clock_(clock) {}

  // Nothing: no line of this kind. Else what went wrong, or "".
  std::optional<std::string> control(const std::string& word, const std::string& rest) {
    std::istringstream words(rest);
    std::string first;
    std::string second;
    words >> first >> second;
    if (word == "role") return role(first, rest);
    if (word == "allow") return allow(first, rest);
    if (word == "filter") return parse_filters(role_named(first).filters, second);
    if (word == "user") return user(first, rest);
    if (word == "limit") return limit(first, rest);
    if (word == "as") return names_[first] = second, "";
    if (word == "audit") return audited(rest);
    if (word == "audit-broken") return audit_.broken = first == "yes", "";
    return std::nullopt;
  }

  [[nodiscard]] std::vector<Identity> identities(const std::string& connection) {
    return {{Identity::Kind::kCommonName, names_[connection]}};
  }

  [[nodiscard]] AccessMaker maker() {
    return [this](const Visitor& visitor) -> std::unique_ptr<Access> {
      std::unique_ptr<Access> access = std::make_unique<OpenAccess>();
      if (policy_ != nullptr) access = std::make_unique<PolicyAccess>(store_, visitor.identities);
      return std::make_unique<AccountedAccess>(std::move(access), book_, audit_, clock_, visitor);
    };
  }

 private:
  Role& role_named(const std::string& name) {
    const auto found = std::ranges::find(policy_->roles, name, &Role::name);
    return found == policy_->roles.end() ? policy_->roles.emplace_back(Role{name, Plane::kUser, {}, {}, {}}) : *found;
  }

  static std::string parse_filters(std::vector<ApduFilter>& filters, const std::string& text) {
    const auto number = [](const std::string& digits) {
      return static_cast<std::uint32_t>(std::stoul(digits, nullptr, 16));
    };
    filters.push_back({number(text.substr(0, 8)), number(text.substr(9))});
    return {};
  }

  // role NAME user|management SEID...
  std::string role(const std::string& name, const std::string& rest) {
    if (policy_ == nullptr) policy_ = std::make_shared<Policy>();
    std::istringstream words(rest);
    std::string word;
    words >> word >> word;
    auto& made = role_named(name);
    made.plane = word == "management" ? Plane::kManagement : Plane::kUser;
    while (words >> word) made.elements.push_back(word);
    return {};
  }

  // allow ROLE AID|default|any [MASK:PREFIX]...
  std::string allow(const std::string& name, const std::string& rest) {
    std::istringstream words(rest);
    std::string word;
    words >> word >> word;
    ApplicationGrant grant;
    if (word == "default")
      grant.kind = ApplicationGrant::Kind::kDefault;
    else if (word == "any")
      grant.kind = ApplicationGrant::Kind::kAny;
    else
      grant.aid = from_hex(word).value();
    while (words >> word) parse_filters(grant.filters, word);
    role_named(name).applications.push_back(grant);
    return {};
  }

  // user NAME MAXIMUM ROLE... whose certificate has his name.
  std::string user(const std::string& name, const std::string& rest) {
    std::istringstream words(rest);
    std::string word;
    unsigned maximum = 0;
    words >> word >> maximum;
    User made{name, {{Identity::Kind::kCommonName, name}}, {}, {}};
    made.limits.elements_per_session = maximum;
    while (words >> word) made.roles.push_back(word);
    std::erase_if(policy_->users, [&](const User& each) { return each.name == name; });
    policy_->users.push_back(made);
    return put_in_force();
  }

  // limit NAME cards|sessions|rate|burst N
  std::string limit(const std::string& name, const std::string& rest) {
    std::istringstream words(rest);
    std::string what;
    unsigned number = 0;
    words >> what >> what >> number;
    for (auto& user : policy_->users) {
      if (user.name != name) continue;
      if (what == "cards") user.limits.elements = number;
      if (what == "sessions") user.limits.sessions = number;
      if (what == "rate") user.limits.commands.per_second = number;
      if (what == "burst") user.limits.commands.burst = number;
    }
    return put_in_force();
  }

  // A policy in force does not change; another one takes its place.
  std::string put_in_force() {
    policy_ = std::make_shared<Policy>(*policy_);
    store_.replace(policy_);
    const auto checked = policy_->check();
    return checked ? "" : checked.error().message;
  }

  // The next event; "nothing" when there must be none, "..." skips what there is.
  std::string audited(const std::string& expected) {
    if (expected == "...") return audit_.lines.clear(), "";
    if (audit_.lines.empty()) return expected == "nothing" ? "" : "nothing was written down";
    const auto line = audit_.lines.front();
    audit_.lines.pop_front();
    return matches(expected, line) ? "" : "written down: " + line;
  }

  const Clock& clock_;
  ListedAudit audit_;
  AccountBook book_;
  std::shared_ptr<Policy> policy_;  // null: everything is allowed
  PolicyStore store_{nullptr};
  std::map<std::string, std::string> names_;
};

}  // namespace cose::grid::testing
