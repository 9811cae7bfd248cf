// SPDX-License-Identifier: Apache-2.0
// The natives of key objects. Their classes are hidden; what applets see are the interfaces.
#include <algorithm>
#include <array>

#include "jcapi/detail/cipher_object.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/detail/named_parameters.h"

namespace cose::jcapi {

namespace {

using namespace detail;

// ---- every key ----

NativeResult clear_key(NativeCall& call) {
  return done(call, KeyObject::self(call).clear());
}
NativeResult get_size(NativeCall& call) {
  return call.return_short(static_cast<std::int16_t>(KeyObject::self(call).bits()));
}
NativeResult get_type(NativeCall& call) {
  return call.return_short(KeyObject::self(call).type());
}
NativeResult is_initialized(NativeCall& call) {
  return call.return_boolean(KeyObject::self(call).initialized());
}
NativeResult get_key_cipher(NativeCall& call) {
  return call.return_reference(KeyObject::self(call).cipher());
}
// setKeyCipher(Cipher); null: values are plain.
NativeResult set_key_cipher(NativeCall& call) {
  const auto cipher = call.reference(0);
  if (cipher != kNull && !call.check_access(cipher)) return NativeResult::kThrown;
  if (cipher != kNull && !is_cipher(call, cipher)) return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, KeyObject::self(call).set_cipher(cipher));
}

// ---- components ----

// What a setter is given: in plain, or encrypted for the key's cipher.
std::optional<Secret> value_at(NativeCall& call, const KeyObject& key, std::int32_t length) {
  const auto octets = call.readable(call.reference(0), call.number(1), length);
  if (!octets) return std::nullopt;
  if (key.cipher() == kNull) return Secret(*octets);
  auto plain = do_final(call, key.cipher(), Secret(*octets).view());
  // JC API 3.1: "input data decryption is required and fails" is one reason whatever went wrong.
  if (!plain) static_cast<void>(throw_crypto(call, CryptoReason::kIllegalValue));
  return plain;
}

ByteView without_zeros(ByteView octets) {
  while (octets.size() > 1 && octets.front() == 0) octets = octets.subspan(1);
  return octets;
}

// set...(byte[] buffer, short offset, short length)
template <Part kPart>
NativeResult set_part(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto value = value_at(call, key, call.number(2));
  return done(call, value && key.set(kPart, value->view()));
}

// get...(byte[] buffer, short offset)
template <Part kPart>
NativeResult get_part(NativeCall& call) {
  const auto key = KeyObject::self(call);
  const auto value = Secret(key.component(kPart));
  if (value.empty()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  return output_at(call, 0, value.view());
}

// setKey(byte[] keyData, short kOff): as many octets as the key has.
NativeResult set_fixed_key(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto size = key.capacity(Part::kValue);
  const auto length = key.cipher() == kNull ? size : encrypted_size(call, key.cipher(), size);
  const auto value = value_at(call, key, static_cast<std::int32_t>(length));
  if (!value) return NativeResult::kThrown;
  if (value->size() < size) return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, key.set(Part::kValue, value->view().first(size)));
}

// The modulus is as long as the key says, which decides the size of everything else.
NativeResult set_modulus(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto value = value_at(call, key, call.number(2));
  if (!value) return NativeResult::kThrown;
  const auto octets = without_zeros(value->view());
  if (octets.size() != key.capacity(Part::kModulus)) return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, key.set(Part::kModulus, octets));
}

// ---- elliptic curves ----

bool is_f2m(const KeyObject& key) {
  return key.kind() >= KeyKind::kEcF2mPublic && key.kind() <= KeyKind::kEcF2mParameters;
}

NativeResult set_field_fp(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto value = value_at(call, key, call.number(2));
  if (!value) return NativeResult::kThrown;
  const auto octets = without_zeros(value->view());
  if (is_f2m(key) || octets.size() != key.capacity(Part::kField))
    return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, key.set(Part::kField, octets));
}

