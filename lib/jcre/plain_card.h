// SPDX-License-Identifier: Apache-2.0
// The simplest card around a runtime, for tests, benches and fuzzing: SELECT by the exact AID, MANAGE CHANNEL, and
// everything else to the applet selected on the command's channel. No card manager: who owns the card installs applets
// through the runtime. SELECT opens no channel; the card starts with nothing selected.
//
// It borrows the runtime. Source: JCRE 3.1 §4.5 to §4.8.
#pragma once

#include "iso7816/card.h"
#include "jcre/runtime.h"

namespace cose::jcre {

class PlainCard final : public iso7816::Card {
 public:
  explicit PlainCard(Runtime& runtime) : runtime_(runtime) {}

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

 private:
  void select(std::uint8_t channel, const iso7816::CommandApduView& command, Bytes& response);
  void manage_channel(const iso7816::CommandApduView& command, Bytes& response);

  Runtime& runtime_;
};

}  // namespace cose::jcre
