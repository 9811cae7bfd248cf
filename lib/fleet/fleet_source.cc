// SPDX-License-Identifier: Apache-2.0
#include "fleet/fleet_source.h"

#include "crypto/digest.h"

namespace cose::fleet {

void AloneDriver::wait_for(const bool& done) {
  // Its failure is told to all that waited.
  if (!done) static_cast<void>(committer_.flush());
}

namespace {

// What an answer is stored under: a name of any length fits, and nobody reads it in the store.
class StoredName {
 public:
  static Result<StoredName> of(ByteView request, ByteView command) {
    COSE_TRY(auto octets, crypto::digest(crypto::DigestKind::kSha256, request));
    COSE_TRY(const auto second, crypto::digest(crypto::DigestKind::kSha256, command));
    return StoredName(concat(octets, second));
  }

  [[nodiscard]] ByteView octets() const { return octets_; }
  [[nodiscard]] bool has_request_of(ByteView stored) const {
    return stored.size() == octets_.size() && equal(stored.first(kDigest), octets().first(kDigest));
  }

 private:
  static constexpr std::size_t kDigest = 32;
  explicit StoredName(Bytes octets) : octets_(std::move(octets)) {}

  Bytes octets_;
};

}  // namespace

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

Status FleetCard::transmit_named(ByteView request, ByteView command, Bytes& response) {
  if (!powered_) return fail(ErrorKind::kCardRemoved, "the card has no power");
  COSE_TRY(const auto name, StoredName::of(request, command));
  return run(name.octets(), response, [&](StatefulCard& card) { return card.transmit(command, response); });
}

Result<std::optional<Bytes>> FleetCard::recall(ByteView request, ByteView command) {
  COSE_TRY(const auto name, StoredName::of(request, command));
  const Inside inside(driver_);
  COSE_TRY(auto last, fleet_.last_answer(card_));
  if (!last || !name.has_request_of(last->request)) return std::nullopt;
  if (!equal(name.octets(), last->request))
    return fail(ErrorKind::kInvalid, "this request was made before, with another command");
  return std::move(last->response);
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
