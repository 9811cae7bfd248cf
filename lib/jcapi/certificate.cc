// SPDX-License-Identifier: Apache-2.0
// javacardx.security.cert: CertificateParser and the certificates that it builds.
//
// A certificate keeps its DER octets in a byte array of its own, with marks for what the handlers wanted kept; its
// public key is a key object. Where the API leaves it open: fields are whole DER elements, but the version's INTEGER; a
// handler that answers false to buildCert() leaves the field out of the object, and ends parseCert(). What handlers are
// shown are global arrays that are gone afterwards.
#include <algorithm>
#include <array>
#include <functional>

#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/rsa_pkcs1.h"
#include "jcapi/detail/callback.h"
#include "jcapi/detail/key_values.h"
#include "jcapi/detail/x509.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kParser = "javacardx/security/cert/CertificateParser";
constexpr std::string_view kParserHidden = "javacardx/security/cert/CertificateParserImpl";
constexpr std::string_view kCertificate = "javacardx/security/cert/X509CertificateImpl";
constexpr std::string_view kKeyHandler = "javacardx/security/cert/CertificateParser$KeyHandler";
constexpr std::string_view kFieldHandler = "javacardx/security/cert/X509Certificate$FieldHandler";
constexpr std::string_view kExtensionHandler = "javacardx/security/cert/X509Certificate$ExtensionHandler";

constexpr std::string_view kCertAid{"\xA0\x00\x00\x00\x62\x02\x05\x01", 8};
constexpr jcvm::ExceptionClass kCertificateException{kCertAid, 6, "CertificateException"};

// JC API 3.1, reasons of CertificateException.
enum class CertificateReason : std::int16_t {
  kInvalidEncoding = 1,
  kInvalidParameter = 2,
  kInvalidSignature = 4,
  kHandlerInvalidKey = 6,
};

NativeResult throw_certificate(NativeCall& call, CertificateReason reason) {
  return call.throw_exception(kCertificateException, static_cast<std::int16_t>(reason));
}

constexpr std::int16_t kTypeX509 = 1;

