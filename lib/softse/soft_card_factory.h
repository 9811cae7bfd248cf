// SPDX-License-Identifier: Apache-2.0
// Makes software cards of one product, quickly: the first one is built step by step, and every other is its image
// restored and given a name and keys of its own. API and linked code are shared by all.
//
// After create() any thread may make cards, if library, clock and rng are for any thread. The clock outlives
// all cards, the factory need not. Errors of create(): kInvalid and kRefused, a product that
// cannot be built (profile, CAP files).
#pragma once

#include <memory>
#include <span>

#include "gpcard/package_library.h"
#include "iso7816/card_source.h"
#include "softse/soft_card.h"

namespace cose::softse {

class SoftCardFactory {
 public:
  [[nodiscard]] static Result<std::shared_ptr<SoftCardFactory>> create(CardProduct product,
                                                                       std::shared_ptr<gpcard::PackageLibrary> library,
                                                                       const Clock& clock, std::shared_ptr<Rng> rng);

  // Card number `serial` of the product, new and without power. The same serial gives the same keys.
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> make(std::uint32_t serial);
  // What all cards of the product have in common, before they get names and keys; and a card made from one.
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> make_blank();
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> make_from(const jcvm::Snapshot& blank, std::uint32_t serial);
  // A card as a snapshot has it.
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> restore(const jcvm::Snapshot& snapshot);

  [[nodiscard]] const CardProduct& product() const { return *product_; }
  // Card number and keys; for whoever has to open its secure channel.
  [[nodiscard]] Result<gpcard::CardIdentity> identity(std::uint32_t serial) const;

 private:
  SoftCardFactory(CardProduct product, std::shared_ptr<gpcard::PackageLibrary> library, const Clock& clock,
                  std::shared_ptr<Rng> rng);
  [[nodiscard]] Status build_template();
  [[nodiscard]] Status preload(gpcard::CardManager& manager, const Preloaded& preloaded);
  [[nodiscard]] Result<std::unique_ptr<jcre::Runtime>> restore_runtime(const jcvm::Snapshot& snapshot);

  std::shared_ptr<const CardProduct> product_;
  std::shared_ptr<gpcard::PackageLibrary> library_;
  const Clock& clock_;
  std::shared_ptr<Rng> rng_;
  jcvm::Snapshot template_;
};

// "sim:...": one card, made when it is first opened and kept, with all that happens to it, as long as the source.
class SoftCardSource final : public iso7816::CardSource {
 public:
  SoftCardSource(std::string uri, std::shared_ptr<SoftCardFactory> factory, std::uint32_t serial)
      : uri_(std::move(uri)), factory_(std::move(factory)), serial_(serial) {}

  [[nodiscard]] std::string uri() const override { return uri_; }
  [[nodiscard]] bool may_block() const override { return false; }
  [[nodiscard]] iso7816::Presence presence() override { return iso7816::Presence::kPresent; }
  // kBusy while somebody has it.
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::string uri_;
  std::shared_ptr<SoftCardFactory> factory_;
  std::uint32_t serial_;
  std::shared_ptr<SoftCard> card_;
};

}  // namespace cose::softse
