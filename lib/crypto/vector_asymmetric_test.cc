// SPDX-License-Identifier: Apache-2.0
// The operations of the vector files with public and private keys.
#include <gtest/gtest.h>

#include "crypto/dh.h"
#include "crypto/digest.h"
#include "crypto/ecdh.h"
#include "crypto/ecdsa.h"
#include "crypto/edwards.h"
#include "crypto/rsa.h"
#include "crypto/rsa_oaep.h"
#include "crypto/rsa_pkcs1.h"
#include "crypto/rsa_pss.h"
#include "crypto/sm2.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto::testing {

namespace {

using cose::testing::VectorBlock;

Bytes octets_of(const Secret& secret) {
  return to_bytes(secret.view());
}

Result<Bytes> nothing(Status status) {
  COSE_CHECK(status);
  return Bytes{};
}

Result<DigestKind> digest_of(const VectorBlock& block, std::string_view field) {
  COSE_TRY(const auto name, block.text(field));
  if (const auto kind = digest_named(name)) return *kind;
  return fail(ErrorKind::kNotFound, "no digest is called " + std::string(name));
}

Result<Bytes> hash_of(const VectorBlock& block) {
  if (block.has("hash")) return block.octets("hash");
  COSE_TRY(const auto kind, digest_of(block, "digest"));
  COSE_TRY(const auto message, block.octets("message"));
  return digest(kind, message);
}

Result<Secret> secret_field(const VectorBlock& block, std::string_view name) {
  COSE_TRY(auto octets, block.octets(name));
  return Secret::take(std::move(octets));
}

// From p, q, dp, dq, q_inverse, or from n, d and perhaps e.
Result<RsaPrivateKey> rsa_private_key(const VectorBlock& block) {
  if (block.has("p")) {
    RsaCrtComponents components;
    COSE_TRY(components.p, secret_field(block, "p"));
    COSE_TRY(components.q, secret_field(block, "q"));
    COSE_TRY(components.dp, secret_field(block, "dp"));
    COSE_TRY(components.dq, secret_field(block, "dq"));
    COSE_TRY(components.q_inverse, secret_field(block, "q_inverse"));
    return RsaPrivateKey::from_crt(components);
  }
  COSE_TRY(const auto n, block.octets("n"));
  COSE_TRY(const auto d, block.octets("d"));
  if (!block.has("e")) return RsaPrivateKey::create(n, d);
  COSE_TRY(const auto e, block.octets("e"));
  return RsaPrivateKey::create(n, e, d);
}

Result<RsaPublicKey> rsa_public_key(const VectorBlock& block) {
  COSE_TRY(const auto n, block.octets("n"));
  COSE_TRY(const auto e, block.octets("e"));
  return RsaPublicKey::create(n, e);
}

Result<Bytes> run_rsa_public(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_public_key(block));
  COSE_TRY(const auto input, block.octets("block"));
  return key.apply(input);
}

Result<Bytes> run_rsa_private(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_private_key(block));
  COSE_TRY(const auto input, block.octets("block"));
  COSE_TRY(const auto output, key.apply(input));
  return octets_of(output);
}

Result<Bytes> run_pkcs1_sign(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_private_key(block));
  COSE_TRY(const auto kind, digest_of(block, "digest"));
  COSE_TRY(const auto hash, hash_of(block));
  return sign_pkcs1(key, kind, hash);
}

Result<Bytes> run_pkcs1_verify(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_public_key(block));
  COSE_TRY(const auto kind, digest_of(block, "digest"));
  COSE_TRY(const auto hash, hash_of(block));
  COSE_TRY(const auto signature, block.octets("signature"));
  return nothing(verify_pkcs1(key, kind, hash, signature));
}

Result<Bytes> run_pkcs1_encrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_public_key(block));
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(auto random, block.octets("random"));
  ScriptedRng rng(std::move(random));
  return encrypt_pkcs1(key, message, rng);
}

Result<Bytes> run_pkcs1_decrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_private_key(block));
  COSE_TRY(const auto ciphertext, block.octets("ciphertext"));
  COSE_TRY(const auto message, decrypt_pkcs1(key, ciphertext));
  return octets_of(message);
}

Result<PssParameters> pss_parameters(const VectorBlock& block) {
  PssParameters parameters;
  COSE_TRY(parameters.digest, digest_of(block, "digest"));
  COSE_TRY(parameters.mask_digest, digest_of(block, "mask_digest"));
  return parameters;
}

