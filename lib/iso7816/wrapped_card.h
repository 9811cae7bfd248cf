// SPDX-License-Identifier: Apache-2.0
// A card in front of another card: passes every call on, and is the base of those that do something about it.
//
// It either owns the card behind it or borrows one that outlives it.
#pragma once

#include <memory>
#include <utility>

#include "iso7816/card.h"

namespace cose::iso7816 {

class WrappedCard : public Card {
 public:
  explicit WrappedCard(Card& borrowed) : card_(&borrowed) {}
  explicit WrappedCard(std::unique_ptr<Card> owned) : owned_(std::move(owned)), card_(owned_.get()) {
    COSE_ASSERT(card_ != nullptr);
  }

  [[nodiscard]] Result<Bytes> power_up(ResetKind kind) override { return card_->power_up(kind); }
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override {
    return card_->transmit(command, response);
  }
  [[nodiscard]] Result<std::optional<Bytes>> recall(ByteView request, ByteView command) override {
    return card_->recall(request, command);
  }
  Status power_down() override { return card_->power_down(); }
  [[nodiscard]] Status check() override { return card_->check(); }

 protected:
  [[nodiscard]] Card& card() { return *card_; }

 private:
  std::unique_ptr<Card> owned_;
  Card* card_;
};

}  // namespace cose::iso7816
