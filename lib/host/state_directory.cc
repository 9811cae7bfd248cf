// SPDX-License-Identifier: Apache-2.0
#include "host/state_directory.h"

#include <cstdlib>
#include <filesystem>
#include <optional>

#include <unistd.h>

#include "crypto/random.h"
#include "host/commit_thread.h"
#include "host/key_file.h"
#include "vault/master_key.h"

namespace cose::host {

namespace {

// How many keys are wrapped anew before others have a turn.
constexpr std::size_t kRewrapPiece = 200;

void end_process(const Error& error) {
  const auto text =
      "cose: " + error.message +
      "\ncose: the state of cards could not be made durable; the process ends, and the next start goes on "
      "from what is on the disk\n";
  static_cast<void>(!write(STDERR_FILENO, text.data(), text.size()));
  // No destructor may write once more.
  std::_Exit(StateDirectory::kStateLost);
}

std::string beside(const std::string& directory, std::string_view suffix) {
  auto name = directory;
  while (name.size() > 1 && name.back() == '/') name.pop_back();
  return name.append(suffix);
}

}  // namespace

Result<store::Durability> parse_durability(std::string_view text) {
  if (text == "durable") return store::Durability::kDurable;
  if (text == "relaxed") return store::Durability::kRelaxed;
  if (text == "none") return store::Durability::kNone;
  return fail(ErrorKind::kInvalid, "expected durable, relaxed or none, found \"" + std::string(text) + "\"");
}

struct StateDirectory::Parts {
  crypto::SystemRng rng;
  std::vector<vault::LocalMasterKey> keys;  // the current one first
  std::optional<vault::Keyring> ring;
  std::optional<FileAnchor> anchor;
  std::unique_ptr<store::RocksStore> store;
  std::unique_ptr<vault::Vault> vault;
  std::optional<store::Committer> committer;
  std::optional<fleet::Fleet> fleet;
  std::optional<CommitThread> thread;

  [[nodiscard]] Status load_keys(const StateOptions& options);
};

Status StateDirectory::Parts::load_keys(const StateOptions& options) {
  const auto file = options.key_file.empty() ? beside(options.directory, ".key") : options.key_file;
  auto key = read_key_file(file);
  const bool is_new = options.if_missing == store::IfMissing::kCreate && !std::filesystem::exists(options.directory);
  if (!key && key.error().kind == ErrorKind::kNotFound && is_new) key = make_key_file(file, rng);
  if (!key) return std::unexpected(key.error());
  COSE_TRY(auto current, vault::LocalMasterKey::create(*std::move(key), rng));
  keys.push_back(std::move(current));
  for (const auto& older : options.older_key_files) {
    COSE_TRY(auto read, read_key_file(older));
    COSE_TRY(auto made, vault::LocalMasterKey::create(std::move(read), rng));
    keys.push_back(std::move(made));
  }
  std::vector<vault::MasterKey*> others;
  for (std::size_t at = 1; at < keys.size(); ++at) others.push_back(&keys[at]);
  ring.emplace(keys.front(), std::move(others));
  return {};
}

StateDirectory::StateDirectory(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Result<std::unique_ptr<StateDirectory>> StateDirectory::open(const StateOptions& options, fleet::CardFactory& factory) {
  auto parts = std::make_unique<Parts>();
  COSE_CHECK(parts->load_keys(options));
  parts->anchor.emplace(options.anchor_file.empty() ? beside(options.directory, ".anchor") : options.anchor_file);
  COSE_TRY(parts->store, store::RocksStore::open({.directory = options.directory, .if_missing = options.if_missing}));
  std::error_code ignored;
  std::filesystem::permissions(options.directory, std::filesystem::perms::owner_all, ignored);
  auto opened = vault::Vault::open(*parts->store, *parts->ring, parts->rng, &*parts->anchor, options.on_rollback);
  if (!opened) return std::unexpected(opened.error().within(options.directory));
  parts->vault = *std::move(opened);
  parts->committer.emplace(*parts->store, options.durability);
  parts->committer->set_completer(parts->vault.get());
  parts->fleet.emplace(*parts->vault, *parts->committer, factory, fleet::FleetOptions{options.memory});
  parts->thread.emplace(*parts->store, *parts->committer, *parts->vault,
                        options.on_failure ? options.on_failure : end_process);
  return std::unique_ptr<StateDirectory>(new StateDirectory(std::move(parts)));
}

StateDirectory::~StateDirectory() {
  parts_->thread.reset();
  // Without it the next start would still know this one, only not how far it came.
  if (parts_->committer->failure()) static_cast<void>(parts_->vault->anchor());
}

fleet::Driver& StateDirectory::driver() {
  return *parts_->thread;
}

fleet::Fleet& StateDirectory::fleet() {
  return *parts_->fleet;
}

vault::Vault& StateDirectory::vault() {
  return *parts_->vault;
}

store::RocksStore& StateDirectory::store() {
  return *parts_->store;
}

std::shared_ptr<iso7816::CardSource> StateDirectory::source(std::string uri, std::string name) {
  return std::make_shared<fleet::FleetSource>(fleet(), driver(), std::move(uri), std::move(name),
                                              fleet::FleetSource::Waiting::kForOthers);
}

Status StateDirectory::administer(const std::function<void(fleet::Fleet&, fleet::Fleet::Done)>& operation) {
  fleet::Inside inside(driver());
  return inside.finish([&](fleet::Fleet::Done done) { operation(fleet(), std::move(done)); });
}

Result<std::size_t> StateDirectory::rewrap() {
  std::size_t total = 0;
  while (true) {
    const fleet::Inside inside(driver());
    COSE_TRY(const auto done, vault().rewrap(kRewrapPiece));
    if (done == 0) return total;
    total += done;
  }
}

store::CommitterStatistics StateDirectory::commits() {
  const fleet::Inside inside(driver());
  return parts_->committer->statistics();
}

}  // namespace cose::host
