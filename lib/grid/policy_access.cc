// SPDX-License-Identifier: Apache-2.0
#include "grid/policy_access.h"

#include <algorithm>
#include <set>
#include <utility>

namespace cose::grid {

PolicyAccess::PolicyAccess(const PolicyStore& store, std::vector<Identity> identities)
    : store_(store), identities_(std::move(identities)) {}

std::string PolicyAccess::user() const {
  const auto* user = store_.current()->find_user(identities_);
  return user == nullptr ? std::string() : user->name;
}

UserLimits PolicyAccess::limits() const {
  const auto* user = store_.current()->find_user(identities_);
  return user == nullptr ? UserLimits{.elements_per_session = 0} : user->limits;
}

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

std::vector<Bytes> PolicyAccess::applications(std::string_view seid) const {
  std::set<Bytes> found;
  for (const auto* role : roles(*store_.current(), seid))
    for (const auto& grant : role->applications)
      if (grant.kind == ApplicationGrant::Kind::kNamed) found.insert(grant.aid);
  return {found.begin(), found.end()};
}

bool PolicyAccess::may_administer(std::string_view seid) const {
  return std::ranges::any_of(roles(*store_.current(), seid),
                             [](const Role* role) { return role->plane == Plane::kManagement; });
}

std::optional<Refusal> PolicyAccess::refusal(std::string_view seid, ByteView command) {
  const auto parsed = iso7816::CommandApduView::parse(command);
  if (!parsed) return Refusal{Refusal::Kind::kForbidden, "no command of ISO/IEC 7816-4"};
  auto reason = guard(seid).refusal(*parsed, roles(*store_.current(), seid));
  if (!reason) return std::nullopt;
  return Refusal{Refusal::Kind::kForbidden, *std::move(reason)};
}

void PolicyAccess::answered(std::string_view seid, ByteView command, ByteView response) {
  if (const auto parsed = iso7816::CommandApduView::parse(command)) guard(seid).answered(*parsed, response);
}

void PolicyAccess::failed(std::string_view seid, ByteView, const Error&) {
  guard(seid).lose_track();
}

void PolicyAccess::restarted(std::string_view seid, Restart) {
  guard(seid).restart();
}

}  // namespace cose::grid
