// SPDX-License-Identifier: Apache-2.0
#include "crypto/certificate.h"

#include <array>
#include <ctime>
#include <memory>
#include <span>

#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "crypto/detail/number.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

using detail::Freer;

template <typename Object, auto function>
using Owned = std::unique_ptr<Object, Freer<function>>;

using Bio = Owned<BIO, BIO_free>;
using Certificate = Owned<X509, X509_free>;
using Crl = Owned<X509_CRL, X509_CRL_free>;
using Extension = Owned<X509_EXTENSION, X509_EXTENSION_free>;
using Integer = Owned<ASN1_INTEGER, ASN1_INTEGER_free>;
using Time = Owned<ASN1_TIME, ASN1_TIME_free>;
using Names = Owned<GENERAL_NAMES, GENERAL_NAMES_free>;
using OneName = Owned<GENERAL_NAME, GENERAL_NAME_free>;
using Revoked = Owned<X509_REVOKED, X509_REVOKED_free>;
using Builder = Owned<OSSL_PARAM_BLD, OSSL_PARAM_BLD_free>;
using Parameters = Owned<OSSL_PARAM, OSSL_PARAM_free>;

constexpr auto kGroup = "prime256v1";
constexpr std::size_t kScalar = 32;

struct ExtensionRow {
  int nid;
  const char* value;
};

// RFC 5280 §4.2.1.1 to §4.2.1.12.
constexpr std::array kOfAuthority = {
    ExtensionRow{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
    ExtensionRow{NID_key_usage, "critical,keyCertSign,cRLSign"},
    ExtensionRow{NID_subject_key_identifier, "hash"},
};
constexpr std::array kOfServer = {
    ExtensionRow{NID_basic_constraints, "critical,CA:FALSE"},
    ExtensionRow{NID_key_usage, "critical,digitalSignature"},
    ExtensionRow{NID_ext_key_usage, "serverAuth"},
    ExtensionRow{NID_subject_key_identifier, "hash"},
    ExtensionRow{NID_authority_key_identifier, "keyid:always"},
};
constexpr std::array kOfClient = {
    ExtensionRow{NID_basic_constraints, "critical,CA:FALSE"},
    ExtensionRow{NID_key_usage, "critical,digitalSignature"},
    ExtensionRow{NID_ext_key_usage, "clientAuth"},
    ExtensionRow{NID_subject_key_identifier, "hash"},
    ExtensionRow{NID_authority_key_identifier, "keyid:always"},
};

std::span<const ExtensionRow> extensions_for(CertificateUse use) {
  switch (use) {
    case CertificateUse::kAuthority: return kOfAuthority;
    case CertificateUse::kServer: return kOfServer;
    case CertificateUse::kClient: break;
  }
  return kOfClient;
}

std::unexpected<Error> failure(std::string_view what) {
  return detail::openssl_failure(what, ErrorKind::kInvalid);
}

// scalar: empty for a public key.
Result<Handle<evp_pkey_st>> make_key(ByteView point, ByteView scalar) {
  const Builder builder(detail::allocated(OSSL_PARAM_BLD_new()));
  const detail::Number number(
      scalar.empty() ? nullptr : detail::allocated(BN_bin2bn(scalar.data(), static_cast<int>(scalar.size()), nullptr)));
  bool good = OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME, kGroup, 0) == 1 &&
              OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()) == 1;
  if (number)
    good = good && OSSL_PARAM_BLD_push_BN_pad(builder.get(), OSSL_PKEY_PARAM_PRIV_KEY, number.get(), kScalar) == 1;
  const Parameters parameters(good ? OSSL_PARAM_BLD_to_param(builder.get()) : nullptr);
  const detail::KeyContext context(detail::allocated(EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr)));
  EVP_PKEY* made = nullptr;
  const int selection = scalar.empty() ? EVP_PKEY_PUBLIC_KEY : EVP_PKEY_KEYPAIR;
  if (!parameters || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &made, selection, parameters.get()) != 1)
    return failure("expected a key on P-256");
  return Handle<evp_pkey_st>(made);
}

Result<Handle<evp_pkey_st>> make_key(const EcPublicKey& key) {
  return make_key(key.point(), {});
}

Result<Handle<evp_pkey_st>> make_key(const EcPrivateKey& key) {
  COSE_TRY(const auto other_half, key.public_key());
  const auto scalar = key.scalar();
  return make_key(other_half.point(), scalar.view());
}

Result<Time> make_time(Nanoseconds when) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(when).count();
  Time made(ASN1_TIME_set(nullptr, static_cast<std::time_t>(seconds)));
  if (!made) return failure("no time of a certificate");
  return made;
}