// x^m + x^e1 + x^e2 + x^e3 + 1, or x^m + x^e1 + 1 (JC API 3.1, ECKey.setFieldF2M).
NativeResult set_polynomial(NativeCall& call, std::span<const std::int16_t> exponents) {
  auto key = KeyObject::self(call);
  const auto degree = static_cast<std::int16_t>(key.bits());
  const auto fits = [&](std::int16_t exponent) { return exponent > 0 && exponent < degree; };
  const bool repeated = exponents.size() == 3 &&
                        (exponents[0] == exponents[1] || exponents[1] == exponents[2] || exponents[0] == exponents[2]);
  if (!is_f2m(key) || repeated || !std::ranges::all_of(exponents, fits))
    return throw_crypto(call, CryptoReason::kIllegalValue);
  Bytes polynomial(key.capacity(Part::kField));
  const auto set_bit = [&](std::int16_t bit) {
    polynomial[polynomial.size() - 1 - static_cast<std::size_t>(bit / 8)] |= static_cast<std::uint8_t>(1 << bit % 8);
  };
  set_bit(degree);
  set_bit(0);
  for (const auto exponent : exponents) set_bit(exponent);
  return done(call, key.set(Part::kField, polynomial));
}
NativeResult set_trinomial(NativeCall& call) {
  return set_polynomial(call, std::array{call.number(0)});
}
NativeResult set_pentanomial(NativeCall& call) {
  return set_polynomial(call, std::array{call.number(0), call.number(1), call.number(2)});
}

NativeResult set_cofactor(NativeCall& call) {
  const auto value = static_cast<std::uint16_t>(call.number(0));
  const std::array<std::uint8_t, 2> octets{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value)};
  return done(call, KeyObject::self(call).set(Part::kCofactor, octets));
}
NativeResult get_cofactor(NativeCall& call) {
  const auto octets = KeyObject::self(call).component(Part::kCofactor);
  if (octets.size() != 2) return throw_crypto(call, CryptoReason::kUninitializedKey);
  return call.return_short(static_cast<std::int16_t>(octets[0] << 8 | octets[1]));
}

// copyDomainParametersFrom(ECKey)
NativeResult copy_domain(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto from = KeyObject::argument(call, call.reference(0));
  if (!from) return NativeResult::kThrown;
  const bool alike = from->has(Part::kField) && is_f2m(*from) == is_f2m(key) && from->bits() == key.bits();
  if (!alike) return throw_crypto(call, CryptoReason::kIllegalValue);
  if (!from->domain_initialized()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  for (const auto part : {Part::kField, Part::kA, Part::kB, Part::kGenerator, Part::kOrder, Part::kCofactor}) {
    const auto octets = to_bytes(from->component(part));
    if (!octets.empty() && !key.set(part, octets)) return NativeResult::kThrown;
  }
  return call.return_void();
}

// ---- XEC ----

Part encoded_part(const KeyObject& key) {
  return key.kind() == KeyKind::kXecPublic ? Part::kPublic : Part::kSecret;
}

// Of the encoding that the parameters ask for: RFC 7748 §5, RFC 8032 §5; a point uncompressed, a scalar.
std::uint16_t encoding_length(const KeyObject& key) {
  const auto* parameters = named_parameters(static_cast<std::int16_t>(key.parameters()));
  const auto octets = static_cast<std::uint16_t>((key.bits() + 7) / 8);
  if (parameters == nullptr || !std::holds_alternative<crypto::CurveName>(parameters->curve)) return octets;
  return key.kind() == KeyKind::kXecPublic ? static_cast<std::uint16_t>(2 * octets + 1) : octets;
}

NativeResult get_encoding_length(NativeCall& call) {
  return call.return_short(static_cast<std::int16_t>(encoding_length(KeyObject::self(call))));
}
NativeResult get_encoded(NativeCall& call) {
  const auto key = KeyObject::self(call);
  const auto value = Secret(key.component(encoded_part(key)));
  if (value.empty()) return throw_crypto(call, CryptoReason::kUninitializedKey);
  return output_at(call, 0, value.view());
}
NativeResult set_encoded(NativeCall& call) {
  auto key = KeyObject::self(call);
  const auto value = value_at(call, key, call.number(2));
  if (!value) return NativeResult::kThrown;
  if (value->size() != encoding_length(key)) return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, key.set(encoded_part(key), value->view()));
}
NativeResult get_params(NativeCall& call) {
  const auto name = KeyObject::self(call).parameters();
  const auto object = call.new_instance(*class_named(call, "javacard/security/NamedParameterSpec"));
  const std::array<std::uint8_t, 2> state{static_cast<std::uint8_t>(name >> 8), static_cast<std::uint8_t>(name)};
  if (object == kNull || !call.write_state(object, 0, state)) return NativeResult::kThrown;
  return call.return_reference(object);
}

// ---- tables ----

