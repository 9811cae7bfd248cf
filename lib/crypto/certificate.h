// SPDX-License-Identifier: Apache-2.0
// X.509 certificates and revocation lists for a small authority of one's own (RFC 5280), on P-256 with SHA-256.
//
// An issuer is a certificate and its key; a certificate that names no issuer is signed with its own key. Texts are PEM.
// Times count from 1970 and are whole seconds. Signing draws from OpenSSL's generator; nothing else does. Values; any
// thread. Errors: kInvalid, naming what is wrong with the terms.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/ec_key.h"

namespace cose::crypto {

// RFC 5280 §4.1.2.2: a serial number is positive and has 20 octets at most.
inline constexpr std::size_t kMaximumSerial = 20;

struct AlternativeName {
  enum class Kind : std::uint8_t { kDns, kAddress, kMail, kUri };
  Kind kind = Kind::kDns;
  std::string value;  // an address in its usual form, 10.0.0.7 or ::1
};

enum class CertificateUse : std::uint8_t {
  kAuthority,  // signs certificates and revocation lists, of itself only such that are no authorities
  kServer,
  kClient,
};

struct CertificateTerms {
  std::string common_name;  // UTF-8, 1 to 64 characters
  std::vector<AlternativeName> alternative_names;
  CertificateUse use = CertificateUse::kClient;
  Bytes serial;
  Nanoseconds not_before{0};
  Nanoseconds not_after{0};
};

struct Issuer {
  std::string_view certificate;
  const EcPrivateKey& key;
};

[[nodiscard]] Result<std::string> issue_certificate(const CertificateTerms& terms, const EcPublicKey& subject,
                                                    const Issuer& issuer);
[[nodiscard]] Result<std::string> self_sign_certificate(const CertificateTerms& terms, const EcPrivateKey& key);

struct RevokedCertificate {
  Bytes serial;
  Nanoseconds when{0};
};

struct RevocationList {
  std::vector<RevokedCertificate> revoked;
  std::uint64_t number = 1;  // grows with each list of an authority
  Nanoseconds this_update{0};
  Nanoseconds next_update{0};
};

[[nodiscard]] Result<std::string> issue_revocation_list(const RevocationList& list, const Issuer& issuer);

// PKCS #8 without a password.
[[nodiscard]] Result<Secret> write_private_key(const EcPrivateKey& key);

}  // namespace cose::crypto
