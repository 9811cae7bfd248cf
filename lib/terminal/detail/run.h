// SPDX-License-Identifier: Apache-2.0
// One transaction in the making: the card, the parties, the data, and what has been found so far. All steps work on it.
//
// Borrows the card, configuration and parties for the time of the transaction.
#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "emv/data_authentication.h"
#include "iso7816/command_apdu.h"
#include "iso7816/completing_card.h"
#include "iso7816/response_apdu.h"
#include "terminal/configuration.h"
#include "terminal/detail/data_store.h"
#include "terminal/transaction.h"

namespace cose::terminal::detail {

inline constexpr std::uint32_t kWholeAnswer = 256;
// No honest transaction comes near.
inline constexpr std::size_t kMaximumCommands = 600;
inline constexpr std::size_t kMaximumDolData = 252;

class Run {
 public:
  Run(iso7816::Card& card, const Configuration& terminal, const Payment& wanted, const Parties& taking_part)
      : configuration(terminal), payment(wanted), parties(taking_part), card_(card) {}

  [[nodiscard]] Status power_up();
  [[nodiscard]] Result<iso7816::ResponseApdu> send(const iso7816::CommandApduView& command);
  [[nodiscard]] Result<iso7816::ResponseApdu> select(ByteView name, std::uint8_t p2 = 0x00);
  [[nodiscard]] Result<iso7816::ResponseApdu> read_record(unsigned file, unsigned record);
  // The value of the object, or nothing when the card has none.
  [[nodiscard]] Result<std::optional<Bytes>> get_data(Tag tag);

  void begin_step(std::string_view name);
  void end_step();
  void note(std::string text);
  void problem(std::string text);

  // The transaction ends here.
  void end(Decision decision, std::string reason);
  [[nodiscard]] bool has_ended() const { return ended_; }

  void tvr(Bit bit) { data.set_bit(tags::kTvr, bit); }
  void tsi(Bit bit) { data.set_bit(tags::kTsi, bit); }
  [[nodiscard]] bool card_offers(Bit bit) const { return data.has_bit(tags::kAip, bit); }
  [[nodiscard]] bool terminal_can(Bit bit) const { return data.has_bit(tags::kCapabilities, bit); }
  [[nodiscard]] emv::AuthenticationInput authentication_input() const;

  const Configuration& configuration;
  const Payment& payment;
  const Parties& parties;
  DataStore data;
  Outcome outcome;

  const Application* application = nullptr;
  Bytes aid;
  std::set<Tag> read_tags;  // of the card's records
  emv::StaticData static_data;
  bool static_data_good = true;
  bool combined_failed = false;  // the signature with a cryptogram was asked for, came, and is not good
  Bytes pdol_data;
  Bytes cdol1_data;
  Bytes cdol2_data;
  Bytes pin_block;

 private:
  iso7816::CompletingCard card_;
  std::size_t commands_ = 0;
  Nanoseconds step_begin_{0};
  bool ended_ = false;
};

[[nodiscard]] std::string status_text(iso7816::StatusWord status);

// The octets of the DOL, filled; the error is the list's.
[[nodiscard]] Result<Bytes> fill_list(const DataStore& data, ByteView list);

}  // namespace cose::terminal::detail