// RFC 5280 §4.1.2.2: positive, and not longer than 20 octets when it is written.
Result<Integer> make_serial(ByteView octets) {
  if (octets.empty() || octets.size() > kMaximumSerial || (octets[0] & 0x80) != 0)
    return fail(ErrorKind::kInvalid, "a serial number has 1 to 20 octets and is positive");
  const detail::Number number(detail::allocated(BN_bin2bn(octets.data(), static_cast<int>(octets.size()), nullptr)));
  Integer made(BN_to_ASN1_INTEGER(number.get(), nullptr));
  if (!made || BN_is_zero(number.get()) == 1) return failure("a serial number is not zero");
  return made;
}

Status add_extension(X509* certificate, X509V3_CTX& context, int nid, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value));
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1)
    return failure("an extension of the certificate");
  return {};
}

Result<OneName> make_name(const AlternativeName& name) {
  OneName made(detail::allocated(GENERAL_NAME_new()));
  if (name.kind == AlternativeName::Kind::kAddress) {
    auto* address = a2i_IPADDRESS(name.value.c_str());
    if (address == nullptr) {
      detail::forget_failures();
      return fail(ErrorKind::kInvalid, "\"" + name.value + "\" is no IP address");
    }
    GENERAL_NAME_set0_value(made.get(), GEN_IPADD, address);
    return made;
  }
  // RFC 5280 §4.2.1.6: IA5 strings.
  for (const char character : name.value)
    if (character <= ' ' || character > '~')
      return fail(ErrorKind::kInvalid, "an alternative name has printable ASCII characters only");
  if (name.value.empty()) return fail(ErrorKind::kInvalid, "an alternative name is empty");
  auto* text = detail::allocated(ASN1_IA5STRING_new());
  const int type = name.kind == AlternativeName::Kind::kDns    ? GEN_DNS
                   : name.kind == AlternativeName::Kind::kMail ? GEN_EMAIL
                                                               : GEN_URI;
  GENERAL_NAME_set0_value(made.get(), type, text);
  if (ASN1_STRING_set(text, name.value.data(), static_cast<int>(name.value.size())) != 1)
    return failure("an alternative name");
  return made;
}

Status add_alternative_names(X509* certificate, const std::vector<AlternativeName>& names) {
  if (names.empty()) return {};
  const Names list(detail::allocated(GENERAL_NAMES_new()));
  for (const auto& name : names) {
    COSE_TRY(auto made, make_name(name));
    if (sk_GENERAL_NAME_push(list.get(), made.get()) <= 0) return failure("alternative names");
    static_cast<void>(made.release());
  }
  if (X509_add1_ext_i2d(certificate, NID_subject_alt_name, list.get(), 0, X509V3_ADD_DEFAULT) != 1)
    return failure("alternative names");
  return {};
}

Result<std::string> pem_of(const Bio& bio) {
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  if (size <= 0) return failure("no text");
  return std::string(text, static_cast<std::size_t>(size));
}

Result<Certificate> read_certificate(std::string_view pem) {
  const Bio bio(detail::allocated(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))));
  Certificate read(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr));
  if (!read) return failure("expected a certificate in PEM form");
  return read;
}

Status set_subject(X509* certificate, const std::string& common_name) {
  auto* subject = X509_get_subject_name(certificate);
  const auto* octets = reinterpret_cast<const unsigned char*>(common_name.data());
  if (common_name.find('\0') != std::string::npos ||
      X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8, octets, static_cast<int>(common_name.size()),
                                 -1, 0) != 1)
    return failure("a common name has 1 to 64 characters of UTF-8");
  return {};
}

// issuer: null for a certificate that is signed with its own key.
Result<std::string> issue(const CertificateTerms& terms, EVP_PKEY* subject, X509* issuer, EVP_PKEY* signer) {
  const Certificate made(detail::allocated(X509_new()));
  COSE_TRY(const auto serial, make_serial(terms.serial));
  COSE_TRY(const auto not_before, make_time(terms.not_before));
  COSE_TRY(const auto not_after, make_time(terms.not_after));
  if (terms.not_after <= terms.not_before) return fail(ErrorKind::kInvalid, "a certificate ends after it begins");
  COSE_CHECK(set_subject(made.get(), terms.common_name));
  auto* signing = issuer == nullptr ? made.get() : issuer;
  if (X509_set_version(made.get(), X509_VERSION_3) != 1 || X509_set_serialNumber(made.get(), serial.get()) != 1 ||
      X509_set1_notBefore(made.get(), not_before.get()) != 1 || X509_set1_notAfter(made.get(), not_after.get()) != 1 ||
      X509_set_issuer_name(made.get(), X509_get_subject_name(signing)) != 1 ||
      X509_set_pubkey(made.get(), subject) != 1)
    return failure("the certificate");
  X509V3_CTX context{};
  X509V3_set_ctx(&context, signing, made.get(), nullptr, nullptr, 0);
  for (const auto& row : extensions_for(terms.use)) COSE_CHECK(add_extension(made.get(), context, row.nid, row.value));
  COSE_CHECK(add_alternative_names(made.get(), terms.alternative_names));
  if (X509_sign(made.get(), signer, EVP_sha256()) == 0) return failure("the signature of the certificate");
  const Bio bio(detail::allocated(BIO_new(BIO_s_mem())));
  if (PEM_write_bio_X509(bio.get(), made.get()) != 1) return failure("the certificate");
  return pem_of(bio);
}

