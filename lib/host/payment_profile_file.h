// SPDX-License-Identifier: Apache-2.0
// What `cose emv personalize` reads: docs/formats/payment-profile.md says what stands in it.
//
// What the file leaves out is as in a default emv::PaymentProfile. Errors: kNotFound, kInvalid with file and line.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"
#include "emv/payment_profile.h"
#include "host/payment_authority.h"

namespace cose::host {

struct PaymentProfileFile {
  AuthorityWishes authority;
  emv::PaymentProfile profile;
  emv::CardData card;

  // Card number `number` of the product, from 0: its account number is as much higher, with a new check digit.
  [[nodiscard]] Result<emv::CardData> numbered(std::uint32_t number) const;
};

[[nodiscard]] Result<PaymentProfileFile> load_payment_profile(const std::string& file);
[[nodiscard]] Result<PaymentProfileFile> parse_payment_profile(std::string_view text, std::string_view origin);

}  // namespace cose::host
