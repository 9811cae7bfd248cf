// SPDX-License-Identifier: Apache-2.0
#include "emv/payment_profile.h"

#include <utility>

namespace cose::emv {

namespace {

constexpr std::size_t kIssuerDigits = 8;
constexpr Bytes::value_type kSerial[] = {0x00, 0x00, 0x01};

}  // namespace

Result<CertifiedIssuer> certify_issuer(const crypto::RsaPrivateKey& authority, std::uint8_t index, std::string_view pan,
                                       Month expiry, crypto::RsaPrivateKey issuer) {
  COSE_TRY(const auto key, issuer.public_key());
  COSE_TRY(auto made,
           make_certificate(CertificateKind::kIssuer, authority,
                            {.pan = pan.substr(0, kIssuerDigits), .expiry = expiry, .serial = kSerial}, key));
  return CertifiedIssuer{.authority_index = index,
                         .certificate = std::move(made.certificate),
                         .remainder = std::move(made.remainder),
                         .key = std::move(issuer)};
}

// ISO/IEC 7812-1 annex B.
std::string with_check_digit(std::string pan) {
  unsigned sum = 0;
  bool doubles = true;
  for (auto at = pan.size() - 1; at-- > 0; doubles = !doubles) {
    const auto digit = static_cast<unsigned>(pan[at] - '0') * (doubles ? 2 : 1);
    sum += digit / 10 + digit % 10;
  }
  pan.back() = static_cast<char>('0' + (10 - sum % 10) % 10);
  return pan;
}

}  // namespace cose::emv