Status add_revoked(X509_CRL* list, const RevokedCertificate& revoked) {
  Revoked made(detail::allocated(X509_REVOKED_new()));
  COSE_TRY(const auto serial, make_serial(revoked.serial));
  COSE_TRY(const auto when, make_time(revoked.when));
  if (X509_REVOKED_set_serialNumber(made.get(), serial.get()) != 1 ||
      X509_REVOKED_set_revocationDate(made.get(), when.get()) != 1 || X509_CRL_add0_revoked(list, made.get()) != 1)
    return failure("a revoked certificate");
  static_cast<void>(made.release());
  return {};
}

// RFC 5280 §5.2.1 and §5.2.3.
Status add_list_extensions(X509_CRL* list, X509* issuer, std::uint64_t number) {
  X509V3_CTX context{};
  X509V3_set_ctx(&context, issuer, nullptr, nullptr, list, 0);
  const Extension key(X509V3_EXT_conf_nid(nullptr, &context, NID_authority_key_identifier, "keyid:always"));
  const Integer counted(detail::allocated(ASN1_INTEGER_new()));
  if (!key || X509_CRL_add_ext(list, key.get(), -1) != 1 || ASN1_INTEGER_set_uint64(counted.get(), number) != 1 ||
      X509_CRL_add1_ext_i2d(list, NID_crl_number, counted.get(), 0, X509V3_ADD_DEFAULT) != 1)
    return failure("an extension of the revocation list");
  return {};
}

}  // namespace

Result<std::string> issue_certificate(const CertificateTerms& terms, const EcPublicKey& subject, const Issuer& issuer) {
  COSE_TRY(const auto key, make_key(subject));
  COSE_TRY(const auto signer, make_key(issuer.key));
  COSE_TRY(const auto certificate, read_certificate(issuer.certificate));
  if (X509_check_private_key(certificate.get(), signer.get()) != 1)
    return failure("the key is not that of the issuer's certificate");
  return issue(terms, key.get(), certificate.get(), signer.get());
}

Result<std::string> self_sign_certificate(const CertificateTerms& terms, const EcPrivateKey& key) {
  COSE_TRY(const auto signer, make_key(key));
  return issue(terms, signer.get(), nullptr, signer.get());
}

Result<std::string> issue_revocation_list(const RevocationList& list, const Issuer& issuer) {
  COSE_TRY(const auto signer, make_key(issuer.key));
  COSE_TRY(const auto certificate, read_certificate(issuer.certificate));
  COSE_TRY(const auto this_update, make_time(list.this_update));
  COSE_TRY(const auto next_update, make_time(list.next_update));
  const Crl made(detail::allocated(X509_CRL_new()));
  if (X509_CRL_set_version(made.get(), X509_CRL_VERSION_2) != 1 ||
      X509_CRL_set_issuer_name(made.get(), X509_get_subject_name(certificate.get())) != 1 ||
      X509_CRL_set1_lastUpdate(made.get(), this_update.get()) != 1 ||
      X509_CRL_set1_nextUpdate(made.get(), next_update.get()) != 1)
    return failure("the revocation list");
  for (const auto& each : list.revoked) COSE_CHECK(add_revoked(made.get(), each));
  COSE_CHECK(add_list_extensions(made.get(), certificate.get(), list.number));
  X509_CRL_sort(made.get());
  if (X509_CRL_sign(made.get(), signer.get(), EVP_sha256()) == 0) return failure("the signature of the list");
  const Bio bio(detail::allocated(BIO_new(BIO_s_mem())));
  if (PEM_write_bio_X509_CRL(bio.get(), made.get()) != 1) return failure("the revocation list");
  return pem_of(bio);
}

Result<Secret> write_private_key(const EcPrivateKey& key) {
  COSE_TRY(const auto written, make_key(key));
  // Its memory is wiped when it is freed.
  const Bio bio(detail::allocated(BIO_new(BIO_s_secmem())));
  if (PEM_write_bio_PKCS8PrivateKey(bio.get(), written.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return failure("the private key");
  char* text = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &text);
  return Secret(ByteView(reinterpret_cast<const std::uint8_t*>(text), static_cast<std::size_t>(size)));
}

}  // namespace cose::crypto
