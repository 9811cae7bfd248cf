// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/certificate.h"

#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/rsa_pkcs1.h"
#include "jcapi/detail/key_values.h"

namespace cose::jcapi::detail {

namespace {

constexpr std::string_view kKeyHandler = "javacardx/security/cert/CertificateParser$KeyHandler";
constexpr std::string_view kFieldHandler = "javacardx/security/cert/X509Certificate$FieldHandler";

constexpr std::string_view kCertAid{"\xA0\x00\x00\x00\x62\x02\x05\x01", 8};
constexpr jcvm::ExceptionClass kCertificateException{kCertAid, 6, "CertificateException"};

// ---- handlers ----

// An array that a handler may look at and not keep. kNull: an exception is pending.
Reference shown(NativeCall& call, ByteView octets) {
  jcvm::NewObject wanted{jcvm::ObjectKind::kByteArray, jcvm::kNoClass, static_cast<std::uint32_t>(octets.size()),
                         jcvm::kGlobal};
  const auto array = call.new_object(wanted);
  if (array != kNull && call.write(array, 0, octets)) return array;
  return kNull;
}

void take_back(NativeCall& call, std::initializer_list<Reference> arrays) {
  // Inside a transaction nothing can be removed: then they are garbage.
  for (const auto array : arrays)
    if (array != kNull && !call.machine().in_transaction()) static_cast<void>(call.heap().remove(array));
}

// Nothing: an exception is pending.
std::optional<bool> ask_field(NativeCall& call, Callback& handler, std::uint16_t number, ByteView value) {
  const auto array = shown(call, value);
  if (array == kNull) return std::nullopt;
  const std::array<std::uint16_t, 2> cells{number, array};
  const auto answer = handler.value(0, cells);
  take_back(call, {array});
  if (!answer) return std::nullopt;
  return *answer != 0;
}

// ---- public keys ----

struct KeyShape {
  KeyKind kind;
  std::uint16_t bits;
};

std::optional<KeyShape> shape_of(const x509::Certificate& certificate) {
  if (const auto rsa = x509::rsa_key_of(certificate))
    return KeyShape{KeyKind::kRsaPublic, static_cast<std::uint16_t>(8 * rsa->modulus.size())};
  if (const auto ec = x509::ec_key_of(certificate)) {
    const auto curve = crypto::EcCurve::named(ec->curve);
    if (!curve) return std::nullopt;
    // The size of a curve is that of its field; P-521's alone is no multiple of eight.
    const auto bits = ec->curve == crypto::CurveName::kP521 ? 521 : 8 * curve->field_size();
    return KeyShape{KeyKind::kEcFpPublic, static_cast<std::uint16_t>(bits)};
  }
  return std::nullopt;
}

// False: an exception is pending.
bool fill(KeyObject& key, const x509::Certificate& certificate) {
  if (const auto rsa = x509::rsa_key_of(certificate))
    return key.set(Part::kModulus, rsa->modulus) && key.set(Part::kExponent, rsa->exponent);
  const auto ec = x509::ec_key_of(certificate);
  const auto domain = crypto::EcCurve::named(ec->curve)->domain();
  return key.set(Part::kField, domain.p) && key.set(Part::kA, domain.a) && key.set(Part::kB, domain.b) &&
         key.set(Part::kGenerator, domain.generator) && key.set(Part::kOrder, domain.order) &&
         key.set(Part::kPublic, ec->point);
}

}  // namespace

NativeResult throw_certificate(NativeCall& call, CertificateReason reason) {
  return call.throw_exception(kCertificateException, static_cast<std::int16_t>(reason));
}

std::optional<bool> ask_extension(NativeCall& call, Callback& handler, const x509::Extension& extension) {
  const auto identifier = shown(call, extension.identifier);
  const auto value = identifier == kNull ? kNull : shown(call, extension.value);
  if (value == kNull) return std::nullopt;
  const std::array<std::uint16_t, 3> cells{identifier, static_cast<std::uint16_t>(extension.critical), value};
  const auto answer = handler.value(0, cells);
  take_back(call, {identifier, value});
  if (!answer) return std::nullopt;
  return *answer != 0;
}

std::optional<Kept> ask_handlers(NativeCall& call, const x509::Certificate& certificate, Reference object,
                                 Purpose purpose) {
  Callback fields(call, object, kFieldHandler);
  Callback extensions(call, object, kExtensionHandler);
  Kept kept;
  for (const auto& field : kCertificateFields) {
    const auto value = certificate.*field.element;
    if (value.empty()) continue;
    const auto wanted = fields.implemented() ? ask_field(call, fields, field.number, value) : std::optional(true);
    if (!wanted) return std::nullopt;
    if (*wanted) kept.fields |= field.number;
    if (!*wanted && purpose == Purpose::kParse) return kept;
  }
  for (std::size_t at = 0; at < certificate.extensions.size(); ++at) {
    const auto wanted =
        extensions.implemented() ? ask_extension(call, extensions, certificate.extensions[at]) : std::optional(true);
    if (!wanted) return std::nullopt;
    if (*wanted) kept.extensions |= std::uint32_t{1} << at;
    if (!*wanted && purpose == Purpose::kParse) return kept;
  }
  return kept;
}

std::optional<Reference> public_key(NativeCall& call, const x509::Certificate& certificate, Reference object,
                                    Purpose purpose) {
  const auto shape = shape_of(certificate);
  if (!shape || !is_key_size(shape->kind, shape->bits)) return kNull;
  Callback handler(call, object, kKeyHandler);
  auto reference = kNull;
  if (handler.implemented()) {
    const std::array<std::uint16_t, 2> cells{static_cast<std::uint16_t>(key_row(shape->kind).algorithm), shape->bits};
    const auto given = handler.value(0, cells);
    if (!given) return std::nullopt;
    reference = static_cast<Reference>(*given);
  } else if (purpose == Purpose::kBuild) {
    reference = KeyObject::make(
        call, {shape->kind, shape->bits, MemoryType::kPersistent, key_type(shape->kind, MemoryType::kPersistent)});
    if (reference == kNull) return std::nullopt;
  }
  if (reference == kNull) return kNull;
  if (!call.check_access(reference)) return std::nullopt;
  auto key = KeyObject::of(call, reference);
  if (!key || key->kind() != shape->kind || key->bits() != shape->bits)
    return static_cast<void>(throw_certificate(call, CertificateReason::kHandlerInvalidKey)), std::nullopt;
  if (!fill(*key, certificate)) return std::nullopt;
  return reference;
}

bool verifies(NativeCall& call, const x509::Certificate& certificate, const KeyObject& key) {
  const auto algorithm = x509::signature_algorithm_of(certificate);
  if (!algorithm) return false;
  const auto hash = crypto::digest(algorithm->digest, certificate.tbs);
  if (!hash) return false;
  if (algorithm->rsa) {
    const auto open = key.kind() == KeyKind::kRsaPublic ? rsa_public_of(key) : fail(ErrorKind::kInvalid, "no RSA key");
    return open && crypto::verify_pkcs1(*open, algorithm->digest, *hash, certificate.signature).has_value();
  }
  if (!is_ec_public(key)) return false;
  const auto open = ec_public_of(call, key);
  return open && crypto::verify_ecdsa(*open, *hash, certificate.signature, crypto::EcdsaForm::kDer).has_value();
}

std::optional<KeyObject> verification_key(NativeCall& call, Reference reference) {
  const auto key = KeyObject::argument(call, reference);
  if (!key) return std::nullopt;
  if (!key->initialized()) return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), std::nullopt;
  return key;
}

}  // namespace cose::jcapi::detail
