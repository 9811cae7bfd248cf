// SPDX-License-Identifier: Apache-2.0
// The certificates and signatures of offline data authentication with RSA: recovered and checked, and made.
//
// A certificate is a block signed with message recovery; what of the key did not fit into it travels beside it as the
// remainder. Values own what they hold. Errors: kInvalid, each the reason for one step, with what was expected and
// what came. Source: EMV 4.3 Book 2 chapters 5 and 6, tables 5 to 17.
#pragma once

#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/rsa.h"

namespace cose::emv {

// A month of this century or the last, as certificates have it.
struct Month {
  unsigned year = 0;  // 1950 to 2049
  unsigned month = 1;

  // MMYY in packed digits (EMV 4.3 Book 4 §6.7.3: years 50 to 99 are of the last century).
  [[nodiscard]] static Result<Month> from_certificate(ByteView packed);
  [[nodiscard]] Bytes to_certificate() const;

  friend auto operator<=>(const Month&, const Month&) = default;
};

enum class CertificateKind { kIssuer, kCard };

// What stands beside the certificate, and what it must agree with.
struct CertificateInput {
  ByteView certificate;
  ByteView remainder;
  ByteView exponent;
  ByteView static_data;  // of a card's certificate: what its hash covers besides
  std::string_view pan;  // digits
  Month today;
};

struct Certified {
  CertificateKind kind = CertificateKind::kIssuer;
  Bytes subject;  // leading digits of the account number, or all of it; filled with F
  Month expiry;
  Bytes serial;
  crypto::RsaPublicKey key;
};

[[nodiscard]] Result<Certified> recover_certificate(CertificateKind kind, const crypto::RsaPublicKey& signer,
                                                    const CertificateInput& input);

// Signed static application data (93): the data authentication code.
[[nodiscard]] Result<Bytes> recover_static_signature(const crypto::RsaPublicKey& issuer, ByteView signature,
                                                     ByteView static_data);
// Signed dynamic application data (9F4B): the dynamic data that the card signed.
[[nodiscard]] Result<Bytes> recover_dynamic_signature(const crypto::RsaPublicKey& card, ByteView signature,
                                                      ByteView terminal_data);

// ---- made, by those who have the private keys ----
struct CertificateContent {
  std::string_view pan;
  Month expiry;
  ByteView serial;  // 3 octets
};

struct MadeCertificate {
  Bytes certificate;
  Bytes remainder;
};

[[nodiscard]] Result<MadeCertificate> make_certificate(CertificateKind kind, const crypto::RsaPrivateKey& signer,
                                                       const CertificateContent& content,
                                                       const crypto::RsaPublicKey& key, ByteView static_data = {});
[[nodiscard]] Result<Bytes> sign_static_data(const crypto::RsaPrivateKey& issuer, ByteView authentication_code,
                                             ByteView static_data);
[[nodiscard]] Result<Bytes> sign_dynamic_data(const crypto::RsaPrivateKey& card, ByteView dynamic_data,
                                              ByteView terminal_data);

}  // namespace cose::emv
