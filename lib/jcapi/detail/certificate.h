// SPDX-License-Identifier: Apache-2.0
// What the natives of javacardx.security.cert share: what handlers are asked, public keys of certificates, signatures.
//
// Where the API leaves it open: fields are whole DER elements, but the version's INTEGER; a handler that answers false
// to buildCert() leaves the field out of the object, and ends parseCert(). What handlers are shown are global arrays
// that are gone afterwards.
//
// The object of a certificate is an X509CertificateImpl: its state octets are what was kept, its reference cells the
// DER octets in a byte array of its own, and the public key.
#pragma once

#include <array>
#include <optional>

#include "jcapi/detail/callback.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/x509.h"

namespace cose::jcapi::detail {

inline constexpr std::string_view kCertificateClass = "javacardx/security/cert/X509CertificateImpl";
inline constexpr std::string_view kExtensionHandler = "javacardx/security/cert/X509Certificate$ExtensionHandler";
inline constexpr std::int16_t kTypeX509 = 1;

// JC API 3.1, reasons of CertificateException.
enum class CertificateReason : std::int16_t {
  kInvalidEncoding = 1,
  kInvalidParameter = 2,
  kInvalidSignature = 4,
  kHandlerInvalidKey = 6,
};
NativeResult throw_certificate(NativeCall& call, CertificateReason reason);

// X509Certificate.FIELD_..., in the order in which they stand in a certificate.
struct Field {
  std::uint16_t number;
  ByteView x509::Certificate::* element;
};
inline constexpr Field kCertificateFields[] = {
    {1, &x509::Certificate::version_element},
    {2, &x509::Certificate::serial_number},
    {4, &x509::Certificate::tbs_signature_algorithm},
    {8, &x509::Certificate::issuer},
    {32, &x509::Certificate::not_before},
    {16, &x509::Certificate::not_after},
    {64, &x509::Certificate::subject},
    {128, &x509::Certificate::public_key_info},
    {256, &x509::Certificate::issuer_unique_id},
    {512, &x509::Certificate::subject_unique_id},
    {1024, &x509::Certificate::tbs},
    {2048, &x509::Certificate::signature_algorithm},
    {4096, &x509::Certificate::signature},
};

// The fields kept, then a bit for each extension kept.
struct Kept {
  std::uint16_t fields = 0;
  std::uint32_t extensions = 0;
};
inline constexpr std::uint16_t kKeptOctets = sizeof(std::uint16_t) + sizeof(std::uint32_t);
enum CertificateCell : std::size_t { kEncoding = 0, kPublicKey = 1 };

enum class Purpose { kBuild, kParse };

// Nothing: an exception is pending. Without a handler everything is kept.
[[nodiscard]] std::optional<Kept> ask_handlers(NativeCall& call, const x509::Certificate& certificate, Reference object,
                                               Purpose purpose);
[[nodiscard]] std::optional<bool> ask_extension(NativeCall& call, Callback& handler, const x509::Extension& extension);

// The key that a handler gives, or one of our own, with the certificate's value. Nothing: an exception is pending;
// kNull: there is none.
[[nodiscard]] std::optional<Reference> public_key(NativeCall& call, const x509::Certificate& certificate,
                                                  Reference object, Purpose purpose);
// An initialized public key as argument. Nothing: an exception is pending.
[[nodiscard]] std::optional<KeyObject> verification_key(NativeCall& call, Reference reference);
[[nodiscard]] bool verifies(NativeCall& call, const x509::Certificate& certificate, const KeyObject& key);

}  // namespace cose::jcapi::detail
