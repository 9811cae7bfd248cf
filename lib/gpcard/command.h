// SPDX-License-Identifier: Apache-2.0
// Commands of a security domain as rows of a table: which class and instruction, what must be true before, and the
// function that carries it out. One file per command; the table is in command_table.cc.
//
// A function gets the plain command (secure messaging is off already), appends the answer's data to `answer` and gives
// back nothing, or the status word with which the command ends. Warnings are status words, too: their data goes out.
#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "gpcard/answer.h"
#include "gpcard/card_profile.h"
#include "gpcard/package_library.h"
#include "gpcard/registry.h"
#include "gpcard/session.h"
#include "iso7816/command_apdu.h"
#include "jcre/runtime.h"

namespace cose::gpcard {

class CardManager;

struct CommandContext {
  CardManager& manager;
  jcre::Runtime& runtime;
  Registry& registry;
  const CardProfile& profile;
  PackageLibrary& library;
  Session& session;
  std::uint8_t channel;
  Slot domain;  // the one that carries the command out
  const iso7816::CommandApduView& command;
  Bytes& answer;

  [[nodiscard]] Application self() const;
  // Runs content changes as one: all or nothing (Runtime::change_content).
  [[nodiscard]] Answer<void> change(const std::function<Answer<void>()>& work) const;
};

using CommandFunction = Answer<void> (*)(CommandContext& context);

enum class Security : std::uint8_t {
  kOpen,           // anybody may
  kAuthenticated,  // inside an open secure channel, at the session's level
  kChannel,        // opens the channel; its own matter
};

// In which card states, GPC 2.3.1 tables 11-1 and 5-1.
enum class During : std::uint8_t {
  kLife,        // OP_READY to SECURED
  kLocked,      // and CARD_LOCKED
  kTerminated,  // and TERMINATED
};

struct CommandRow {
  std::uint8_t instruction;
  bool interindustry;  // class 00 to 0F is good as well as 80 to 8F
  Security security;
  During during;
  CommandFunction function;
};

[[nodiscard]] std::span<const CommandRow> command_rows();

// ---- one file each ----
[[nodiscard]] Answer<void> initialize_update(CommandContext& context);
[[nodiscard]] Answer<void> external_authenticate(CommandContext& context);
[[nodiscard]] Answer<void> perform_security_operation(CommandContext& context);
[[nodiscard]] Answer<void> authenticate_by_certificates(CommandContext& context);
[[nodiscard]] Answer<void> begin_response_mac(CommandContext& context);
[[nodiscard]] Answer<void> end_response_mac(CommandContext& context);
[[nodiscard]] Answer<void> get_status(CommandContext& context);
[[nodiscard]] Answer<void> set_status(CommandContext& context);
[[nodiscard]] Answer<void> get_data(CommandContext& context);
[[nodiscard]] Answer<void> put_key(CommandContext& context);
[[nodiscard]] Answer<void> delete_content(CommandContext& context);
[[nodiscard]] Answer<void> install(CommandContext& context);
[[nodiscard]] Answer<void> load(CommandContext& context);
[[nodiscard]] Answer<void> store_data(CommandContext& context);

// SCP02 with implicit initiation: the session that the first secured command opens. 6982: this domain has none.
[[nodiscard]] Answer<void> open_implicitly(CommandContext& context);

// The FCI of a security domain, GPC 2.3.1 §11.9.3.1.
[[nodiscard]] Bytes file_control_information(const CardProfile& profile, const Application& domain);

}  // namespace cose::gpcard
