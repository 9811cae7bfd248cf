// SPDX-License-Identifier: Apache-2.0
// The data groups that make a payment application, and its directories, of applets/payment.
//
// Pure functions: they compute certificates and card keys and say what goes where. How groups get onto a card is the
// caller's affair. Errors: kInvalid, a profile that cannot be (a key too large for a record, digits that are none).
// Source: EMV Card Personalization Specification 1.1 §2.2 and annex A; the groups 3000, 3001, 8001 and B105 are the
// applet's own (applets/payment/README.md).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "emv/payment_profile.h"

namespace cose::emv {

enum class Protection { kPlain, kEncrypted };

struct DataGroup {
  std::uint16_t identifier = 0;
  Secret value;
  Protection protection = Protection::kPlain;
};
// Identifier, length and value as they travel.
[[nodiscard]] Bytes encode(std::uint16_t identifier, ByteView value);

[[nodiscard]] Result<std::vector<DataGroup>> application_groups(const PaymentProfile& profile, const CardData& card,
                                                                const IssuerKeys& keys, const CertifiedIssuer& issuer,
                                                                const crypto::RsaPrivateKey& card_key);

// One application in a directory.
struct DirectoryEntry {
  Bytes aid;
  std::string label;
  std::uint8_t priority = 1;
  std::uint8_t kernel = 0;  // 0: not said; the PPSE only
};
[[nodiscard]] std::vector<DataGroup> pse_groups(std::span<const DirectoryEntry> entries, const std::string& languages);
[[nodiscard]] std::vector<DataGroup> ppse_groups(std::span<const DirectoryEntry> entries);

}  // namespace cose::emv
