// SPDX-License-Identifier: Apache-2.0
// A software card with the payment applet, personalised over a secure channel, for tests. The test bank of a program is
// made once, in a folder of its own.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "emv/ca_keys.h"
#include "host/payment_authority.h"
#include "host/payment_profile_file.h"
#include "softse/soft_card_factory.h"

namespace cose::payment {

class PaymentCard {
 public:
  // `profile`: a text as docs/formats/payment-profile.md describes.
  [[nodiscard]] static Result<std::unique_ptr<PaymentCard>> make(std::string_view profile);

  [[nodiscard]] softse::SoftCard& card() { return *card_; }
  [[nodiscard]] const host::PaymentProfileFile& profile() const { return profile_; }
  [[nodiscard]] const host::PaymentAuthority& authority() const { return *authority_; }
  // Of the test bank: for data authentication.
  [[nodiscard]] const emv::CaKeys& authorities() const { return authorities_; }
  [[nodiscard]] Result<Secret> card_key(const Secret& issuer_key) const;

 private:
  PaymentCard() = default;
  [[nodiscard]] Status build();

  cose::testing::ManualClock clock_;
  std::shared_ptr<cose::testing::SeededRng> rng_ = std::make_shared<cose::testing::SeededRng>(1);
  host::PaymentProfileFile profile_;
  std::unique_ptr<host::PaymentAuthority> authority_;
  emv::CaKeys authorities_;
  std::shared_ptr<softse::SoftCardFactory> factory_;
  std::unique_ptr<softse::SoftCard> card_;
};

// M/Chip with CDA, relay resistance and magnetic stripe mode; VIS with CVN 18 and single tap.
[[nodiscard]] std::string_view mchip_profile();
[[nodiscard]] std::string_view vis_profile();

}  // namespace cose::payment
