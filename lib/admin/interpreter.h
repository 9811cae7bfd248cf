// SPDX-License-Identifier: Apache-2.0
// Runs GPShell scripts, as they are, against cards of any kind (docs/guide/admin.md).
//
// The commands of GPShell 1.4, 2.x and 3.x, over gphost. Where the original depends on the mode, so does this: mode_201
// lists in the older form. Protocols are found out from the card in both modes. Output goes to the sink, echo first.
// Provider, randomness, ledger, clock and sink are borrowed. One thread. A script ends with the first error, unless the
// command says -noStop; run() returns that error.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "admin/card_provider.h"
#include "admin/load_file.h"
#include "admin/script.h"
#include "bytes/clock.h"
#include "bytes/rng.h"
#include "gphost/manager.h"
#include "gphost/session.h"

namespace cose::admin {

struct InterpreterPorts {
  CardProvider& cards;
  Rng& rng;
  gphost::AttemptLedger& ledger;
  const Clock& clock;
  std::function<void(std::string_view)> output;  // whole lines
  Environment environment;
  bool ignores_failures = false;
};

class Interpreter {
 public:
  explicit Interpreter(InterpreterPorts ports) : ports_(std::move(ports)) {}

  // All lines, until the end, `exit` or an error.
  [[nodiscard]] Status run(std::string_view script);
  // One line; for a shell. False: `exit` was there.
  [[nodiscard]] Result<bool> run_line(std::string_view line);

  // The names of all commands, sorted; for help and completion.
  [[nodiscard]] static std::vector<std::string_view> command_names();

 private:
  using Handler = Status (Interpreter::*)(const ScriptCommand&);
  struct Entry {
    std::string_view name;
    Handler handler;
  };
  [[nodiscard]] static const std::vector<Entry>& table();

  [[nodiscard]] Status ignore(const ScriptCommand& command);
  [[nodiscard]] Status set_mode_201(const ScriptCommand& command);
  [[nodiscard]] Status set_mode_211(const ScriptCommand& command);
  [[nodiscard]] Status enable_trace(const ScriptCommand& command);
  [[nodiscard]] Status enable_timer(const ScriptCommand& command);
  [[nodiscard]] Status use_visa_derivation(const ScriptCommand& command);
  [[nodiscard]] Status use_emv_derivation(const ScriptCommand& command);
  [[nodiscard]] Status print_text(const ScriptCommand& command);
  [[nodiscard]] Status list_readers(const ScriptCommand& command);
  [[nodiscard]] Status card_connect(const ScriptCommand& command);
  [[nodiscard]] Status card_disconnect(const ScriptCommand& command);
  [[nodiscard]] Status select(const ScriptCommand& command);
  [[nodiscard]] Status open_sc(const ScriptCommand& command);
  [[nodiscard]] Status close_sc(const ScriptCommand& command);
  [[nodiscard]] Status protocol_details(const ScriptCommand& command);
  [[nodiscard]] Status get_status(const ScriptCommand& command);
  [[nodiscard]] Status get_data(const ScriptCommand& command);
  [[nodiscard]] Status card_recognition_data(const ScriptCommand& command);
  [[nodiscard]] Status key_information(const ScriptCommand& command);
  [[nodiscard]] Status card_resources(const ScriptCommand& command);
  [[nodiscard]] Status install(const ScriptCommand& command);
  [[nodiscard]] Status install_for_load(const ScriptCommand& command);
  [[nodiscard]] Status load(const ScriptCommand& command);
  [[nodiscard]] Status install_for_install(const ScriptCommand& command);
  [[nodiscard]] Status install_for_make_selectable(const ScriptCommand& command);
  [[nodiscard]] Status install_for_personalization(const ScriptCommand& command);
  [[nodiscard]] Status store_data(const ScriptCommand& command);
  [[nodiscard]] Status remove(const ScriptCommand& command);
  [[nodiscard]] Status delete_key(const ScriptCommand& command);
  [[nodiscard]] Status put_sc_key(const ScriptCommand& command);
  [[nodiscard]] Status put_dm_token_key(const ScriptCommand& command);
  [[nodiscard]] Status put_dm_receipt_key(const ScriptCommand& command);
  [[nodiscard]] Status put_dm_keys(const ScriptCommand& command);
  [[nodiscard]] Status send_apdu(const ScriptCommand& command);
  [[nodiscard]] Status send_apdu_nostop(const ScriptCommand& command);

  // Error: kRefused without card_connect.
  [[nodiscard]] Result<gphost::Session*> session();
  [[nodiscard]] Result<gphost::KeyMaterial> keys_of(const ScriptCommand& command) const;
  [[nodiscard]] Result<gphost::InstallRequest> install_request(const ScriptCommand& command,
                                                               const LoadFile* file) const;
  [[nodiscard]] Result<gphost::LoadRequest> load_request(const ScriptCommand& command, const LoadFile* file) const;
  [[nodiscard]] Status execute(const ScriptCommand& command);
  void print_entries(const std::vector<gphost::RegistryEntry>& entries);
  void print_data(ByteView data);
  void say(std::string_view line) const { ports_.output(line); }

  InterpreterPorts ports_;
  std::unique_ptr<iso7816::Card> card_;
  std::optional<gphost::Session> session_;
  bool is_mode_211_ = false;
  bool traces_ = false;
  bool times_ = false;
  bool has_ended_ = false;
  std::string derivation_ = "none";             // of the older switches
  std::optional<std::uint8_t> known_protocol_;  // of get_secure_channel_protocol_details
  std::optional<std::uint8_t> known_options_;
};

}  // namespace cose::admin