constexpr std::string_view kDes = "javacardx/crypto/DESKeyImpl";
constexpr std::string_view kAes = "javacardx/crypto/AESKeyImpl";
constexpr std::string_view kSm4 = "javacardx/crypto/SM4KeyImpl";
constexpr std::string_view kSeed = "javacardx/crypto/KoreanSEEDKeyImpl";
constexpr std::string_view kHmac = "javacardx/crypto/HMACKeyImpl";
constexpr std::string_view kGeneric = "javacardx/crypto/GenericSecretKeyImpl";
constexpr std::string_view kRsaPublic = "javacardx/crypto/RSAPublicKeyImpl";
constexpr std::string_view kRsaPrivate = "javacardx/crypto/RSAPrivateKeyImpl";
constexpr std::string_view kRsaCrt = "javacardx/crypto/RSAPrivateCrtKeyImpl";
constexpr std::string_view kEcParameters = "javacardx/crypto/ECParametersImpl";
constexpr std::string_view kEcPublic = "javacardx/crypto/ECPublicKeyImpl";
constexpr std::string_view kEcPrivate = "javacardx/crypto/ECPrivateKeyImpl";
constexpr std::string_view kDhParameters = "javacardx/crypto/DHParametersImpl";
constexpr std::string_view kDhPublic = "javacardx/crypto/DHPublicKeyImpl";
constexpr std::string_view kDhPrivate = "javacardx/crypto/DHPrivateKeyImpl";
constexpr std::string_view kDsaParameters = "javacardx/crypto/DSAParametersImpl";
constexpr std::string_view kDsaPublic = "javacardx/crypto/DSAPublicKeyImpl";
constexpr std::string_view kDsaPrivate = "javacardx/crypto/DSAPrivateKeyImpl";
constexpr std::string_view kXecPublic = "javacardx/crypto/XECPublicKeyImpl";
constexpr std::string_view kXecPrivate = "javacardx/crypto/XECPrivateKeyImpl";

constexpr std::string_view kKeyInterfaces[] = {"javacard/security/Key", "javacardx/crypto/KeyEncryption"};
// Each with those that it extends, as the table of the API lists them.
constexpr std::string_view kDesInterfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                               "javacard/security/DESKey"};
constexpr std::string_view kAesInterfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                               "javacard/security/AESKey"};
constexpr std::string_view kSm4Interfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                               "javacard/security/SM4Key"};
constexpr std::string_view kSeedInterfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                                "javacard/security/KoreanSEEDKey"};
constexpr std::string_view kHmacInterfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                                "javacard/security/HMACKey"};
constexpr std::string_view kGenericInterfaces[] = {"javacard/security/Key", "javacard/security/SecretKey",
                                                   "javacard/security/GenericSecretKey"};
constexpr std::string_view kRsaPublicInterfaces[] = {"javacard/security/Key", "javacard/security/PublicKey",
                                                     "javacard/security/RSAPublicKey"};
constexpr std::string_view kRsaPrivateInterfaces[] = {"javacard/security/Key", "javacard/security/PrivateKey",
                                                      "javacard/security/RSAPrivateKey"};
constexpr std::string_view kRsaCrtInterfaces[] = {"javacard/security/Key", "javacard/security/PrivateKey",
                                                  "javacard/security/RSAPrivateCrtKey"};
constexpr std::string_view kEcInterfaces[] = {"javacard/security/ECKey"};
constexpr std::string_view kEcPublicInterfaces[] = {"javacard/security/Key", "javacard/security/PublicKey",
                                                    "javacard/security/ECKey", "javacard/security/ECPublicKey"};
constexpr std::string_view kEcPrivateInterfaces[] = {"javacard/security/Key", "javacard/security/PrivateKey",
                                                     "javacard/security/ECKey", "javacard/security/ECPrivateKey"};
constexpr std::string_view kDhInterfaces[] = {"javacard/security/DHKey"};
constexpr std::string_view kDhPublicInterfaces[] = {"javacard/security/Key", "javacard/security/PublicKey",
                                                    "javacard/security/DHKey", "javacard/security/DHPublicKey"};
constexpr std::string_view kDhPrivateInterfaces[] = {"javacard/security/Key", "javacard/security/PrivateKey",
                                                     "javacard/security/DHKey", "javacard/security/DHPrivateKey"};
constexpr std::string_view kDsaInterfaces[] = {"javacard/security/DSAKey"};
constexpr std::string_view kDsaPublicInterfaces[] = {"javacard/security/Key", "javacard/security/PublicKey",
                                                     "javacard/security/DSAKey", "javacard/security/DSAPublicKey"};
constexpr std::string_view kDsaPrivateInterfaces[] = {"javacard/security/Key", "javacard/security/PrivateKey",
                                                      "javacard/security/DSAKey", "javacard/security/DSAPrivateKey"};
