// SPDX-License-Identifier: Apache-2.0
// Offline data authentication on elliptic curves: certificates that carry their key in clear, and XDA, the signature
// over a whole GENERATE AC. Recovered and checked, and made.
//
// A key is the x-coordinate of its point; which of the two points is meant makes no difference to a signature's worth,
// so both are tried. Values own what they hold. Errors: kInvalid or kRefused, each the reason for one step. Source:
// EMV 4.4 Book 2 §12, tables 35 to 38, annex B2.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/digest.h"
#include "crypto/ec_key.h"

namespace cose::emv {

// EMV 4.4 Book 2 §B2.1: which curve and hash a key signs with.
enum class EccSuite : std::uint8_t { kSha256P256 = 0x10, kSha512P521 = 0x11 };
[[nodiscard]] Result<EccSuite> ecc_suite(std::uint8_t indicator);

// YYYYMMDDHHMM in packed digits, UTC.
using EccTime = std::array<std::uint8_t, 6>;

struct EccKey {
  EccSuite suite = EccSuite::kSha256P256;
  Bytes x;
};

struct EccAuthority {
  Bytes provider;  // 5 octets
  std::uint8_t index = 0;
  EccKey key;
};

struct EccCertified {
  EccKey key;
  Bytes subject;  // of an issuer: leading digits of the account number, filled with F
  Bytes serial;
  Bytes expiry;  // YYYYMMDD, of a card with HHMM
};

[[nodiscard]] Result<EccCertified> check_ecc_issuer(const EccAuthority& authority, ByteView certificate,
                                                    std::string_view pan, const EccTime& now);
// `static_data`: the records, then the objects that Book 3 §10.3 adds.
[[nodiscard]] Result<EccCertified> check_ecc_card(const EccKey& issuer, ByteView certificate, ByteView static_data,
                                                  const EccTime& now);
// `transaction_data`: values of PDOL, CDOL1, CDOL2 as sent, then the answer's objects without 9F4B.
[[nodiscard]] Status check_xda(const EccKey& card, ByteView signature, ByteView transaction_data);

// ---- made, by those who have the private keys ----
[[nodiscard]] Result<EccKey> ecc_key_of(EccSuite suite, const crypto::EcPrivateKey& key);

struct EccIssuerContent {
  std::string_view pan;
  ByteView expiry;  // 4 octets
  ByteView serial;  // 3 octets
};
[[nodiscard]] Result<Bytes> make_ecc_issuer(const EccAuthority& authority, const crypto::EcPrivateKey& signer,
                                            const EccIssuerContent& content, const EccKey& issuer, Rng& rng);
struct EccCardContent {
  ByteView expiry;  // 6 octets
  ByteView serial;  // 6 octets
};
[[nodiscard]] Result<Bytes> make_ecc_card(EccSuite issuer_suite, const crypto::EcPrivateKey& signer,
                                          const EccCardContent& content, const EccKey& card, ByteView static_data,
                                          Rng& rng);
[[nodiscard]] Result<Bytes> sign_xda(EccSuite suite, const crypto::EcPrivateKey& card, ByteView transaction_data,
                                     Rng& rng);

}  // namespace cose::emv
