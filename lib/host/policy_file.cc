// SPDX-License-Identifier: Apache-2.0
#include "host/policy_file.h"

#include <algorithm>
#include <charconv>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

using detail::TableReader;
using grid::ApduFilter;
using grid::ApplicationGrant;
using grid::Identity;

constexpr std::size_t kMaximumPolicy = 16U << 20;
constexpr std::size_t kHeaderDigits = 8;
constexpr std::int64_t kMostSessions = 1'000'000;
constexpr std::int64_t kFastest = 1'000'000;

bool parse_header(std::string_view digits, std::uint32_t& header) {
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, header, 16);
  return digits.size() == kHeaderDigits && stop == end && error == std::errc();
}

Result<ApduFilter> parse_filter(std::string_view text) {
  ApduFilter filter;
  const auto colon = text.find(':');
  if (colon == std::string_view::npos || !parse_header(text.substr(0, colon), filter.mask) ||
      !parse_header(text.substr(colon + 1), filter.prefix))
    return fail(ErrorKind::kInvalid,
                "a filter is MASK:PREFIX, such as 00FF0000:00D80000, found \"" + std::string(text) + "\"");
  if ((filter.prefix & ~filter.mask) != 0)
    return fail(ErrorKind::kInvalid,
                "filter " + std::string(text) + " never matches: the mask hides part of the prefix");
  return filter;
}

Status read_filters(TableReader& reader, std::vector<ApduFilter>& filters) {
  std::vector<std::string> texts;
  COSE_CHECK(reader.texts("filters", texts));
  for (const auto& text : texts) {
    COSE_TRY(const auto filter, parse_filter(text));
    filters.push_back(filter);
  }
  return {};
}

Result<grid::Plane> parse_plane(std::string_view text) {
  if (text == "user") return grid::Plane::kUser;
  if (text == "management") return grid::Plane::kManagement;
  return fail(ErrorKind::kInvalid, "plane: expected user or management, found \"" + std::string(text) + "\"");
}

Result<ApplicationGrant> read_application(const toml::table& table, std::string_view origin) {
  ApplicationGrant grant;
  TableReader reader(table, origin);
  std::string aid;
  COSE_CHECK(reader.text("aid", aid));
  if (aid == "any") {
    grant.kind = ApplicationGrant::Kind::kAny;
  } else if (aid == "default") {
    grant.kind = ApplicationGrant::Kind::kDefault;
  } else {
    COSE_TRY(grant.aid, from_hex(aid));
  }
  COSE_CHECK(read_filters(reader, grant.filters));
  COSE_CHECK(reader.expect_no_more());
  return grant;
}

Result<grid::Role> read_role(const toml::table& table, std::string_view origin) {
  grid::Role role;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", role.name));
  COSE_CHECK(reader.parsed("plane", role.plane, parse_plane));
  COSE_CHECK(reader.texts("elements", role.elements));
  COSE_CHECK(read_filters(reader, role.filters));
  COSE_TRY(const auto* applications, reader.tables("application"));
  if (applications != nullptr)
    for (const auto& node : *applications) {
      COSE_TRY(auto grant, read_application(*node.as_table(), origin));
      role.applications.push_back(std::move(grant));
    }
  COSE_CHECK(reader.expect_no_more());
  return role;
}

Status read_identities(TableReader& reader, std::string_view key, Identity::Kind kind, grid::User& user) {
  std::vector<std::string> values;
  COSE_CHECK(reader.texts(key, values));
  for (auto& value : values) user.identities.push_back({kind, std::move(value)});
  return {};
}

Status read_limit(TableReader& reader, std::string_view key, std::int64_t most, unsigned& limit) {
  std::int64_t value = limit;
  COSE_CHECK(reader.number(key, 1, most, value));
  limit = static_cast<unsigned>(value);
  return {};
}

Status read_limits(TableReader& reader, grid::UserLimits& limits) {
  COSE_CHECK(read_limit(reader, "maximum_elements", grid::kSlots, limits.elements_per_session));
  COSE_CHECK(read_limit(reader, "maximum_cards", grid::kSlots, limits.elements));
  COSE_CHECK(read_limit(reader, "maximum_sessions", kMostSessions, limits.sessions));
  COSE_CHECK(read_limit(reader, "commands_per_second", kFastest, limits.commands.per_second));
  limits.commands.burst = std::max(limits.commands.per_second, 1U);
  return read_limit(reader, "burst", kFastest, limits.commands.burst);
}

Result<grid::User> read_user(const toml::table& table, std::string_view origin) {
  grid::User user;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("name", user.name));
  COSE_CHECK(read_identities(reader, "common_names", Identity::Kind::kCommonName, user));
  COSE_CHECK(read_identities(reader, "alternative_names", Identity::Kind::kAlternativeName, user));
  COSE_CHECK(read_identities(reader, "pre_shared_keys", Identity::Kind::kPreSharedKey, user));
  COSE_CHECK(reader.texts("roles", user.roles));
  COSE_CHECK(read_limits(reader, user.limits));
  COSE_CHECK(reader.expect_no_more());
  return user;
}

Result<std::shared_ptr<const grid::Policy>> read_policy(const toml::table& table, std::string_view origin) {
  auto policy = std::make_shared<grid::Policy>();
  TableReader reader(table, origin);
  COSE_TRY(const auto* roles, reader.tables("role"));
  if (roles != nullptr)
    for (const auto& node : *roles) {
      auto role = read_role(*node.as_table(), origin);
      if (!role) return std::unexpected(role.error().within(reader.where(node)));
      policy->roles.push_back(*std::move(role));
    }
  COSE_TRY(const auto* users, reader.tables("user"));
  if (users != nullptr)
    for (const auto& node : *users) {
      COSE_TRY(auto user, read_user(*node.as_table(), origin));
      policy->users.push_back(std::move(user));
    }
  COSE_CHECK(reader.expect_no_more());
  if (const auto checked = policy->check(); !checked)
    return std::unexpected(checked.error().within(std::string(origin)));
  return policy;
}

}  // namespace

Result<std::shared_ptr<const grid::Policy>> parse_policy(std::string_view text, std::string_view origin) {
  try {
    return read_policy(toml::parse(text, origin), origin);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<std::shared_ptr<const grid::Policy>> load_policy(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumPolicy));
  return parse_policy(text, file);
}

}  // namespace cose::host
