// SPDX-License-Identifier: Apache-2.0
#include "host/stored_card_source.h"

#include <filesystem>

namespace cose::host {

Result<std::shared_ptr<StoredCardSources::Opened>> StoredCardSources::open(const std::string& directory) {
  std::error_code error;
  auto whole = std::filesystem::weakly_canonical(directory, error).string();
  if (error) whole = directory;
  if (const auto known = opened_.find(whole); known != opened_.end()) return known->second;
  auto opened = std::make_shared<Opened>(clock_);
  StateOptions options;
  options.directory = directory;
  options.key_file = defaults_.key_file;
  options.older_key_files = defaults_.older_key_files;
  options.durability = defaults_.durability;
  options.memory = defaults_.memory;
  COSE_TRY(opened->directory, StateDirectory::open(options, opened->cards));
  COSE_TRY(opened->door, open_state_door(*opened->directory, clock_, directory));
  opened_[whole] = opened;
  return opened;
}

Result<std::shared_ptr<iso7816::CardSource>> StoredCardSources::source(const std::string& place) {
  const auto uri = "sim:" + place;
  const auto slash = place.rfind('/');
  const auto directory = slash == std::string::npos ? defaults_.directory : place.substr(0, slash);
  const auto name = slash == std::string::npos ? place : place.substr(slash + 1);
  if (directory.empty() || name.empty())
    return fail(ErrorKind::kInvalid, "card URI \"" + uri + "\": expected sim:DIR/NAME, or --state DIR and sim:NAME");
  COSE_TRY(const auto opened, open(directory));
  // Told now rather than at the first use.
  COSE_CHECK(opened->directory->look([&](const auto&, const vault::Vault& vault) -> Status {
    COSE_TRY(const auto card, vault.find(name));
    static_cast<void>(card);
    return {};
  }));
  struct Kept {
    std::shared_ptr<Opened> opened;
    std::shared_ptr<iso7816::CardSource> source;
  };
  const auto kept = std::make_shared<Kept>(opened, opened->directory->source(uri, name));
  return std::shared_ptr<iso7816::CardSource>(kept, kept->source.get());
}

}  // namespace cose::host
