// SPDX-License-Identifier: Apache-2.0
#include "grid/policy.h"

#include <algorithm>
#include <set>

namespace cose::grid {

namespace {

// ISO/IEC 7816-5: an application identifier has 5 to 16 octets.
constexpr std::size_t kShortestAid = 5;
constexpr std::size_t kLongestAid = 16;

std::unexpected<Error> wrong(std::string text) {
  return fail(ErrorKind::kInvalid, "policy: " + std::move(text));
}

bool covers(std::string_view pattern, std::string_view seid) {
  if (!pattern.ends_with('*')) return pattern == seid;
  return seid.starts_with(pattern.substr(0, pattern.size() - 1));
}

Status check_role(const Role& role) {
  if (role.name.empty()) return wrong("a role without a name");
  for (const auto& grant : role.applications) {
    const bool named = grant.kind == ApplicationGrant::Kind::kNamed;
    if (named && (grant.aid.size() < kShortestAid || grant.aid.size() > kLongestAid))
      return wrong("role " + role.name + ": an AID has 5 to 16 octets");
  }
  return {};
}

}  // namespace

Status Policy::check() const {
  std::set<std::string_view> role_names;
  for (const auto& role : roles) {
    COSE_CHECK(check_role(role));
    if (!role_names.insert(role.name).second) return wrong("two roles " + role.name);
  }
  std::set<std::string_view> user_names;
  std::set<std::pair<Identity::Kind, std::string_view>> identities;
  for (const auto& user : users) {
    if (user.name.empty() || !user_names.insert(user.name).second)
      return wrong("users need names of their own, found '" + user.name + "' again");
    for (const auto& identity : user.identities)
      if (identity.value.empty() || !identities.insert({identity.kind, identity.value}).second)
        return wrong("user " + user.name + ": an identity that is empty or another user's");
    for (const auto& role : user.roles)
      if (!role_names.contains(role)) return wrong("user " + user.name + ": there is no role " + role);
  }
  return {};
}

const User* Policy::find_user(const std::vector<Identity>& identities) const {
  const User* found = nullptr;
  for (const auto& user : users) {
    const bool named = std::ranges::any_of(identities, [&](const Identity& identity) {
      return std::ranges::find(user.identities, identity) != user.identities.end();
    });
    if (named && found != nullptr) return nullptr;
    if (named) found = &user;
  }
  return found;
}

std::vector<const Role*> Policy::roles_for(const User& user, std::string_view seid) const {
  std::vector<const Role*> found;
  for (const auto& role : roles) {
    if (std::ranges::find(user.roles, role.name) == user.roles.end()) continue;
    if (std::ranges::any_of(role.elements, [&](std::string_view pattern) { return covers(pattern, seid); }))
      found.push_back(&role);
  }
  return found;
}

}  // namespace cose::grid
