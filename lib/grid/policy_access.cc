// SPDX-License-Identifier: Apache-2.0
#include "grid/policy_access.h"

#include <utility>

namespace cose::grid {

PolicyAccess::PolicyAccess(const PolicyStore& store, std::vector<Identity> identities)
    : store_(store), identities_(std::move(identities)) {}

const User* PolicyAccess::user() const {
  return store_.current()->find_user(identities_);
}

std::vector<const Role*> PolicyAccess::roles(std::string_view seid) const {
  const auto* known = user();
  return known == nullptr ? std::vector<const Role*>() : store_.current()->roles_for(*known, seid);
}

ApplicationGuard& PolicyAccess::guard(std::string_view seid) {
  const auto found = guards_.find(seid);
  return found != guards_.end() ? found->second : guards_[std::string(seid)];
}

bool PolicyAccess::may_use(std::string_view seid) const {
  return !roles(seid).empty();
}

std::optional<std::string> PolicyAccess::refusal(std::string_view seid, ByteView command) {
  const auto parsed = iso7816::CommandApduView::parse(command);
  if (!parsed) return "no command of ISO/IEC 7816-4";
  return guard(seid).refusal(*parsed, roles(seid));
}

void PolicyAccess::answered(std::string_view seid, ByteView command, ByteView response) {
  if (const auto parsed = iso7816::CommandApduView::parse(command)) guard(seid).answered(*parsed, response);
}

void PolicyAccess::restarted(std::string_view seid) {
  guard(seid).restart();
}

std::size_t PolicyAccess::maximum_elements() const {
  const auto* known = user();
  return known == nullptr ? 0 : known->maximum_elements;
}

}  // namespace cose::grid
