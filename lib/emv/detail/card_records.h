// SPDX-License-Identifier: Apache-2.0
// The records of a payment application's files, and which of them a terminal reads at which interface.
//
//   file 1  record 1  magnetic stripe mode      record 2  track 2, name
//   file 2  record 1  signed, contact           record 2  signed, contactless
//   file 3  1 index of the authority, exponent and remainder  2 issuer's certificate  3 card's exponent, remainder,
//   DDOL
//           4 card's certificate, contact       5 signed static data
//   file 4  record 1  card's certificate, contactless         record 2  made by the card: signature of a tap
//
// The interfaces have certificates of their own since these cover the interchange profile, in which they differ.
#pragma once

#include <cstdint>
#include <utility>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "emv/payment_profile.h"

namespace cose::emv::detail {

inline constexpr std::uint16_t kTapSignatureRecord = 0x0402;

struct CardRecords {
  std::vector<std::pair<std::uint16_t, Bytes>> records;  // by file and number
  Bytes processing;                                      // 82 and 94 as elements
  Bytes contactless_processing;
  Bytes tap_objects;  // what the answer of a tap has besides
};

[[nodiscard]] Result<CardRecords> make_records(const PaymentProfile& profile, const CardData& card,
                                               const CertifiedIssuer& issuer, const crypto::RsaPrivateKey& card_key);

[[nodiscard]] bool has_magnetic_stripe(const PaymentProfile& profile);
// The static parts, with zeros where the terminal puts numbers.
[[nodiscard]] Result<Bytes> stripe_track_1(const CardData& card);
[[nodiscard]] Result<Bytes> stripe_track_2(const CardData& card);

}  // namespace cose::emv::detail
