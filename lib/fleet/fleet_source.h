// SPDX-License-Identifier: Apache-2.0
// A card of a fleet as an iso7816::Card, for whoever uses cards, and the place that it is in.
//
// The Driver says how the fleet is shared: AloneDriver for one thread that does everything; where many threads use
// cards at once, host's driver lets them in one by one, and a thread of its own commits what waits. The card itself
// runs outside, so cards run side by side.
//
// Fleet and driver outlive source and card. Errors: Card's; a card whose state could not be stored or read has lost
// its session (kClosed).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "fleet/fleet.h"
#include "iso7816/card_source.h"

namespace cose::fleet {

class Driver {
 public:
  virtual ~Driver() = default;
  // The fleet, its vault and its committer are the caller's from enter() to leave().
  virtual void enter() = 0;
  virtual void leave() = 0;
  // Inside; returns, inside again, when the committer has set `done`.
  virtual void wait_for(const bool& done) = 0;
};

class AloneDriver final : public Driver {
 public:
  explicit AloneDriver(store::Committer& committer) : committer_(committer) {}
  void enter() override {}
  void leave() override {}
  void wait_for(const bool& done) override;

 private:
  store::Committer& committer_;
};

// Inside for as long as it lives.
class Inside {
 public:
  explicit Inside(Driver& driver) : driver_(driver) { driver_.enter(); }
  Inside(const Inside&) = delete;
  Inside& operator=(const Inside&) = delete;
  ~Inside() { driver_.leave(); }

  // Waits for what `start` begins: it calls the Done that it is given.
  [[nodiscard]] Status finish(const std::function<void(Fleet::Done)>& start);

 private:
  Driver& driver_;
};

class FleetCard final : public iso7816::Card {
 public:
  FleetCard(Fleet& fleet, Driver& driver, Fleet::CardId card) : fleet_(fleet), driver_(driver), card_(card) {}
  ~FleetCard() override;
  FleetCard(const FleetCard&) = delete;
  FleetCard& operator=(const FleetCard&) = delete;

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

  // Only digests of request and command are stored with the answer.
  [[nodiscard]] Status transmit_named(ByteView request, ByteView command, Bytes& response) override;
  [[nodiscard]] Result<std::optional<Bytes>> recall(ByteView request, ByteView command) override;

 private:
  [[nodiscard]] Status run(ByteView request, Bytes& response, const std::function<Status(StatefulCard&)>& action);

  Fleet& fleet_;
  Driver& driver_;
  Fleet::CardId card_;
  bool powered_ = false;
};

class FleetSource final : public iso7816::CardSource {
 public:
  enum class Waiting : std::uint8_t { kNever, kForOthers };

  // `uri` is how the card is called outside, `name` in the fleet.
  FleetSource(Fleet& fleet, Driver& driver, std::string uri, std::string name, Waiting waiting)
      : fleet_(fleet), driver_(driver), uri_(std::move(uri)), name_(std::move(name)), waiting_(waiting) {}

  [[nodiscard]] std::string uri() const override { return uri_; }
  [[nodiscard]] bool may_block() const override { return waiting_ == Waiting::kForOthers; }
  [[nodiscard]] iso7816::Presence presence() override;
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  Fleet& fleet_;
  Driver& driver_;
  std::string uri_;
  std::string name_;
  Waiting waiting_;
};

}  // namespace cose::fleet
