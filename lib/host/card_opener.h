// SPDX-License-Identifier: Apache-2.0
// From a card URI to the place it names: the only code that knows all kinds of cards.
//
// Sources of one opener share what they can: one inventory per far grid, one recording per file. The opener and its
// sources are made by one thread; each source is then used as CardSource says. The clock outlives all of them.
// Errors: kInvalid (URI, files), kIo (a file that cannot be read); whether a reader or grid is there shows on use.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "crypto/random.h"
#include "host/card_uri.h"
#include "host/soft_cards.h"
#include "host/stored_card_source.h"
#include "iso7816/card_source.h"
#include "net/line_client.h"
#include "net/racs_mount.h"
#include "pcsc/reader_card.h"
#include "remote/grid_card.h"
#include "remote/racs_card.h"

namespace cose::host {

// What a URI's own options override.
struct CardDefaults {
  grid::SecureMode secure = grid::SecureMode::kOffer;
  pcsc::Sharing sharing = pcsc::Sharing::kShared;
  remote::Keeping keeping = remote::Keeping::kOff;
  Nanoseconds patience = remote::kCommandTimeout;  // with a far grid's slot
  net::TlsClientFiles tls = {};
  StateDefaults state = {};
};

class CardOpener {
 public:
  explicit CardOpener(const Clock& clock, CardDefaults defaults = {})
      : clock_(clock), defaults_(std::move(defaults)), soft_cards_(clock), stored_cards_(clock, defaults_.state) {}

  [[nodiscard]] Result<std::shared_ptr<iso7816::CardSource>> source(std::string_view uri);

  // The far grid that a grid:// or racs:// URI names, with or without a slot or SEID.
  [[nodiscard]] Result<std::shared_ptr<remote::LineConnector>> connector(const CardUri& uri);

 private:
  struct FarGrid {
    std::shared_ptr<remote::LineConnector> connector;
    std::shared_ptr<remote::InventoryCache> inventory;
  };

  struct FarRacs {
    std::shared_ptr<remote::LineConnector> connector;
    std::shared_ptr<remote::RacsInventory> inventory;
    std::map<std::string, std::shared_ptr<net::RacsMount>> mounts;  // by prefix
  };

  [[nodiscard]] Result<std::shared_ptr<iso7816::CardSource>> grid_source(const CardUri& uri);
  [[nodiscard]] Result<std::shared_ptr<iso7816::CardSource>> racs_source(const CardUri& uri);
  [[nodiscard]] Result<std::shared_ptr<remote::LineConnector>> racs_connector(const CardUri& uri) const;
  [[nodiscard]] Result<std::shared_ptr<const net::TlsContext>> tls_context(const CardUri& uri) const;
  [[nodiscard]] Result<remote::Keeping> keeping(const CardUri& uri) const;

  [[nodiscard]] Result<Nanoseconds> patience(const CardUri& uri) const;

  const Clock& clock_;
  std::shared_ptr<crypto::SystemRng> rng_ = std::make_shared<crypto::SystemRng>();
  CardDefaults defaults_;
  SoftCards soft_cards_;
  StoredCardSources stored_cards_;
  std::map<std::string, FarGrid> grids_;
  std::map<std::string, FarRacs> racs_;
};

// off, offer or require.
[[nodiscard]] Result<grid::SecureMode> parse_secure_mode(std::string_view text);

}  // namespace cose::host