// X509Certificate.FIELD_..., in the order in which they stand in a certificate.
struct Field {
  std::uint16_t number;
  ByteView x509::Certificate::* element;
};
constexpr Field kFields[] = {
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

// State octets of a certificate: the fields kept, then a bit for each extension kept.
struct Kept {
  std::uint16_t fields = 0;
  std::uint32_t extensions = 0;
};
constexpr std::uint16_t kStateOctets = sizeof(std::uint16_t) + sizeof(std::uint32_t);
enum Cell : std::size_t { kEncoding = 0, kPublicKey = 1 };

Bytes octets_of(const Kept& kept) {
  return {static_cast<std::uint8_t>(kept.fields >> 8),      static_cast<std::uint8_t>(kept.fields),
          static_cast<std::uint8_t>(kept.extensions >> 24), static_cast<std::uint8_t>(kept.extensions >> 16),
          static_cast<std::uint8_t>(kept.extensions >> 8),  static_cast<std::uint8_t>(kept.extensions)};
}
Kept kept_of(ByteView state) {
  return {static_cast<std::uint16_t>(state[0] << 8 | state[1]),
          static_cast<std::uint32_t>(state[2]) << 24 | static_cast<std::uint32_t>(state[3]) << 16 |
              static_cast<std::uint32_t>(state[4]) << 8 | state[5]};
}

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

enum class Purpose { kBuild, kParse };

// Nothing: an exception is pending. Without a handler everything is kept.
std::optional<Kept> ask_handlers(NativeCall& call, const x509::Certificate& certificate, Reference object,
                                 Purpose purpose) {
  Callback fields(call, object, kFieldHandler);
  Callback extensions(call, object, kExtensionHandler);
  Kept kept;
  for (const auto& field : kFields) {
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

// The key that a handler gives, or one of our own, with the certificate's value. Nothing: an exception is pending;
// kNull: there is none.
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

// An initialized public key as argument. Nothing: an exception is pending.
std::optional<KeyObject> verification_key(NativeCall& call, Reference reference) {
  const auto key = KeyObject::argument(call, reference);
  if (!key) return std::nullopt;
  if (!key->initialized()) return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), std::nullopt;
  return key;
}

// ---- CertificateParser ----

// buildCert(byte[] buffer, short offset, short length, ParserHandler, and perhaps PublicKey) and parseCert() read
// alike.
struct Input {
  Bytes der;
  x509::Certificate certificate;  // of these octets
};

// Null: an exception is pending.
std::unique_ptr<Input> read_input(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return nullptr;
  const auto handler = call.reference(3);
  if (handler != kNull && !call.check_access(handler)) return nullptr;
  auto input = std::make_unique<Input>();
  input->der = to_bytes(*octets);
  auto parsed = x509::parse(input->der);
  if (!parsed) return static_cast<void>(throw_certificate(call, CertificateReason::kInvalidEncoding)), nullptr;
  input->certificate = std::move(*parsed);
  return input;
}

NativeResult build(NativeCall& call, const Input& input) {
  const auto handler = call.reference(3);
  const auto kept = ask_handlers(call, input.certificate, handler, Purpose::kBuild);
  if (!kept) return NativeResult::kThrown;
  const auto key = public_key(call, input.certificate, handler, Purpose::kBuild);
  if (!key) return NativeResult::kThrown;
  const auto der = call.new_array(jcvm::ObjectKind::kByteArray, static_cast<std::int32_t>(input.der.size()));
  if (der == kNull || !call.write(der, 0, input.der)) return NativeResult::kThrown;
  const auto& type = *class_named(call, kCertificate);
  const auto object = call.new_instance(type);
  if (object == kNull || !call.write_state(object, 0, octets_of(*kept)) || !call.hold(object, type, kEncoding, der) ||
      !call.hold(object, type, kPublicKey, *key))
    return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult build_unverified(NativeCall& call) {
  const auto input = read_input(call);
  return input ? build(call, *input) : NativeResult::kThrown;
}
NativeResult build_verified(NativeCall& call) {
  const auto input = read_input(call);
  if (!input) return NativeResult::kThrown;
  const auto key = verification_key(call, call.reference(4));
  if (!key) return NativeResult::kThrown;
  if (!verifies(call, input->certificate, *key)) return throw_certificate(call, CertificateReason::kInvalidSignature);
  return build(call, *input);
}

bool tell_handlers(NativeCall& call, const Input& input) {
  const auto handler = call.reference(3);
  return ask_handlers(call, input.certificate, handler, Purpose::kParse) &&
         public_key(call, input.certificate, handler, Purpose::kParse);
}
NativeResult parse_unverified(NativeCall& call) {
  const auto input = read_input(call);
  return done(call, input && tell_handlers(call, *input));
}
NativeResult parse_verified(NativeCall& call) {
  const auto input = read_input(call);
  if (!input) return NativeResult::kThrown;
  const auto key = verification_key(call, call.reference(4));
  if (!key || !tell_handlers(call, *input)) return NativeResult::kThrown;
  return call.return_boolean(verifies(call, input->certificate, *key));
}

NativeResult get_parser(NativeCall& call) {
  if (call.number(0) != kTypeX509) return throw_certificate(call, CertificateReason::kInvalidParameter);
  return made(call, call.new_instance(*class_named(call, kParserHidden)));
}

// ---- X509Certificate ----

struct Stored {
  Bytes der;
  x509::Certificate certificate;
  Kept kept;
};

std::unique_ptr<Stored> stored(NativeCall& call) {
  auto made = std::make_unique<Stored>();
  const auto& type = *class_named(call, kCertificate);
  const auto& header = *call.heap().find(call.held(call.self(), type, kEncoding));
  made->der = to_bytes({call.heap().contents(header), header.length});
  made->certificate = x509::parse(made->der).value();  // parsed when it was built
  made->kept = kept_of(call.state());
  return made;
}

// A new array of the caller's.
NativeResult give(NativeCall& call, ByteView octets) {
  const auto array = call.new_array(jcvm::ObjectKind::kByteArray, static_cast<std::int32_t>(octets.size()));
  if (array == kNull || !call.write(array, 0, octets)) return NativeResult::kThrown;
  return call.return_reference(array);
}

NativeResult get_type(NativeCall& call) {
  return call.return_short(kTypeX509);
}
NativeResult get_public_key(NativeCall& call) {
  return call.return_reference(call.held(call.self(), *class_named(call, kCertificate), kPublicKey));
}
NativeResult get_version(NativeCall& call) {
  return call.return_short(stored(call)->certificate.version);
}
NativeResult verify(NativeCall& call) {
  const auto key = verification_key(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  return call.return_boolean(verifies(call, stored(call)->certificate, *key));
}

// getField(short): null when it is not there or was not kept.
NativeResult get_field(NativeCall& call) {
  const auto found = std::ranges::find(kFields, static_cast<std::uint16_t>(call.number(0)), &Field::number);
  if (found == std::end(kFields)) return throw_certificate(call, CertificateReason::kInvalidParameter);
  const auto certificate = stored(call);
  const auto value = certificate->certificate.*found->element;
  if (value.empty() || (certificate->kept.fields & found->number) == 0) return call.return_reference(kNull);
  return give(call, value);
}

// getExtension(byte[] oid, short offset, short length)
NativeResult get_extension(NativeCall& call) {
  const auto identifier = input_at(call, 0);
  if (!identifier) return NativeResult::kThrown;
  const auto certificate = stored(call);
  const auto& all = certificate->certificate.extensions;
  for (std::size_t at = 0; at < all.size(); ++at)
    if (equal(all[at].identifier, identifier->view()) && (certificate->kept.extensions >> at & 1) != 0)
      return give(call, all[at].value);
  return call.return_reference(kNull);
}

// getExtensions(ExtensionHandler): until it answers false.
NativeResult get_extensions(NativeCall& call) {
  if (!call.check_access(call.reference(0))) return NativeResult::kThrown;
  Callback handler(call, call.reference(0), kExtensionHandler);
  const auto certificate = stored(call);
  const auto& all = certificate->certificate.extensions;
  for (std::size_t at = 0; at < all.size(); ++at) {
    if ((certificate->kept.extensions >> at & 1) == 0) continue;
    const auto more = ask_extension(call, handler, all[at]);
    if (!more) return NativeResult::kThrown;
    if (!*more) break;
  }
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kParser, "getInstance(S)Ljavacardx/security/cert/CertificateParser;", get_parser},
    {kParserHidden,
     "buildCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)Ljavacardx/security/cert/Certificate;",
     build_unverified},
    {kParserHidden,
     "buildCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Ljavacardx/"
     "security/cert/Certificate;",
     build_verified},
    {kParserHidden, "parseCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;)V", parse_unverified},
    {kParserHidden,
     "parseCert([BSSLjavacardx/security/cert/CertificateParser$ParserHandler;Ljavacard/security/PublicKey;)Z",
     parse_verified},
    {kCertificate, "getType()S", get_type},
    {kCertificate, "getPublicKey()Ljavacard/security/PublicKey;", get_public_key},
    {kCertificate, "verify(Ljavacard/security/PublicKey;)Z", verify},
    {kCertificate, "getVersion()S", get_version},
    {kCertificate, "getField(S)[B", get_field},
    {kCertificate, "getExtension([BSS)[B", get_extension},
    {kCertificate, "getExtensions(Ljavacardx/security/cert/X509Certificate$ExtensionHandler;)V", get_extensions},
};
constexpr std::string_view kCertificateInterfaces[] = {"javacardx/security/cert/Certificate",
                                                       "javacardx/security/cert/X509Certificate"};
constexpr HiddenClass kHiddenClasses[] = {{kParserHidden, kParser, {}},
                                          {kCertificate, "java/lang/Object", kCertificateInterfaces}};
constexpr StateBinding kStates[] = {{kCertificate, kStateOctets, 2}};

}  // namespace

Bindings certificate_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
