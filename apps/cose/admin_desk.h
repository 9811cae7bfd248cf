// SPDX-License-Identifier: Apache-2.0
// What the verbs of `cose admin` share: the options of a login, a card with a session, a progress bar, the ledger.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "admin/file_ledger.h"
#include "admin/load_file.h"
#include "admin_scp11.h"
#include "bytes/result.h"
#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "gphost/manager.h"
#include "gphost/session.h"
#include "host/admin_cards.h"
#include "host/card_opener.h"
#include "host/system_clock.h"

namespace cose::app {

struct AdminOptions {
  std::string uri;
  std::string key;
  std::string encryption_key;
  std::string mac_key;
  std::string data_encryption_key;
  std::string derivation = "none";
  unsigned key_version = 0;
  std::optional<unsigned> protocol;
  std::optional<unsigned> level;
  Scp11Options scp11;
  std::string domain;
  bool json = false;
  bool insists = false;
  ClientTlsOptions tls;

  void add_to(CLI::App& app);
  [[nodiscard]] Result<gphost::Login> login() const;
};

// Where failed authentications are remembered: $XDG_STATE_HOME/cose/attempts.
[[nodiscard]] std::string ledger_file();

enum class Access {
  kPlain,   // selected only
  kSecure,  // and a secure channel opened
};

// A card at hand. Owns all that a session needs; powers the card down at its end.
class AdminDesk {
 public:
  explicit AdminDesk(const AdminOptions& options);
  ~AdminDesk();
  AdminDesk(const AdminDesk&) = delete;
  AdminDesk& operator=(const AdminDesk&) = delete;

  // Powers the card and selects the domain.
  [[nodiscard]] Status open(Access access);
  [[nodiscard]] gphost::Session& session() { return *session_; }
  [[nodiscard]] const Bytes& atr() const { return atr_; }

 private:
  const AdminOptions& options_;
  host::SystemClock clock_;
  std::optional<host::CardOpener> opener_;
  std::unique_ptr<iso7816::Card> card_;
  crypto::SystemRng rng_;
  admin::FileLedger ledger_;
  std::optional<gphost::Session> session_;
  Bytes atr_;
};

// Draws on standard error when that is a terminal.
[[nodiscard]] gphost::Progress progress_bar(std::string what);

}  // namespace cose::app
