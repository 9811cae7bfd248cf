// SPDX-License-Identifier: Apache-2.0
// What one user may do, as the sessions of every front end ask it. A session has an access of its own, since it follows
// which application is selected where. Implementations: OpenAccess, and PolicyAccess (grid/policy_access.h).
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"

namespace cose::grid {

class Access {
 public:
  virtual ~Access() = default;

  // False: for this user there is no such secure element.
  [[nodiscard]] virtual bool may_use(std::string_view seid) const = 0;
  // Why a command may not go to the card; nothing: it may. Every single command is asked about, follow-ups too.
  [[nodiscard]] virtual std::optional<std::string> refusal(std::string_view seid, ByteView command) = 0;
  // What the card made of a command that was allowed.
  virtual void answered(std::string_view seid, ByteView command, ByteView response) = 0;
  // The card was powered up or reset: nothing is selected by name any more.
  virtual void restarted(std::string_view seid) = 0;
  // How many secure elements one session may have locked.
  [[nodiscard]] virtual std::size_t maximum_elements() const { return SIZE_MAX; }
};

// Everything is allowed: for a grid without a policy.
class OpenAccess final : public Access {
 public:
  [[nodiscard]] bool may_use(std::string_view) const override { return true; }
  [[nodiscard]] std::optional<std::string> refusal(std::string_view, ByteView) override { return std::nullopt; }
  void answered(std::string_view, ByteView, ByteView) override {}
  void restarted(std::string_view) override {}
};

}  // namespace cose::grid
