// SPDX-License-Identifier: Apache-2.0
// A software card whose state is kept outside: its heap's image, the load files of its packages, and the description of
// its product, as the sections of a vault.
//
//   section 0             the image of the heap
//   section 1             whatever the maker of the card needs to know its product again; may be missing
//   section 2 + number    the load file of the package of that number, unless every card of the process has it
//
// A load file is stored with each card that was not made from a template with the same package, and linked once for a
// process. Rules of SoftCard.
#pragma once

#include <map>
#include <memory>

#include "fleet/stateful_card.h"
#include "softse/soft_card_factory.h"
#include "vault/card_state.h"

namespace cose::softse {

inline constexpr vault::SectionNumber kImageSection = 0;
inline constexpr vault::SectionNumber kProductSection = 1;
inline constexpr vault::SectionNumber kFirstPackageSection = 2;

class StoredCard final : public fleet::StatefulCard {
 public:
  StoredCard(std::unique_ptr<SoftCard> card, std::shared_ptr<gpcard::PackageLibrary> library, Bytes product)
      : card_(std::move(card)), library_(std::move(library)), product_(std::move(product)) {}

  [[nodiscard]] Result<Bytes> power_up(iso7816::ResetKind kind) override { return card_->power_up(kind); }
  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override {
    return card_->transmit(command, response);
  }
  Status power_down() override { return card_->power_down(); }
  [[nodiscard]] std::vector<vault::SectionChange> take_changes() override;
  [[nodiscard]] std::size_t footprint() const override { return sizeof *this + card_->footprint(); }

  [[nodiscard]] SoftCard& card() { return *card_; }

 private:
  void take_packages(std::vector<vault::SectionChange>& changes);

  std::unique_ptr<SoftCard> card_;
  std::shared_ptr<gpcard::PackageLibrary> library_;
  Bytes product_;
  bool product_told_ = false;
  std::map<vault::SectionNumber, const jcvm::Package*> told_;  // what the sections say
  std::vector<Bytes> load_files_;                              // lent by the last take_changes()
};

// The image in the sections, with every package that it names linked. Error: kInvalid, one is missing or no package.
[[nodiscard]] Result<jcvm::Snapshot> snapshot_of(const vault::Sections& sections, gpcard::PackageLibrary& library);

}  // namespace cose::softse