Result<Bytes> run_pss_sign(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_private_key(block));
  COSE_TRY(auto parameters, pss_parameters(block));
  COSE_TRY(const auto hash, hash_of(block));
  COSE_TRY(auto salt, block.octets("random"));
  parameters.salt_size = salt.size();
  ScriptedRng rng(std::move(salt));
  return sign_pss(key, parameters, hash, rng);
}

Result<Bytes> run_pss_verify(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_public_key(block));
  COSE_TRY(auto parameters, pss_parameters(block));
  COSE_TRY(parameters.salt_size, block.number("salt_size"));
  COSE_TRY(const auto hash, hash_of(block));
  COSE_TRY(const auto signature, block.octets("signature"));
  return nothing(verify_pss(key, parameters, hash, signature));
}

Result<Bytes> run_oaep_encrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_public_key(block));
  OaepParameters parameters;
  COSE_TRY(parameters.digest, digest_of(block, "digest"));
  COSE_TRY(parameters.mask_digest, digest_of(block, "mask_digest"));
  COSE_TRY(const auto label, block.octets_or_none("label"));
  parameters.label = label;
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(auto random, block.octets("random"));
  ScriptedRng rng(std::move(random));
  return encrypt_oaep(key, parameters, message, rng);
}

Result<Bytes> run_oaep_decrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, rsa_private_key(block));
  OaepParameters parameters;
  COSE_TRY(parameters.digest, digest_of(block, "digest"));
  COSE_TRY(parameters.mask_digest, digest_of(block, "mask_digest"));
  COSE_TRY(const auto label, block.octets_or_none("label"));
  parameters.label = label;
  COSE_TRY(const auto ciphertext, block.octets("ciphertext"));
  COSE_TRY(const auto message, decrypt_oaep(key, parameters, ciphertext));
  return octets_of(message);
}

// By name, or by its domain parameters p, a, b, generator, order, cofactor.
Result<EcCurve> curve_of(const VectorBlock& block) {
  if (block.has("curve")) {
    COSE_TRY(const auto text, block.text("curve"));
    const auto name = curve_named(text);
    if (!name) return fail(ErrorKind::kNotFound, "no curve is called " + std::string(text));
    return EcCurve::named(*name);
  }
  EcDomain domain;
  COSE_TRY(const auto field, block.text("field"));
  domain.field = field == "binary" ? FieldKind::kBinary : FieldKind::kPrime;
  COSE_TRY(domain.p, block.octets("p"));
  COSE_TRY(domain.a, block.octets("a"));
  COSE_TRY(domain.b, block.octets("b"));
  COSE_TRY(domain.generator, block.octets("generator"));
  COSE_TRY(domain.order, block.octets("order"));
  COSE_TRY(const auto cofactor, block.number("cofactor"));
  domain.cofactor = static_cast<std::uint32_t>(cofactor);
  return EcCurve::from_domain(domain);
}

Result<EcPrivateKey> ec_private_key(const VectorBlock& block) {
  COSE_TRY(const auto curve, curve_of(block));
  COSE_TRY(const auto scalar, block.octets("private"));
  return EcPrivateKey::create(curve, scalar);
}

Result<EcPublicKey> ec_public_key(const VectorBlock& block) {
  COSE_TRY(const auto curve, curve_of(block));
  COSE_TRY(const auto point, block.octets("public"));
  return EcPublicKey::create(curve, point);
}

Result<Bytes> run_ec_public(const VectorBlock& block) {
  COSE_TRY(const auto key, ec_private_key(block));
  COSE_TRY(const auto public_key, key.public_key());
  return public_key.point();
}

// Any encoding of a point, as the uncompressed one.
Result<Bytes> run_ec_point(const VectorBlock& block) {
  COSE_TRY(const auto key, ec_public_key(block));
  EXPECT_TRUE(EcPublicKey::create(key.curve(), key.point(PointForm::kCompressed)).has_value());
  return key.point();
}

Result<EcdsaForm> form_of(const VectorBlock& block) {
  COSE_TRY(const auto text, block.text("form"));
  if (text == "raw") return EcdsaForm::kRaw;
  if (text == "der") return EcdsaForm::kDer;
  return fail(ErrorKind::kNotFound, "no form is called " + std::string(text));
}