constexpr std::string_view kXecPublicInterfaces[] = {"javacard/security/XECKey", "javacard/security/Key",
                                                     "javacard/security/PublicKey", "javacard/security/XECPublicKey"};
constexpr std::string_view kXecPrivateInterfaces[] = {"javacard/security/XECKey", "javacard/security/Key",
                                                      "javacard/security/PrivateKey",
                                                      "javacard/security/XECPrivateKey"};

constexpr HiddenClass kHidden[] = {
    {kKeyClass, "java/lang/Object", kKeyInterfaces},
    {kDes, kKeyClass, kDesInterfaces},
    {kAes, kKeyClass, kAesInterfaces},
    {kSm4, kKeyClass, kSm4Interfaces},
    {kSeed, kKeyClass, kSeedInterfaces},
    {kHmac, kKeyClass, kHmacInterfaces},
    {kGeneric, kKeyClass, kGenericInterfaces},
    {kRsaPublic, kKeyClass, kRsaPublicInterfaces},
    {kRsaPrivate, kKeyClass, kRsaPrivateInterfaces},
    {kRsaCrt, kKeyClass, kRsaCrtInterfaces},
    {kEcParameters, kKeyClass, kEcInterfaces},
    {kEcPublic, kEcParameters, kEcPublicInterfaces},
    {kEcPrivate, kEcParameters, kEcPrivateInterfaces},
    {kDhParameters, kKeyClass, kDhInterfaces},
    {kDhPublic, kDhParameters, kDhPublicInterfaces},
    {kDhPrivate, kDhParameters, kDhPrivateInterfaces},
    {kDsaParameters, kKeyClass, kDsaInterfaces},
    {kDsaPublic, kDsaParameters, kDsaPublicInterfaces},
    {kDsaPrivate, kDsaParameters, kDsaPrivateInterfaces},
    {kXecPublic, kKeyClass, kXecPublicInterfaces},
    {kXecPrivate, kKeyClass, kXecPrivateInterfaces},
};

constexpr StateBinding kStates[] = {{kKeyClass, kKeyStateOctets, kKeyCells}};

