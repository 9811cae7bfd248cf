// SPDX-License-Identifier: Apache-2.0
// The audit log as a port: who did what to which card when. Front ends do not call it; their Access does
// (grid/accounted_access.h), so that none can forget to.
//
// An event has the header of a command and its status word, never its data, and no answer. The implementation that
// writes a chained file is host/audit_file.h; it adds the time. Any thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "grid/session.h"

namespace cose::grid {

enum class AuditAction : std::uint8_t {
  kLogin,
  kLogout,
  kTurnedAway,  // there may be no such session
  kLock,        // a secure element is this session's from here on
  kUnlock,
  kPowerUp,
  kReset,
  kWarmReset,
  kCommand,
  kRefused,  // by policy, quota or rate: the card has not seen it
  kFailed,   // no answer of the card
  kSeize,    // an administrator took the power of a card that another session held
};

[[nodiscard]] constexpr std::string_view to_string(AuditAction action) {
  switch (action) {
    case AuditAction::kLogin: return "login";
    case AuditAction::kLogout: return "logout";
    case AuditAction::kTurnedAway: return "turned-away";
    case AuditAction::kLock: return "lock";
    case AuditAction::kUnlock: return "unlock";
    case AuditAction::kPowerUp: return "power-up";
    case AuditAction::kReset: return "reset";
    case AuditAction::kWarmReset: return "warm-reset";
    case AuditAction::kCommand: return "command";
    case AuditAction::kRefused: return "refused";
    case AuditAction::kFailed: return "failed";
    case AuditAction::kSeize: return "seize";
  }
  return {};
}

// Borrowed for the length of write().
struct AuditEvent {
  AuditAction action = AuditAction::kCommand;
  std::string_view front;
  SessionId session = 0;
  std::string_view peer;
  std::string_view user;      // of the policy
  std::string_view identity;  // the first that was proven
  std::string_view seid;
  std::optional<std::array<std::uint8_t, 4>> header;  // CLA INS P1 P2
  std::optional<std::uint16_t> status;
  std::string_view detail;
};

class Audit {
 public:
  virtual ~Audit() = default;

  // False: nothing can be written, and nothing may be done that is not.
  [[nodiscard]] virtual bool ready() = 0;
  virtual void write(const AuditEvent& event) = 0;
};

class NullAudit final : public Audit {
 public:
  [[nodiscard]] bool ready() override { return true; }
  void write(const AuditEvent&) override {}
};

}  // namespace cose::grid
