// SPDX-License-Identifier: Apache-2.0
// The global PIN (GPC 2.3.1 §8.2): value and tries in the registry, what was verified since the last reset beside it.
#pragma once

#include "gpcard/registry.h"
#include "jcre/card_manager.h"

namespace cose::gpcard {

inline constexpr std::size_t kMaximumPin = 16;
inline constexpr std::uint8_t kDefaultTries = 3;

class Verification final : public jcre::CardholderVerification {
 public:
  // The registry outlives it.
  explicit Verification(Registry& registry) : registry_(registry) {}

  [[nodiscard]] bool active() override;
  [[nodiscard]] bool submitted() override { return submitted_; }
  [[nodiscard]] bool verified() override { return verified_; }
  [[nodiscard]] bool blocked() override;
  [[nodiscard]] std::uint8_t tries_remaining() override;
  [[nodiscard]] bool verify(ByteView value, std::uint8_t format) override;
  void reset_state() override;
  [[nodiscard]] bool update(jcvm::AppletId by, ByteView value, std::uint8_t format) override;
  [[nodiscard]] bool set_try_limit(jcvm::AppletId by, std::uint8_t limit) override;
  [[nodiscard]] bool block(jcvm::AppletId by) override;
  [[nodiscard]] bool reset_and_unblock(jcvm::AppletId by) override;

 private:
  [[nodiscard]] std::optional<Entry<Pin>> pin() const;
  [[nodiscard]] bool may_manage(jcvm::AppletId by) const;
  [[nodiscard]] bool keep(std::optional<Slot> slot, Pin&& pin);

  Registry& registry_;
  bool submitted_ = false;
  bool verified_ = false;
};

}  // namespace cose::gpcard
