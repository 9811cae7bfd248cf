// SPDX-License-Identifier: Apache-2.0
// Software cards of any product for a state directory: the product of a card is told by its profile, which is stored
// with the card (section 1), so that a directory can hold cards of many products and needs no file beside it.
//
// One thread at a time; the cards themselves run where they are held. The clock outlives them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bytes/clock.h"
#include "crypto/random.h"
#include "fleet/stateful_card.h"
#include "host/shared_packages.h"
#include "softse/stored_card.h"

namespace cose::host {

// What new cards are to be.
struct NewCards {
  std::string profile_file = {};       // docs/formats/card-profile.md; empty: the default
  std::vector<std::string> load = {};  // CAP files on top of the profile's, with their applets
};

class StoredCards final : public fleet::CardFactory {
 public:
  explicit StoredCards(const Clock& clock, NewCards wanted = {}) : clock_(clock), new_(std::move(wanted)) {}

  [[nodiscard]] Result<std::unique_ptr<fleet::StatefulCard>> make(std::uint32_t number) override;
  [[nodiscard]] Result<std::unique_ptr<fleet::StatefulCard>> make_template() override;
  [[nodiscard]] Result<std::unique_ptr<fleet::StatefulCard>> make_from(const vault::Sections& sections,
                                                                       std::uint32_t number) override;
  [[nodiscard]] Result<std::unique_ptr<fleet::StatefulCard>> restore(const vault::Sections& sections) override;

 private:
  using Factory = softse::SoftCardFactory;
  // The product that a profile's text describes, without what only new cards get.
  [[nodiscard]] Result<std::shared_ptr<Factory>> factory_of(const std::string& profile);
  [[nodiscard]] Result<std::shared_ptr<Factory>> build(softse::CardProduct product);
  [[nodiscard]] Status prepare_new();
  [[nodiscard]] std::unique_ptr<fleet::StatefulCard> stored(std::unique_ptr<softse::SoftCard> card,
                                                            std::string profile);

  const Clock& clock_;
  NewCards new_;
  std::shared_ptr<SharedPackages> packages_ = std::make_shared<SharedPackages>();
  std::shared_ptr<crypto::SystemRng> rng_ = std::make_shared<crypto::SystemRng>();
  std::map<std::string, std::shared_ptr<Factory>> factories_;  // by profile
  std::shared_ptr<Factory> factory_of_new_;
  std::string profile_of_new_;
};

}  // namespace cose::host
