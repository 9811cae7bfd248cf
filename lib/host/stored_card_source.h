// SPDX-License-Identifier: Apache-2.0
// sim:DIR/NAME: cards of state directories, each directory opened once for all its cards in this process.
//
// Used by the one thread that makes sources. A source keeps its directory open, and a door to it for `cose card` and
// `cose store`. The clock outlives them all.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bytes/clock.h"
#include "host/state_access.h"
#include "host/state_directory.h"
#include "host/stored_cards.h"

namespace cose::host {

// For the directories that card URIs name.
struct StateDefaults {
  std::string directory = {};  // of sim:NAME; none: a URI must say
  std::string key_file = {};   // or the URI of a token's key
  std::vector<std::string> older_key_files = {};
  store::Durability durability = store::Durability::kDurable;
  std::size_t memory = std::size_t{256} << 20;
};

class StoredCardSources {
 public:
  StoredCardSources(const Clock& clock, StateDefaults defaults) : clock_(clock), defaults_(std::move(defaults)) {}

  // place: DIR/NAME, or NAME in the default directory.
  [[nodiscard]] Result<std::shared_ptr<iso7816::CardSource>> source(const std::string& place);

 private:
  struct Opened {
    explicit Opened(const Clock& clock) : cards(clock) {}
    StoredCards cards;
    std::unique_ptr<StateDirectory> directory;
    std::unique_ptr<net::LocalDoor> door;
  };

  [[nodiscard]] Result<std::shared_ptr<Opened>> open(const std::string& directory);

  const Clock& clock_;
  StateDefaults defaults_;
  std::map<std::string, std::shared_ptr<Opened>> opened_;
};

}  // namespace cose::host