Result<Bytes> run_ecdsa_sign(const VectorBlock& block) {
  COSE_TRY(const auto key, ec_private_key(block));
  COSE_TRY(const auto hash, hash_of(block));
  COSE_TRY(auto nonce, block.octets("random"));
  COSE_TRY(const auto form, form_of(block));
  ScriptedRng rng(std::move(nonce));
  COSE_TRY(auto signature, sign_ecdsa(key, hash, rng, form));
  COSE_TRY(const auto public_key, key.public_key());
  COSE_CHECK(verify_ecdsa(public_key, hash, signature, form));
  return signature;
}

Result<Bytes> run_ecdsa_verify(const VectorBlock& block) {
  COSE_TRY(const auto key, ec_public_key(block));
  COSE_TRY(const auto hash, hash_of(block));
  COSE_TRY(const auto signature, block.octets("signature"));
  COSE_TRY(const auto form, form_of(block));
  return nothing(verify_ecdsa(key, hash, signature, form));
}

Result<Bytes> run_ecdh(const VectorBlock& block,
                       Result<Secret> (*agree)(const EcPrivateKey&, const EcPublicKey&, EcdhKind)) {
  COSE_TRY(const auto key, ec_private_key(block));
  COSE_TRY(const auto peer, ec_public_key(block));
  EcdhKind kind = EcdhKind::kPlain;
  if (block.has("kind")) {
    COSE_TRY(const auto text, block.text("kind"));
    kind = text == "cofactor" ? EcdhKind::kCofactor : EcdhKind::kPlain;
  }
  COSE_TRY(const auto shared, agree(key, peer, kind));
  return octets_of(shared);
}

Result<Bytes> run_ecdh_x(const VectorBlock& block) {
  return run_ecdh(block, ecdh);
}

Result<Bytes> run_ecdh_point(const VectorBlock& block) {
  return run_ecdh(block, ecdh_point);
}

Result<XdhCurve> xdh_curve(const VectorBlock& block) {
  COSE_TRY(const auto text, block.text("curve"));
  return text == "X448" ? XdhCurve::kX448 : XdhCurve::kX25519;
}

Result<EddsaCurve> eddsa_curve(const VectorBlock& block) {
  COSE_TRY(const auto text, block.text("curve"));
  return text == "Ed448" ? EddsaCurve::kEd448 : EddsaCurve::kEd25519;
}

Result<Bytes> run_xdh_public(const VectorBlock& block) {
  COSE_TRY(const auto curve, xdh_curve(block));
  COSE_TRY(const auto octets, block.octets("private"));
  COSE_TRY(const auto key, XdhPrivateKey::create(curve, octets));
  return key.public_key();
}

Result<Bytes> run_xdh(const VectorBlock& block) {
  COSE_TRY(const auto curve, xdh_curve(block));
  COSE_TRY(const auto octets, block.octets("private"));
  COSE_TRY(const auto peer, block.octets("public"));
  COSE_TRY(const auto key, XdhPrivateKey::create(curve, octets));
  COSE_TRY(const auto shared, key.agree(peer));
  return octets_of(shared);
}

Result<Bytes> run_eddsa_sign(const VectorBlock& block) {
  COSE_TRY(const auto curve, eddsa_curve(block));
  COSE_TRY(const auto octets, block.octets("private"));
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(const auto public_octets, block.octets("public"));
  COSE_TRY(const auto key, EddsaPrivateKey::create(curve, octets));
  COSE_TRY(const auto public_key, key.public_key());
  EXPECT_EQ(public_key, public_octets);
  COSE_TRY(auto signature, key.sign(message));
  COSE_CHECK(verify_eddsa(curve, public_key, message, signature));
  return signature;
}

Result<Bytes> run_eddsa_verify(const VectorBlock& block) {
  COSE_TRY(const auto curve, eddsa_curve(block));
  COSE_TRY(const auto public_key, block.octets("public"));
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(const auto signature, block.octets("signature"));
  return nothing(verify_eddsa(curve, public_key, message, signature));
}

Result<DhPrivateKey> dh_private_key(const VectorBlock& block) {
  DhDomain domain;
  COSE_TRY(domain.p, block.octets("p"));
  COSE_TRY(domain.g, block.octets("g"));
  COSE_TRY(domain.q, block.octets_or_none("q"));
  COSE_TRY(const auto value, block.octets("private"));
  return DhPrivateKey::create(domain, value);
}

Result<Bytes> run_dh_public(const VectorBlock& block) {
  COSE_TRY(const auto key, dh_private_key(block));
  return key.public_value();
}

