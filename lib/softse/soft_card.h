// SPDX-License-Identifier: Apache-2.0
// One software secure element: a Java Card with its runtime, its API and a GlobalPlatform card manager, as a Card.
//
// It owns its runtime and card manager; product and library it shares with the cards of its factory. Computes only:
// no call waits. What it keeps is the image of its heap. Reset does what a reset of plastic does: transient memory is
// cleared, channels close, an open transaction rolls back; power_down() takes its working memory as well.
// Errors: kUnresponsive (no power). One owner at a time.
#pragma once

#include <memory>

#include "gpcard/card_manager.h"
#include "iso7816/card.h"
#include "softse/card_product.h"

namespace cose::softse {

class SoftCard final : public iso7816::Card {
 public:
  // For factories.
  SoftCard(std::shared_ptr<const CardProduct> product, std::shared_ptr<gpcard::PackageLibrary> library,
           std::shared_ptr<Rng> rng, std::unique_ptr<jcre::Runtime> runtime);
  ~SoftCard() override;

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override;
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;
  Status power_down() override;

  [[nodiscard]] gpcard::CardManager& manager() { return *manager_; }
  [[nodiscard]] jcre::Runtime& runtime() { return *runtime_; }
  // Octets of memory that this card alone takes.
  [[nodiscard]] std::size_t footprint() const;

 private:
  [[nodiscard]] ReaderFace reader_face() const;

  std::shared_ptr<const CardProduct> product_;
  std::shared_ptr<gpcard::PackageLibrary> library_;
  std::shared_ptr<Rng> rng_;
  std::unique_ptr<jcre::Runtime> runtime_;
  std::unique_ptr<gpcard::CardManager> manager_;
  bool has_power_ = false;
};

}  // namespace cose::softse
