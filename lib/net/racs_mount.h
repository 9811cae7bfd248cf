// SPDX-License-Identifier: Apache-2.0
// Secure elements of a far grid as places of this one, whatever they are called: racs://HOST/PREFIX*.
//
// Place 0 gets the first SEID with the prefix, place 1 the second. A SEID stays in its place for as long as the mount
// lives, also while the far grid does not show it; one that comes later gets the first place that never had any. More
// SEIDs than places are left out.
//
// Thread rule: presence() by one thread, open() of each place by any other. The connector, the inventory and the clock
// outlive nothing: they are shared.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "remote/racs_card.h"

namespace cose::net {

class RacsMount {
 public:
  RacsMount(std::shared_ptr<remote::RacsInventory> inventory, std::string prefix)
      : inventory_(std::move(inventory)), prefix_(std::move(prefix)) {}

  // One more place, before any is asked.
  [[nodiscard]] std::size_t add_place();
  [[nodiscard]] iso7816::Presence presence(std::size_t place);
  // Empty: nothing has come into this place yet.
  [[nodiscard]] std::string seid_of(std::size_t place);
  [[nodiscard]] const std::string& prefix() const { return prefix_; }

 private:
  std::shared_ptr<remote::RacsInventory> inventory_;
  std::string prefix_;
  std::mutex mutex_;  // guards what follows
  std::vector<std::string> seids_;
};

class RacsMountSource final : public iso7816::CardSource {
 public:
  RacsMountSource(std::shared_ptr<remote::LineConnector> connector, std::shared_ptr<RacsMount> mount,
                  remote::RacsCardOptions options);

  // With the prefix, until a SEID has come into this place.
  [[nodiscard]] std::string uri() const override;
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override { return mount_->presence(place_); }
  // Asks the far grid what there is if nobody has yet. Error: kCardRemoved, nothing is in this place.
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::shared_ptr<remote::LineConnector> connector_;
  std::shared_ptr<RacsMount> mount_;
  std::size_t place_;
  remote::RacsCardOptions options_;
};

}  // namespace cose::net
