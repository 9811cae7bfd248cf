// SPDX-License-Identifier: Apache-2.0
// Makes software cards of one product, quickly: the first one is built step by step, and every other is its image
// restored and given a name and keys of its own. API and linked code are shared by all.
//
// One thread at a time; clock and rng outlive all cards. Errors of create(): kInvalid and kRefused, a product that
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
  [[nodiscard]] static Result<std::shared_ptr<SoftCardFactory>> create(CardProduct product, Clock& clock, Rng& rng);

  // Card number `serial` of the product, new and without power. The same serial gives the same keys.
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> make(std::uint32_t serial);
  // A card as a snapshot has it.
  [[nodiscard]] Result<std::unique_ptr<SoftCard>> restore(const jcvm::Snapshot& snapshot);

  [[nodiscard]] const CardProduct& product() const { return *product_; }
  [[nodiscard]] gpcard::PackageCache& packages() { return *packages_; }
  // Card number and keys; for whoever has to open its secure channel.
  [[nodiscard]] Result<gpcard::CardIdentity> identity(std::uint32_t serial) const;

 private:
  SoftCardFactory(CardProduct product, Clock& clock, Rng& rng);
  [[nodiscard]] Status build_template();
  [[nodiscard]] Status preload(gpcard::CardManager& manager, const Preloaded& preloaded);
  [[nodiscard]] Result<std::unique_ptr<jcre::Runtime>> restore_runtime(const jcvm::Snapshot& snapshot);

  std::shared_ptr<const CardProduct> product_;
  std::shared_ptr<gpcard::PackageCache> packages_;
  Clock& clock_;
  Rng& rng_;
  jcvm::Snapshot template_;
};

// "sim:...": the same card, new each time it is opened.
class SoftCardSource final : public iso7816::CardSource {
 public:
  SoftCardSource(std::string uri, std::shared_ptr<SoftCardFactory> factory, std::uint32_t serial)
      : uri_(std::move(uri)), factory_(std::move(factory)), serial_(serial) {}

  [[nodiscard]] std::string uri() const override { return uri_; }
  [[nodiscard]] bool may_block() const override { return false; }
  [[nodiscard]] iso7816::Presence presence() override { return iso7816::Presence::kPresent; }
  [[nodiscard]] Result<std::unique_ptr<iso7816::Card>> open() override;

 private:
  std::string uri_;
  std::shared_ptr<SoftCardFactory> factory_;
  std::uint32_t serial_;
};

}  // namespace cose::softse
