// SPDX-License-Identifier: Apache-2.0
// A secure element of another grid as a Card, over RACS: racs://HOST:PORT/SEID.
//
// Power-up connects and sends POWERON with GET-ATR, an extension; a server that does not know it has a card whose
// answer to reset is 3B00, the shortest. A reset sends RESET, a check POWERON, which a grid answers without touching
// the card, power-down SHUTDOWN, and closes. Each is a request of its own, one round trip.
//
// A command is never executed twice. Without KEEP it is sent once: when its answer is lost, the error says so. With
// KEEP (docs/protocols/racs.md), asked for and known to the server, it has a number: when the connection breaks, the
// card connects again, takes its element up and asks for the answer under that number, until `patience` is over. Then,
// too, the error says that the outcome is unknown; the next power_up() takes the element up and resets it. Errors:
// those of the far grid by their class (grid/racs_reply.h), kClosed and kTimeout of the way there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "iso7816/card.h"
#include "iso7816/card_source.h"
#include "remote/backoff.h"
#include "remote/grid_card.h"
#include "remote/line_channel.h"
#include "remote/racs_client.h"

namespace cose::remote {

struct RacsCardOptions {
  Keeping keeping = Keeping::kOff;
  const Clock* clock = nullptr;  // needed for keeping; outlives the card
  Nanoseconds patience = kCommandTimeout;
};

class RacsCard final : public iso7816::Card {
 public:
  RacsCard(std::shared_ptr<LineConnector> connector, std::string seid, RacsCardOptions options = {});

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;
  [[nodiscard]] Status check() override;

 private:
  [[nodiscard]] bool is_kept() const { return !key_.empty(); }
  [[nodiscard]] bool is_reachable() const { return client_.connected() || is_kept(); }
  [[nodiscard]] Nanoseconds left_until(Nanoseconds deadline) const;
  [[nodiscard]] Result<RacsResponse> ask_until(const RacsBatch& batch, Nanoseconds patience);
  [[nodiscard]] Status come_back(Nanoseconds deadline);
  [[nodiscard]] Status take_up(Nanoseconds deadline);
  [[nodiscard]] Status connect_anew();
  [[nodiscard]] Result<Bytes> answer_to_reset(const RacsResponse& response);

  std::shared_ptr<LineConnector> connector_;
  std::string seid_;
  RacsCardOptions options_;
  RacsClient client_;
  std::string key_;  // of what the far grid keeps; empty: nothing
  grid::CommandId last_id_ = 0;
  bool knows_keep_ = true;  // until the server says that it does not
  bool knows_answers_to_reset_ = true;
};

// Which secure elements a far grid shows this client, asked at most once per `lifetime` for all of them. A grid that
// did not answer is left alone for as long as the back-off says.
class RacsInventory {
 public:
  RacsInventory(std::shared_ptr<LineConnector> connector, const Clock& clock, Backoff backoff = Backoff(nullptr),
                Nanoseconds lifetime = std::chrono::seconds(5));
  [[nodiscard]] iso7816::Presence presence(std::string_view seid);
  // Sorted; empty when the grid cannot be reached.
  [[nodiscard]] const std::vector<std::string>& names();

 private:
  std::shared_ptr<LineConnector> connector_;
  const Clock& clock_;
  Backoff backoff_;
  Nanoseconds lifetime_;
  std::optional<Nanoseconds> ask_again_;
  std::vector<std::string> seids_;  // sorted
};

class RacsSource final : public iso7816::CardSource {
 public:
  RacsSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<RacsInventory> inventory, std::string seid,
             RacsCardOptions options);

  [[nodiscard]] std::string uri() const override;
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override { return inventory_->presence(seid_); }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::shared_ptr<LineConnector> connector_;
  std::shared_ptr<RacsInventory> inventory_;
  std::string seid_;
  RacsCardOptions options_;
};

}  // namespace cose::remote
