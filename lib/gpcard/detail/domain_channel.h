// SPDX-License-Identifier: Apache-2.0
// The secure channel of an application's security domain, as the application uses it (GPC 2.3.1 §10.3).
//
// Belongs to a card manager and works on the session of the running command's channel.
#pragma once

#include "gpcard/card_manager.h"

namespace cose::gpcard {

class CardManager::DomainChannel final : public jcre::ApplicationChannel {
 public:
  explicit DomainChannel(CardManager& manager) : manager_(manager) {}

  void serve(Slot domain) { domain_ = domain; }

  [[nodiscard]] StatusWord process_security(const iso7816::CommandApduView& command, Bytes& response) override;
  [[nodiscard]] StatusWord unwrap(ByteView command, Bytes& plain) override;
  [[nodiscard]] StatusWord wrap(ByteView response, Bytes& wrapped) override;
  [[nodiscard]] StatusWord decrypt(ByteView wrapped, Bytes& plain) override;
  [[nodiscard]] StatusWord encrypt(ByteView plain, Bytes& wrapped) override;
  void reset_security() override;
  [[nodiscard]] std::uint8_t security_level() override;
  [[nodiscard]] StatusWord set_security_level(std::uint8_t level) override;

 private:
  [[nodiscard]] Session& session() { return manager_.session(manager_.runtime().channel()); }

  CardManager& manager_;
  Slot domain_ = kNoSlot;
};

}  // namespace cose::gpcard
