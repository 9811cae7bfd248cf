// SPDX-License-Identifier: Apache-2.0
// Writes down everything that passes between the user and the card behind, errors included.
//
// The sink outlives the card. What is written down holds PINs and plaintexts: recording is something a person asks for.
#pragma once

#include <memory>
#include <utility>

#include "iso7816/transcript_sink.h"
#include "iso7816/wrapped_card.h"

namespace cose::iso7816 {

class RecordingCard final : public WrappedCard {
 public:
  RecordingCard(Card& borrowed, TranscriptSink& sink) : WrappedCard(borrowed), sink_(sink) {}
  RecordingCard(std::unique_ptr<Card> owned, TranscriptSink& sink) : WrappedCard(std::move(owned)), sink_(sink) {}

  [[nodiscard]] Result<Bytes> power_up(ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

 private:
  TranscriptSink& sink_;
};

}  // namespace cose::iso7816
