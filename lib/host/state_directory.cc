// SPDX-License-Identifier: Apache-2.0
#include "host/state_directory.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <span>

#include <unistd.h>

#include "crypto/random.h"
#include "host/commit_thread.h"
#include "host/key_file.h"
#include "host/master_keys.h"

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
  std::vector<std::unique_ptr<vault::MasterKey>> keys;
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
  // Only a new directory may get a new key: else a lost one would be hidden by a key that opens nothing.
  const bool is_new = options.if_missing == store::IfMissing::kCreate && !std::filesystem::exists(options.directory);
  COSE_TRY(auto current, open_master_key(file, is_new ? token::IfMissing::kMake : token::IfMissing::kFail, rng));
  keys.push_back(std::move(current));
  std::vector<vault::MasterKey*> others;
  for (const auto& older : options.older_key_files) {
    COSE_TRY(auto key, open_master_key(older, token::IfMissing::kFail, rng));
    others.push_back(key.get());
    keys.push_back(std::move(key));
  }
  ring.emplace(*keys.front(), std::move(others));
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
  fleet::Inside inside(parts_->thread->alone());
  return inside.finish([&](fleet::Fleet::Done done) { operation(fleet(), std::move(done)); });
}

Status StateDirectory::administer(const std::function<Status(fleet::Fleet&, vault::Vault&)>& operation) {
  const fleet::Inside inside(parts_->thread->alone());
  return operation(fleet(), vault());
}

Result<std::size_t> StateDirectory::rotate(const std::string& name) {
  COSE_TRY(auto key, open_master_key(name, token::IfMissing::kMake, parts_->rng));
  {
    const fleet::Inside inside(parts_->thread->alone());
    if (equal(key->id(), parts_->ring->current_id()))
      return fail(ErrorKind::kInvalid, name + ": this is the master key already");
    parts_->ring->change(*key);
    parts_->keys.push_back(std::move(key));
  }
  return rewrap();
}

Result<std::size_t> StateDirectory::rewrap() {
  const auto cards = look([](const auto&, const vault::Vault& vault) { return vault.cards(); });
  std::size_t total = 0;
  const auto piece = [&](const auto& work) -> Status {
    const fleet::Inside inside(parts_->thread->alone());
    COSE_TRY(const auto done, work(vault()));
    total += done;
    return {};
  };
  for (std::size_t from = 0; from < cards.size(); from += kRewrapPiece) {
    const auto some = std::span(cards).subspan(from, std::min(kRewrapPiece, cards.size() - from));
    COSE_CHECK(piece([&](vault::Vault& vault) { return vault.rewrap(some); }));
  }
  COSE_CHECK(piece([](vault::Vault& vault) { return vault.rewrap_directory(); }));
  return total;
}

store::CommitterStatistics StateDirectory::commits() {
  const fleet::Inside inside(driver());
  return parts_->committer->statistics();
}

}  // namespace cose::host
