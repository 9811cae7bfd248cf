// SPDX-License-Identifier: Apache-2.0
#include "gpcard/delegation.h"

#include <array>

#include "bytes/writer.h"
#include "crypto/cmac.h"
#include "crypto/ec_key.h"
#include "crypto/ecdsa.h"
#include "crypto/mac9797.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/rsa_pss.h"
#include "gpcard/card_manager.h"

namespace cose::gpcard {

namespace {

const KeyComponent* component(const Key& key, std::uint8_t type) {
  for (const auto& each : key.components)
    if (each.type == type) return &each;
  return nullptr;
}

// GPC 2.3.1 table B-2; without a reference the curve is P-256.
Result<crypto::EcCurve> curve_of(const Key& key) {
  constexpr std::array kCurves = {crypto::CurveName::kP256, crypto::CurveName::kP384, crypto::CurveName::kP521,
                                  crypto::CurveName::kBrainpoolP256r1};
  const auto* reference = component(key, kKeyTypeEccParameterReference);
  const std::size_t number = reference == nullptr || reference->value.empty() ? 0 : reference->value.view().back();
  if (number == 5) return crypto::EcCurve::named(crypto::CurveName::kBrainpoolP384r1);
  if (number >= kCurves.size()) return fail(ErrorKind::kUnsupported, "a curve without a number of ours");
  return crypto::EcCurve::named(kCurves[number]);
}

// Annex B.3: scheme 1 is for keys of 1024 bits.
Status verify_rsa(const Key& key, ByteView message, ByteView signature) {
  constexpr std::size_t kScheme1Bits = 1024;
  const auto* modulus = component(key, kKeyTypeRsaModulus);
  const auto* exponent = component(key, kKeyTypeRsaExponent);
  if (modulus == nullptr || exponent == nullptr) return fail(ErrorKind::kInvalid, "half an RSA key");
  COSE_TRY(const auto open, crypto::RsaPublicKey::create(modulus->value.view(), exponent->value.view()));
  if (open.bits() <= kScheme1Bits) {
    COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1, message));
    return crypto::verify_pkcs1(open, crypto::DigestKind::kSha1, hash, signature);
  }
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha256, message));
  return crypto::verify_pss(open, crypto::PssParameters{}, hash, signature);
}

// Annex B.4: the hash has the strength of the curve; r and s stand side by side.
Status verify_ecc(const Key& key, const KeyComponent& point, ByteView message, ByteView signature) {
  COSE_TRY(const auto curve, curve_of(key));
  COSE_TRY(const auto open, crypto::EcPublicKey::create(curve, point.value.view()));
  const auto kind = curve.order_bits() <= 256   ? crypto::DigestKind::kSha256
                    : curve.order_bits() <= 384 ? crypto::DigestKind::kSha384
                                                : crypto::DigestKind::kSha512;
  COSE_TRY(const auto hash, crypto::digest(kind, message));
  return crypto::verify_ecdsa(open, hash, signature, crypto::EcdsaForm::kRaw);
}

Result<Bytes> mac_of(const Key& key, ByteView message) {
  const auto& first = key.components.at(0);
  if (first.type == kKeyTypeAes) {
    COSE_TRY(const auto kind, crypto::aes_with_key_size(first.value.size()));
    return crypto::cmac(kind, first.value.view(), message);
  }
  if (!is_des(first.type)) return fail(ErrorKind::kUnsupported, "a key that makes no MAC");
  COSE_TRY(const auto kind, crypto::des_with_key_size(first.value.size()));
  return crypto::mac9797(crypto::MacAlgorithm::kAlgorithm1, kind, first.value.view(), crypto::Padding::kIso9797Method2,
                         message);
}

std::optional<Entry<Application>> domain_that(const CommandContext& context, Privilege privilege) {
  for (auto& each : context.registry.all<Application>())
    if (each.value.privileges.has(privilege)) return std::move(each);
  return std::nullopt;
}

void put_length(Writer& to, std::size_t length) {
  if (length > 0xFF)
    to.u8(0).u16(static_cast<std::uint16_t>(length));
  else
    to.u8(static_cast<std::uint8_t>(length));
}

void put_with_length(Writer& to, ByteView octets) {
  to.u8(static_cast<std::uint8_t>(octets.size())).octets(octets);
}

// Annex C.5: "card unique data" is IIN and CIN, as far as the card has them.
Bytes card_data_of(const CommandContext& context) {
  Bytes data;
  for (const std::uint32_t tag : {0x42U, 0x45U})
    if (const auto found = context.registry.find_data(context.manager.issuer_domain(), tag))
      append(data, found->value.value);
  return data;
}

}  // namespace

Answer<void> verify_signature(const Key& key, ByteView message, ByteView signature) {
  Status verified;
  if (component(key, kKeyTypeRsaModulus) != nullptr) {
    verified = verify_rsa(key, message, signature);
  } else if (const auto* point = component(key, kKeyTypeEccPublic)) {
    verified = verify_ecc(key, *point, message, signature);
  } else {
    COSE_TRY(const auto mac, make_mac(key, message));
    if (constant_time_equal(mac, signature)) return {};
    return refuse(StatusWord::kWarningChanged);
  }
  if (!verified) return refuse(StatusWord::kWarningChanged);
  return {};
}

Answer<Bytes> make_mac(const Key& key, ByteView message) {
  auto mac = mac_of(key, message);
  if (!mac) return refuse(StatusWord::kConditionsNotSatisfied);
  return *std::move(mac);
}

Answer<void> check_token(const CommandContext& context, ByteView data, ByteView token) {
  const auto self = context.self();
  if (self.privileges.has(Privilege::kAuthorizedManagement)) return {};
  if (!self.privileges.has(Privilege::kDelegatedManagement)) return refuse(StatusWord::kConditionsNotSatisfied);
  if (token.empty()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  const auto verifier = domain_that(context, Privilege::kTokenVerification);
  if (!verifier) return refuse(StatusWord::kConditionsNotSatisfied);
  const auto key = find_key(context.registry, verifier->slot, kTokenKeyVersion);
  if (!key) return refuse(StatusWord::kReferencedDataNotFound);
  Writer message;
  message.u8(context.command.p1).u8(context.command.p2);
  put_length(message, data.size());
  message.octets(data);
  if (!verify_signature(key->value, message.view(), token)) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  return {};
}

Answer<void> append_receipt(CommandContext& context, ByteView data) {
  const auto self = context.self();
  const auto generator = domain_that(context, Privilege::kReceiptGeneration);
  const auto key = generator ? find_key(context.registry, generator->slot, kReceiptKeyVersion) : std::nullopt;
  if (!self.privileges.has(Privilege::kDelegatedManagement) || !key) {
    context.answer.push_back(0);
    return {};
  }
  auto card = context.registry.card();
  ++card.confirmations;
  const auto unique = card_data_of(context);
  Writer message;
  message.u8(2).u16(card.confirmations);
  put_with_length(message, unique);
  message.octets(data);
  COSE_TRY(const auto receipt, make_mac(key->value, message.view()));
  COSE_CHECK(answered(context.registry.set_card(card)));
  // §11.1.6, confirmation structure.
  Writer confirmation;
  put_with_length(confirmation, receipt);
  confirmation.u8(2).u16(card.confirmations);
  put_with_length(confirmation, unique);
  context.answer.push_back(static_cast<std::uint8_t>(confirmation.size()));
  append(context.answer, confirmation.view());
  return {};
}

}  // namespace cose::gpcard
