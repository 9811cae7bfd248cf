// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_source.h"

namespace cose::fleet {

void AloneDriver::wait_for(const bool& done) {
  // Its failure is told to all that waited.
  if (!done) static_cast<void>(committer_.flush());
}

Status Inside::finish(const std::function<void(Fleet::Done)>& start) {
  bool done = false;
  Status result;
  start([&](const Status& status) {
    result = status;
    done = true;
  });
  driver_.wait_for(done);
  return result;
}

FleetCard::~FleetCard() {
  static_cast<void>(power_down());
  const Inside inside(driver_);
  fleet_.release(card_);
}

Status FleetCard::run(ByteView request, Bytes& response, const std::function<Status(StatefulCard&)>& action) {
  StatefulCard* card = nullptr;
  {
    const Inside inside(driver_);
    if (powered_ && !fleet_.is_awake(card_)) {
      powered_ = false;
      return fail(ErrorKind::kClosed, "the card lost its session, since its state could not be stored");
    }
    COSE_TRY(card, fleet_.wake(card_));
    if (!request.empty()) {
      COSE_TRY(auto answered, fleet_.answer(card_, request));
      if (answered) {
        response = *std::move(answered);
        return {};
      }
    }
  }
  const auto ran = action(*card);
  Inside inside(driver_);
  std::optional<vault::Vault::Answered> answered;
  if (ran && !request.empty()) answered = {request, response};
  const auto stored = inside.finish([&](Fleet::Done done) { fleet_.store_changes(card_, answered, std::move(done)); });
  if (stored) return ran;
  powered_ = false;
  return fail(ErrorKind::kClosed, stored.error().within("the state of the card could not be stored").message);
}

Result<Bytes> FleetCard::power_up(iso7816::ResetKind kind) {
  powered_ = false;
  Bytes answer;
  COSE_CHECK(run({}, answer, [&](StatefulCard& card) -> Status {
    COSE_TRY(answer, card.power_up(kind));
    return {};
  }));
  powered_ = true;
  return answer;
}

Status FleetCard::transmit(ByteView command, Bytes& response) {
  if (!powered_) return fail(ErrorKind::kCardRemoved, "the card has no power");
  return run({}, response, [&](StatefulCard& card) { return card.transmit(command, response); });
}

Status FleetCard::transmit_once(ByteView request, ByteView command, Bytes& response) {
  if (!powered_) return fail(ErrorKind::kCardRemoved, "the card has no power");
  return run(request, response, [&](StatefulCard& card) { return card.transmit(command, response); });
}

Status FleetCard::power_down() {
  if (!powered_) return {};
  Bytes none;
  const auto down = run({}, none, [](StatefulCard& card) { return card.power_down(); });
  powered_ = false;
  return down;
}

iso7816::Presence FleetSource::presence() {
  // A card of the cloud is where its name is; whether that is so shows on open().
  return iso7816::Presence::kPresent;
}

Result<std::unique_ptr<iso7816::Card>> FleetSource::open() {
  const Inside inside(driver_);
  COSE_TRY(const auto card, fleet_.reserve(name_));
  return std::make_unique<FleetCard>(fleet_, driver_, card);
}

}  // namespace cose::fleet