constexpr MethodBinding kMethods[] = {
    {kKeyClass, "clearKey()V", clear_key},
    {kKeyClass, "getSize()S", get_size},
    {kKeyClass, "getType()B", get_type},
    {kKeyClass, "isInitialized()Z", is_initialized},
    {kKeyClass, "getKeyCipher()Ljavacardx/crypto/Cipher;", get_key_cipher},
    {kKeyClass, "setKeyCipher(Ljavacardx/crypto/Cipher;)V", set_key_cipher},
    {kDes, "setKey([BS)V", set_fixed_key},
    {kDes, "getKey([BS)B", get_part<Part::kValue>},
    {kAes, "setKey([BS)V", set_fixed_key},
    {kAes, "getKey([BS)B", get_part<Part::kValue>},
    {kSm4, "setKey([BS)V", set_fixed_key},
    {kSm4, "getKey([BS)B", get_part<Part::kValue>},
    {kSeed, "setKey([BS)V", set_fixed_key},
    {kSeed, "getKey([BS)B", get_part<Part::kValue>},
    {kHmac, "setKey([BSS)V", set_part<Part::kValue>},
    {kHmac, "getKey([BS)B", get_part<Part::kValue>},
    {kGeneric, "setKey([BSS)V", set_part<Part::kValue>},
    {kGeneric, "getKey([BS)S", get_part<Part::kValue>},
    {kRsaPublic, "setModulus([BSS)V", set_modulus},
    {kRsaPublic, "getModulus([BS)S", get_part<Part::kModulus>},
    {kRsaPublic, "setExponent([BSS)V", set_part<Part::kExponent>},
    {kRsaPublic, "getExponent([BS)S", get_part<Part::kExponent>},
    {kRsaPrivate, "setModulus([BSS)V", set_modulus},
    {kRsaPrivate, "getModulus([BS)S", get_part<Part::kModulus>},
    {kRsaPrivate, "setExponent([BSS)V", set_part<Part::kExponent>},
    {kRsaPrivate, "getExponent([BS)S", get_part<Part::kExponent>},
    {kRsaCrt, "setP([BSS)V", set_part<Part::kP>},
    {kRsaCrt, "getP([BS)S", get_part<Part::kP>},
    {kRsaCrt, "setQ([BSS)V", set_part<Part::kQ>},
    {kRsaCrt, "getQ([BS)S", get_part<Part::kQ>},
    {kRsaCrt, "setDP1([BSS)V", set_part<Part::kDp>},
    {kRsaCrt, "getDP1([BS)S", get_part<Part::kDp>},
    {kRsaCrt, "setDQ1([BSS)V", set_part<Part::kDq>},
    {kRsaCrt, "getDQ1([BS)S", get_part<Part::kDq>},
    {kRsaCrt, "setPQ([BSS)V", set_part<Part::kQInverse>},
    {kRsaCrt, "getPQ([BS)S", get_part<Part::kQInverse>},
    {kEcParameters, "setFieldFP([BSS)V", set_field_fp},
    {kEcParameters, "setFieldF2M(S)V", set_trinomial},
    {kEcParameters, "setFieldF2M(SSS)V", set_pentanomial},
    {kEcParameters, "setA([BSS)V", set_part<Part::kA>},
    {kEcParameters, "setB([BSS)V", set_part<Part::kB>},
    {kEcParameters, "setG([BSS)V", set_part<Part::kGenerator>},
    {kEcParameters, "setR([BSS)V", set_part<Part::kOrder>},
    {kEcParameters, "setK(S)V", set_cofactor},
    {kEcParameters, "getField([BS)S", get_part<Part::kField>},
    {kEcParameters, "getA([BS)S", get_part<Part::kA>},
    {kEcParameters, "getB([BS)S", get_part<Part::kB>},
    {kEcParameters, "getG([BS)S", get_part<Part::kGenerator>},
    {kEcParameters, "getR([BS)S", get_part<Part::kOrder>},
    {kEcParameters, "getK()S", get_cofactor},
    {kEcParameters, "copyDomainParametersFrom(Ljavacard/security/ECKey;)V", copy_domain},
    {kEcPublic, "setW([BSS)V", set_part<Part::kPublic>},
    {kEcPublic, "getW([BS)S", get_part<Part::kPublic>},
    {kEcPrivate, "setS([BSS)V", set_part<Part::kSecret>},
    {kEcPrivate, "getS([BS)S", get_part<Part::kSecret>},
    {kDhParameters, "setP([BSS)V", set_part<Part::kP>},
    {kDhParameters, "setQ([BSS)V", set_part<Part::kQ>},
    {kDhParameters, "setG([BSS)V", set_part<Part::kGenerator>},
    {kDhParameters, "getP([BS)S", get_part<Part::kP>},
    {kDhParameters, "getQ([BS)S", get_part<Part::kQ>},
    {kDhParameters, "getG([BS)S", get_part<Part::kGenerator>},
    {kDhPublic, "setY([BSS)V", set_part<Part::kPublic>},
    {kDhPublic, "getY([BS)S", get_part<Part::kPublic>},
    {kDhPrivate, "setX([BSS)V", set_part<Part::kSecret>},
    {kDhPrivate, "getX([BS)S", get_part<Part::kSecret>},
    {kDsaParameters, "setP([BSS)V", set_part<Part::kP>},
    {kDsaParameters, "setQ([BSS)V", set_part<Part::kQ>},
    {kDsaParameters, "setG([BSS)V", set_part<Part::kGenerator>},
    {kDsaParameters, "getP([BS)S", get_part<Part::kP>},
    {kDsaParameters, "getQ([BS)S", get_part<Part::kQ>},
    {kDsaParameters, "getG([BS)S", get_part<Part::kGenerator>},
    {kDsaPublic, "setY([BSS)V", set_part<Part::kPublic>},
    {kDsaPublic, "getY([BS)S", get_part<Part::kPublic>},
    {kDsaPrivate, "setX([BSS)V", set_part<Part::kSecret>},
    {kDsaPrivate, "getX([BS)S", get_part<Part::kSecret>},
    {kXecPublic, "getParams()Ljavacard/security/NamedParameterSpec;", get_params},
    {kXecPublic, "getEncodingLength()S", get_encoding_length},
    {kXecPublic, "getEncoded([BS)S", get_encoded},
    {kXecPublic, "setEncoded([BSS)V", set_encoded},
    {kXecPrivate, "getParams()Ljavacard/security/NamedParameterSpec;", get_params},
    {kXecPrivate, "getEncodingLength()S", get_encoding_length},
    {kXecPrivate, "getEncoded([BS)S", get_encoded},
    {kXecPrivate, "setEncoded([BSS)V", set_encoded},
};

}  // namespace

Bindings key_bindings() {
  return {kMethods, kStates, kHidden};
}

}  // namespace cose::jcapi
