// SPDX-License-Identifier: Apache-2.0
#include "crypto/pem.h"

#include <algorithm>
#include <array>
#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>

#include "bytes/secret.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

using Bio = std::unique_ptr<BIO, detail::Freer<BIO_free>>;

// OpenSSL's names of the groups that have names of ours.
constexpr std::array<std::pair<std::string_view, CurveName>, 9> kGroups = {{
    {"prime192v1", CurveName::kP192},
    {"secp224r1", CurveName::kP224},
    {"prime256v1", CurveName::kP256},
    {"secp384r1", CurveName::kP384},
    {"secp521r1", CurveName::kP521},
    {"secp256k1", CurveName::kSecp256k1},
    {"brainpoolP256r1", CurveName::kBrainpoolP256r1},
    {"brainpoolP384r1", CurveName::kBrainpoolP384r1},
    {"brainpoolP512r1", CurveName::kBrainpoolP512r1},
}};

// Without it OpenSSL would ask the terminal.
int give_password(char* buffer, int size, int, void* context) {
  const auto& password = *static_cast<const std::string*>(context);
  if (password.size() > static_cast<std::size_t>(size)) return 0;
  std::ranges::copy(password, buffer);
  return static_cast<int>(password.size());
}

enum class Half { kPublic, kPrivate };

Handle<evp_pkey_st> read(std::string_view pem, const std::string& password, Half half) {
  const auto open = [&] { return Bio(detail::allocated(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())))); };
  auto* context = const_cast<std::string*>(&password);
  Handle<evp_pkey_st> key;
  if (half == Half::kPublic) key.reset(PEM_read_bio_PUBKEY(open().get(), nullptr, give_password, context));
  if (!key) key.reset(PEM_read_bio_PrivateKey(open().get(), nullptr, give_password, context));
  detail::forget_failures();
  return key;
}

Result<Secret> number(const EVP_PKEY* key, const char* name) {
  BIGNUM* read = nullptr;
  if (EVP_PKEY_get_bn_param(key, name, &read) != 1)
    return detail::refusal(ErrorKind::kInvalid, "the key is incomplete");
  const Handle<bignum_st> owner(read);
  Secret octets(static_cast<std::size_t>(BN_num_bytes(read)));
  BN_bn2bin(read, octets.writable().data());
  return octets;
}

Result<EcCurve> curve_of(const EVP_PKEY* key) {
  std::array<char, 64> name{};
  std::size_t size = 0;
  if (EVP_PKEY_get_utf8_string_param(key, OSSL_PKEY_PARAM_GROUP_NAME, name.data(), name.size(), &size) != 1)
    return detail::refusal(ErrorKind::kUnsupported, "expected a key on a curve that has a name");
  const auto* const found =
      std::ranges::find(kGroups, std::string_view(name.data(), size), &std::pair<std::string_view, CurveName>::first);
  if (found == kGroups.end()) return fail(ErrorKind::kUnsupported, "no such curve here: " + std::string(name.data()));
  return EcCurve::named(found->second);
}

std::unexpected<Error> not_a_key() {
  return fail(ErrorKind::kInvalid, "expected a key in PEM form, or another password");
}

std::unexpected<Error> other_kind() {
  return fail(ErrorKind::kUnsupported, "expected an RSA key or one on an elliptic curve");
}

}  // namespace

Result<PublicKey> read_public_key(std::string_view pem, const std::string& password) {
  if (pem.size() > kMaximumPem) return not_a_key();
  const auto key = read(pem, password, Half::kPublic);
  if (!key) return not_a_key();
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    COSE_TRY(const auto modulus, number(key.get(), OSSL_PKEY_PARAM_RSA_N));
    COSE_TRY(const auto exponent, number(key.get(), OSSL_PKEY_PARAM_RSA_E));
    COSE_TRY(auto made, RsaPublicKey::create(modulus.view(), exponent.view()));
    return PublicKey(std::move(made));
  }
  if (EVP_PKEY_is_a(key.get(), "EC") != 1) return other_kind();
  COSE_TRY(const auto curve, curve_of(key.get()));
  std::array<std::uint8_t, 2 * 66 + 1> point{};
  std::size_t size = 0;
  if (EVP_PKEY_get_octet_string_param(key.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size(), &size) != 1)
    return detail::refusal(ErrorKind::kInvalid, "the key is incomplete");
  COSE_TRY(auto made, EcPublicKey::create(curve, ByteView(point).first(size)));
  return PublicKey(std::move(made));
}

Result<PrivateKey> read_private_key(std::string_view pem, const std::string& password) {
  if (pem.size() > kMaximumPem) return not_a_key();
  const auto key = read(pem, password, Half::kPrivate);
  if (!key) return not_a_key();
  if (EVP_PKEY_is_a(key.get(), "RSA") == 1) {
    COSE_TRY(const auto modulus, number(key.get(), OSSL_PKEY_PARAM_RSA_N));
    COSE_TRY(const auto exponent, number(key.get(), OSSL_PKEY_PARAM_RSA_E));
    COSE_TRY(const auto secret, number(key.get(), OSSL_PKEY_PARAM_RSA_D));
    COSE_TRY(auto made, RsaPrivateKey::create(modulus.view(), exponent.view(), secret.view()));
    return PrivateKey(std::move(made));
  }
  if (EVP_PKEY_is_a(key.get(), "EC") != 1) return other_kind();
  COSE_TRY(const auto curve, curve_of(key.get()));
  COSE_TRY(const auto scalar, number(key.get(), OSSL_PKEY_PARAM_PRIV_KEY));
  COSE_TRY(auto made, EcPrivateKey::create(curve, scalar.view()));
  return PrivateKey(std::move(made));
}

Result<Secret> RsaPrivateKey::to_pem() const {
  if (!key_) return fail(ErrorKind::kNotFound, "the key has no public exponent, and so no PEM form");
  const Bio buffer(detail::allocated(BIO_new(BIO_s_secmem())));
  if (PEM_write_bio_PKCS8PrivateKey(buffer.get(), key_.get(), nullptr, nullptr, 0, nullptr, nullptr) != 1)
    return detail::refusal(ErrorKind::kUnsupported, "the key cannot be written");
  char* octets = nullptr;
  const auto size = BIO_get_mem_data(buffer.get(), &octets);
  return Secret(as_bytes(std::string_view(octets, static_cast<std::size_t>(size))));
}

}  // namespace cose::crypto
