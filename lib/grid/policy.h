// SPDX-License-Identifier: Apache-2.0
// Who may do what on a grid: identity -> user -> roles -> secure elements -> applications -> commands. Values only; a
// configuration file becomes one elsewhere (host), and every front end asks the same.
//
// Everything is forbidden that no role allows. A user's roles add up: a command is allowed when one of his roles allows
// it, in that role's own words. Filters are rows of mask and prefix over the four octets of a command's header, as in
// draft-urien-core-racs-13 §5: a command is refused if header AND mask equals prefix.
//
// Immutable once checked. PolicyStore holds the one in force and lets it be replaced under running sessions. One
// thread.
#pragma once

#include <climits>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "grid/token_bucket.h"

namespace cose::grid {

struct ApduFilter {
  std::uint32_t mask = 0;
  std::uint32_t prefix = 0;

  [[nodiscard]] bool matches(std::uint32_t header) const { return (header & mask) == prefix; }
  friend bool operator==(const ApduFilter&, const ApduFilter&) = default;
};

// What a role may use on a card: an application by its whole AID, the one that is selected without a name, or all.
struct ApplicationGrant {
  enum class Kind : std::uint8_t { kNamed, kDefault, kAny };
  Kind kind = Kind::kNamed;
  Bytes aid;  // kNamed
  std::vector<ApduFilter> filters;
};

// User plane: applications. Management plane: the card itself, its content and keys.
enum class Plane : std::uint8_t { kUser, kManagement };

struct Role {
  std::string name;
  Plane plane = Plane::kUser;
  std::vector<std::string> elements;           // SEIDs; one that ends with * stands for all that start so
  std::vector<ApplicationGrant> applications;  // of the user plane
  std::vector<ApduFilter> filters;             // for all of them
};

// As a front end has proven it.
struct Identity {
  enum class Kind : std::uint8_t { kCommonName, kAlternativeName, kPreSharedKey };
  Kind kind = Kind::kCommonName;
  std::string value;  // octet by octet; no patterns

  friend bool operator==(const Identity&, const Identity&) = default;
};

// Counted on each rack. UINT_MAX: no limit.
struct UserLimits {
  unsigned elements_per_session = 16;  // locked at a time
  unsigned elements = UINT_MAX;        // by all his sessions together
  unsigned sessions = UINT_MAX;
  Rate commands = {};
};

struct User {
  std::string name;
  std::vector<Identity> identities;
  std::vector<std::string> roles;
  UserLimits limits = {};
};

struct Policy {
  std::vector<Role> roles;
  std::vector<User> users;

  // Names are unique and known, identities belong to one user, AIDs have 5 to 16 octets. Error: kInvalid, naming what.
  [[nodiscard]] Status check() const;
  // The user that one of these identities names; null: nobody, or more than one.
  [[nodiscard]] const User* find_user(const std::vector<Identity>& identities) const;
  // Those of the user that speak of the secure element.
  [[nodiscard]] std::vector<const Role*> roles_for(const User& user, std::string_view seid) const;
};

class PolicyStore {
 public:
  explicit PolicyStore(std::shared_ptr<const Policy> policy) : policy_(std::move(policy)) {}
  [[nodiscard]] const std::shared_ptr<const Policy>& current() const { return policy_; }
  // Running sessions go by it from their next command on.
  void replace(std::shared_ptr<const Policy> policy) { policy_ = std::move(policy); }

 private:
  std::shared_ptr<const Policy> policy_;
};

}  // namespace cose::grid
