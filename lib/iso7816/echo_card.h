// SPDX-License-Identifier: Apache-2.0
// The simplest card: answers the data of the command and 9000. For benches and for trying out a way to a card.
//
// Allocates nothing when the response buffer has room. Errors: kInvalid (no command APDU), kUnresponsive (no power).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "iso7816/card.h"
#include "iso7816/card_source.h"

namespace cose::iso7816 {

// T=0 and T=1, no historical bytes.
inline constexpr std::array<std::uint8_t, 5> kEchoAtr = {0x3B, 0x80, 0x80, 0x01, 0x01};

class EchoCard final : public Card {
 public:
  [[nodiscard]] Result<Bytes> power_up(ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

 private:
  bool has_power_ = false;
};

// "echo:", a new card each time.
class EchoSource final : public CardSource {
 public:
  [[nodiscard]] std::string uri() const override { return "echo:"; }
  [[nodiscard]] bool may_block() const override { return false; }
  [[nodiscard]] Presence presence() override { return Presence::kPresent; }
  [[nodiscard]] Result<std::unique_ptr<Card>> open() override;
};

}  // namespace cose::iso7816
