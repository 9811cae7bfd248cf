// SPDX-License-Identifier: Apache-2.0
// sim: URIs: one factory for each kind of software card, one numbered card for each source.
//
//   sim:[?options]   profile=FILE   docs/formats/card-profile.md
//                    scp=02|03      this protocol first, with the public test keys
//                    load=FILE,...  CAP files to be on the card, with their applets
//                    serial=N       this card of the product; else each gets the next number
//
// Used by the one thread that makes sources; the cards then run where they are opened. The clock outlives them.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "bytes/clock.h"
#include "crypto/random.h"
#include "host/card_uri.h"
#include "host/shared_packages.h"
#include "softse/soft_card_factory.h"

namespace cose::host {

class SoftCards {
 public:
  explicit SoftCards(const Clock& clock) : clock_(clock) {}

  [[nodiscard]] Result<std::shared_ptr<iso7816::CardSource>> source(const CardUri& uri);

 private:
  struct Kind {
    std::shared_ptr<softse::SoftCardFactory> factory;
    std::uint32_t next_serial = 0;
  };

  [[nodiscard]] Result<Kind*> kind(const CardUri& uri);

  const Clock& clock_;
  std::shared_ptr<SharedPackages> packages_ = std::make_shared<SharedPackages>();
  // Sources outlive the opener, and so must the chance that their cards draw on.
  std::shared_ptr<crypto::SystemRng> rng_ = std::make_shared<crypto::SystemRng>();
  std::map<std::string, Kind> kinds_;
};

}  // namespace cose::host
