// SPDX-License-Identifier: Apache-2.0
#include "net/racs_mount.h"

#include <algorithm>

namespace cose::net {

std::size_t RacsMount::add_place() {
  const std::lock_guard lock(mutex_);
  seids_.emplace_back();
  return seids_.size() - 1;
}

iso7816::Presence RacsMount::presence(std::size_t place) {
  // Outside the lock: it may wait for the network.
  const auto names = inventory_->names();
  const std::lock_guard lock(mutex_);
  for (const auto& name : names) {
    if (!name.starts_with(prefix_) || std::ranges::find(seids_, name) != seids_.end()) continue;
    const auto free = std::ranges::find(seids_, std::string());
    if (free == seids_.end()) break;
    *free = name;
  }
  const auto& seid = seids_[place];
  return !seid.empty() && std::ranges::binary_search(names, seid) ? iso7816::Presence::kPresent
                                                                  : iso7816::Presence::kAbsent;
}

std::string RacsMount::seid_of(std::size_t place) {
  const std::lock_guard lock(mutex_);
  return seids_[place];
}

RacsMountSource::RacsMountSource(std::shared_ptr<remote::LineConnector> connector, std::shared_ptr<RacsMount> mount,
                                 remote::RacsCardOptions options)
    : connector_(std::move(connector)), mount_(std::move(mount)), place_(mount_->add_place()), options_(options) {}

std::string RacsMountSource::uri() const {
  const auto seid = mount_->seid_of(place_);
  return "racs://" + connector_->address() + "/" + (seid.empty() ? mount_->prefix() + "*" : seid);
}

Result<std::unique_ptr<iso7816::Card>> RacsMountSource::open() {
  auto seid = mount_->seid_of(place_);
  if (seid.empty() && mount_->presence(place_) == iso7816::Presence::kPresent) seid = mount_->seid_of(place_);
  if (seid.empty())
    return fail(ErrorKind::kCardRemoved, connector_->address() + " shows nothing for this place of " + uri());
  return std::make_unique<remote::RacsCard>(connector_, std::move(seid), options_);
}

}  // namespace cose::net
