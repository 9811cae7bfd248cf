// SPDX-License-Identifier: Apache-2.0
// A secure element of another grid as a Card, over RACS: racs://HOST:PORT/SEID.
//
// Power-up connects and sends POWERON, then GET-ATR, an extension; a server that does not know it has a card whose
// answer to reset is 3B00, the shortest. A reset sends RESET, power-down SHUTDOWN, and closes. Each command is a
// request of its own and sent once: when its answer is lost, the error says so.
//
// Errors: those of the far grid by their class (grid/racs_reply.h), kClosed and kTimeout of the way there.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "grid/racs_reply.h"
#include "iso7816/card.h"
#include "iso7816/card_source.h"
#include "remote/line_channel.h"

namespace cose::remote {

// Sends one command as a request and gives its status, whose text lies in `reply`. After an error the channel is of no
// more use.
[[nodiscard]] Result<grid::RacsStatus> ask_racs(LineChannel& channel, std::string_view command, std::string& reply,
                                                Nanoseconds timeout);

class RacsCard final : public iso7816::Card {
 public:
  RacsCard(std::shared_ptr<LineConnector> connector, std::string seid, Nanoseconds patience);

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

 private:
  [[nodiscard]] Result<std::string_view> ask(const std::string& command);
  [[nodiscard]] Result<Bytes> answer_to_reset();

  std::shared_ptr<LineConnector> connector_;
  std::string seid_;
  Nanoseconds patience_;
  std::unique_ptr<LineChannel> channel_;
  std::string reply_;
};

// Which secure elements a far grid shows this client, asked at most once per `lifetime` for all of them.
class RacsInventory {
 public:
  static constexpr Nanoseconds kPauseAfterFailure = std::chrono::seconds(15);

  RacsInventory(std::shared_ptr<LineConnector> connector, const Clock& clock,
                Nanoseconds lifetime = std::chrono::seconds(5));
  [[nodiscard]] iso7816::Presence presence(std::string_view seid);

 private:
  [[nodiscard]] Result<std::vector<std::string>> fetch();

  std::shared_ptr<LineConnector> connector_;
  const Clock& clock_;
  Nanoseconds lifetime_;
  std::optional<Nanoseconds> ask_again_;
  std::vector<std::string> seids_;  // sorted
};

class RacsSource final : public iso7816::CardSource {
 public:
  RacsSource(std::shared_ptr<LineConnector> connector, std::shared_ptr<RacsInventory> inventory, std::string seid,
             Nanoseconds patience);

  [[nodiscard]] std::string uri() const override;
  [[nodiscard]] bool may_block() const override { return true; }
  [[nodiscard]] iso7816::Presence presence() override { return inventory_->presence(seid_); }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::shared_ptr<LineConnector> connector_;
  std::shared_ptr<RacsInventory> inventory_;
  std::string seid_;
  Nanoseconds patience_;
};

}  // namespace cose::remote