Result<Bytes> run_dh(const VectorBlock& block) {
  COSE_TRY(const auto key, dh_private_key(block));
  COSE_TRY(const auto peer, block.octets("public"));
  COSE_TRY(const auto shared, key.agree(peer));
  return octets_of(shared);
}

// The curve is always SM2's.
Result<EcPrivateKey> sm2_private_key(const VectorBlock& block) {
  COSE_TRY(const auto curve, EcCurve::named(CurveName::kSm2));
  COSE_TRY(const auto scalar, block.octets("private"));
  return EcPrivateKey::create(curve, scalar);
}
Result<Bytes> sm2_hash(const VectorBlock& block, const EcPublicKey& key) {
  COSE_TRY(const auto identity, block.octets("identity"));
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(const auto prefix, sm2_identity_hash(key, identity));
  return digest(DigestKind::kSm3, concat(prefix, message));
}
Result<Bytes> run_sm2_sign(const VectorBlock& block) {
  COSE_TRY(const auto key, sm2_private_key(block));
  COSE_TRY(const auto open, key.public_key());
  COSE_TRY(const auto hash, sm2_hash(block, open));
  COSE_TRY(auto nonce, block.octets("random"));
  COSE_TRY(const auto form, form_of(block));
  ScriptedRng rng(std::move(nonce));
  COSE_TRY(auto signature, sign_sm2(key, hash, rng, form));
  COSE_CHECK(verify_sm2(open, hash, signature, form));
  COSE_TRY(const auto der, ecdsa_der(key.curve(), signature));
  COSE_CHECK(verify_sm2(open, hash, der, EcdsaForm::kDer));
  return signature;
}
Result<Bytes> run_sm2_verify(const VectorBlock& block) {
  COSE_TRY(const auto curve, EcCurve::named(CurveName::kSm2));
  COSE_TRY(const auto point, block.octets("public"));
  COSE_TRY(const auto key, EcPublicKey::create(curve, point));
  COSE_TRY(const auto hash, sm2_hash(block, key));
  COSE_TRY(const auto signature, block.octets("signature"));
  COSE_TRY(const auto form, form_of(block));
  return nothing(verify_sm2(key, hash, signature, form));
}
Result<Bytes> run_sm2_encrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, sm2_private_key(block));
  COSE_TRY(const auto open, key.public_key());
  COSE_TRY(const auto message, block.octets("message"));
  COSE_TRY(auto nonce, block.octets("random"));
  ScriptedRng rng(std::move(nonce));
  return encrypt_sm2(open, message, rng);
}
Result<Bytes> run_sm2_decrypt(const VectorBlock& block) {
  COSE_TRY(const auto key, sm2_private_key(block));
  COSE_TRY(const auto ciphertext, block.octets("ciphertext"));
  COSE_TRY(const auto plaintext, decrypt_sm2(key, ciphertext));
  return octets_of(plaintext);
}

}  // namespace

const Operations& asymmetric_operations() {
  static const Operations operations{
      {"rsa-public", run_rsa_public},
      {"rsa-private", run_rsa_private},
      {"pkcs1-sign", run_pkcs1_sign},
      {"pkcs1-verify", run_pkcs1_verify},
      {"pkcs1-encrypt", run_pkcs1_encrypt},
      {"pkcs1-decrypt", run_pkcs1_decrypt},
      {"pss-sign", run_pss_sign},
      {"pss-verify", run_pss_verify},
      {"oaep-encrypt", run_oaep_encrypt},
      {"oaep-decrypt", run_oaep_decrypt},
      {"ec-public", run_ec_public},
      {"ec-point", run_ec_point},
      {"ecdsa-sign", run_ecdsa_sign},
      {"ecdsa-verify", run_ecdsa_verify},
      {"sm2-sign", run_sm2_sign},
      {"sm2-verify", run_sm2_verify},
      {"sm2-encrypt", run_sm2_encrypt},
      {"sm2-decrypt", run_sm2_decrypt},
      {"ecdh", run_ecdh_x},
      {"ecdh-point", run_ecdh_point},
      {"xdh-public", run_xdh_public},
      {"xdh", run_xdh},
      {"eddsa-sign", run_eddsa_sign},
      {"eddsa-verify", run_eddsa_verify},
      {"dh-public", run_dh_public},
      {"dh", run_dh},
  };
  return operations;
}

}  // namespace cose::crypto::testing
