// SPDX-License-Identifier: Apache-2.0
// What one visitor may do, as the sessions of every front end ask it. A session has an access of its own, since it
// follows which application is selected where, what the session holds and how fast it goes.
//
// The calls of a session, in order: admission() once when it is known who came; may_use() before a secure element is
// even named; take() before each command for one; refusal() before each single APDU, follow-ups too; then answered() or
// failed(); restarted() after power-up and reset; gave_back() when it does not hold the element any more. Its
// destructor gives back what is left. Whoever asks all this is limited and written down without doing more.
//
// Implementations: OpenAccess, PolicyAccess (grid/policy_access.h), and AccountedAccess (grid/accounted_access.h),
// which puts quotas, rates and the audit log around either. One thread.
#pragma once

#include <climits>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "grid/policy.h"
#include "grid/session.h"

namespace cose::grid {

// Who is at the other end of a session. Borrowed for the length of the call that hands it over.
struct Visitor {
  std::string_view front;  // "ascii", "racs", "http"
  SessionId session = 0;
  std::string_view peer;  // address
  const std::vector<Identity>& identities;
};

struct Refusal {
  enum class Kind : std::uint8_t {
    kForbidden,  // by the policy
    kQuota,      // as much as he may have is his already
    kNotNow,     // faster than he may go: later it works
    kNoAudit,    // what is done must be written down, and cannot be
  };
  Kind kind = Kind::kForbidden;
  std::string text;
};

enum class Restart : std::uint8_t { kPowerUp, kCold, kWarm };

class Access {
 public:
  virtual ~Access() = default;

  // The name of the user in the policy; empty: nobody that it knows, or there is none.
  [[nodiscard]] virtual std::string user() const { return {}; }
  [[nodiscard]] virtual UserLimits limits() const { return {.elements_per_session = UINT_MAX}; }

  // Why there may be no such session; nothing: welcome.
  [[nodiscard]] virtual std::optional<Refusal> admission() { return std::nullopt; }
  // A connection that broke is gone on with by another one of the same user (KEEP).
  virtual void moved(const Visitor&) {}
  // False: for this user there is no such secure element.
  [[nodiscard]] virtual bool may_use(std::string_view seid) const = 0;
  // The AIDs that his roles name on it, without repetition.
  [[nodiscard]] virtual std::vector<Bytes> applications(std::string_view) const { return {}; }
  // Of the management plane: may also take it from whoever holds it.
  [[nodiscard]] virtual bool may_administer(std::string_view seid) const = 0;
  // Before every command for an element; the first makes it the session's until gave_back().
  [[nodiscard]] virtual std::optional<Refusal> take(std::string_view) { return std::nullopt; }
  virtual void gave_back(std::string_view) {}
  // Taken from `owner`, another session, by an administrator.
  virtual void seized(std::string_view, SessionId) {}

  // Why a command may not go to the card; nothing: it may. Every single command is asked about, follow-ups too.
  [[nodiscard]] virtual std::optional<Refusal> refusal(std::string_view seid, ByteView command) = 0;
  // What the card made of a command that was allowed.
  virtual void answered(std::string_view seid, ByteView command, ByteView response) = 0;
  virtual void failed(std::string_view, ByteView, const Error&) {}
  // The card was powered up or reset: nothing is selected by name any more.
  virtual void restarted(std::string_view seid, Restart how) = 0;
};

// What somebody with these proven identities may do; never null.
using AccessMaker = std::function<std::unique_ptr<Access>(const Visitor& visitor)>;

// Everything is allowed: for a grid without a policy. Nobody has proven to be an administrator there.
class OpenAccess final : public Access {
 public:
  [[nodiscard]] bool may_use(std::string_view) const override { return true; }
  [[nodiscard]] bool may_administer(std::string_view) const override { return false; }
  [[nodiscard]] std::optional<Refusal> refusal(std::string_view, ByteView) override { return std::nullopt; }
  void answered(std::string_view, ByteView, ByteView) override {}
  void restarted(std::string_view, Restart) override {}
};

}  // namespace cose::grid
