// SPDX-License-Identifier: Apache-2.0
// A state directory in use: its files, keys, cards and the thread that commits.
//
// Beside DIR stand DIR.key, the master key, made with the directory, and DIR.anchor, what the outside remembers of it;
// better kept elsewhere, as options say: the key in a PKCS#11 token (host/master_keys.h). The directory belongs to this
// process until the object goes.
//
// Any thread may use source() and administer(); made and destroyed by one, when no card of it is open any more. The
// factory outlives it and is used by one thread at a time. Errors: store's and vault's, kNotFound for a missing key.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "bytes/result.h"
#include "fleet/fleet_source.h"
#include "store/rocks_store.h"
#include "vault/vault.h"

namespace cose::host {

struct StateOptions {
  std::string directory;
  std::string key_file = {};     // of the master key, or the URI of a token's; empty: directory + ".key"
  std::string anchor_file = {};  // empty: directory + ".anchor"
  std::vector<std::string> older_key_files = {};  // that a rotation which was cut short still needs
  store::IfMissing if_missing = store::IfMissing::kFail;
  store::Durability durability = store::Durability::kDurable;
  vault::OnRollback on_rollback = vault::OnRollback::kRefuse;
  std::size_t memory = std::size_t{256} << 20;
  // From the thread that commits, when a change could not be made durable. It must end the process; without one, it is
  // ended with the message on standard error.
  std::function<void(const Error&)> on_failure = {};
};

// durable, relaxed or none.
[[nodiscard]] Result<store::Durability> parse_durability(std::string_view text);

class StateDirectory {
 public:
  // The exit code of a process whose state could not be made durable.
  static constexpr int kStateLost = 5;

  [[nodiscard]] static Result<std::unique_ptr<StateDirectory>> open(const StateOptions& options,
                                                                    fleet::CardFactory& factory);
  ~StateDirectory();
  StateDirectory(const StateDirectory&) = delete;
  StateDirectory& operator=(const StateDirectory&) = delete;

  // The place of one card.
  [[nodiscard]] std::shared_ptr<iso7816::CardSource> source(std::string uri, std::string name);

  // Runs an operation of the fleet and waits until it is durable.
  [[nodiscard]] Status administer(const std::function<void(fleet::Fleet&, fleet::Fleet::Done)>& operation);
  // The same while nothing is waiting or being written, so that the store can be looked at as the vault knows it.
  [[nodiscard]] Status administer(const std::function<Status(fleet::Fleet&, vault::Vault&)>& operation);
  // Runs something on the fleet or vault that changes nothing.
  template <typename Look>
  [[nodiscard]] auto look(const Look& look) {
    const fleet::Inside inside(driver());
    return look(fleet(), vault());
  }
  // Takes a new master key, made if it is not there, and wraps all keys anew, some at a time, while cards are in use.
  // How many. Cut short, it is taken up again by the same call, or by a start with the old key among the older ones.
  [[nodiscard]] Result<std::size_t> rotate(const std::string& key);
  [[nodiscard]] Result<std::size_t> rewrap();

  [[nodiscard]] store::RocksStore& store();
  [[nodiscard]] store::CommitterStatistics commits();

 private:
  struct Parts;
  explicit StateDirectory(std::unique_ptr<Parts> parts);
  [[nodiscard]] fleet::Driver& driver();
  [[nodiscard]] fleet::Fleet& fleet();
  [[nodiscard]] vault::Vault& vault();

  std::unique_ptr<Parts> parts_;
};

}  // namespace cose::host
