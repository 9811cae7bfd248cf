// SPDX-License-Identifier: Apache-2.0
#include "grid/policy_access.h"

#include <utility>

namespace cose::grid {

PolicyAccess::PolicyAccess(const PolicyStore& store, std::vector<Identity> identities)
    : store_(store), identities_(std::move(identities)) {}

std::vector<const Role*> PolicyAccess::roles(const Policy& policy, std::string_view seid) const {
  const auto* user = policy.find_user(identities_);
  return user == nullptr ? std::vector<const Role*>() : policy.roles_for(*user, seid);
}

ApplicationGuard& PolicyAccess::guard(std::string_view seid) {
  const auto found = guards_.find(seid);
  return found != guards_.end() ? found->second : guards_[std::string(seid)];
}

bool PolicyAccess::may_use(std::string_view seid) const {
  return !roles(*store_.current(), seid).empty();
}

std::optional<std::string> PolicyAccess::refusal(std::string_view seid, ByteView command) {
  const auto parsed = iso7816::CommandApduView::parse(command);
  if (!parsed) return "no command of ISO/IEC 7816-4";
  return guard(seid).refusal(*parsed, roles(*store_.current(), seid));
}

void PolicyAccess::answered(std::string_view seid, ByteView command, ByteView response) {
  if (const auto parsed = iso7816::CommandApduView::parse(command)) guard(seid).answered(*parsed, response);
}

void PolicyAccess::restarted(std::string_view seid) {
  guard(seid).restart();
}

std::size_t PolicyAccess::maximum_elements() const {
  const auto* user = store_.current()->find_user(identities_);
  return user == nullptr ? 0 : user->maximum_elements;
}

}  // namespace cose::grid
