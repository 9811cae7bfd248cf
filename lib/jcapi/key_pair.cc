// SPDX-License-Identifier: Apache-2.0
// javacard.security.KeyPair: two key objects, and new values for both.
//
// Parameters that the public key has are kept; else usual ones are taken (JC API 3.1, KeyPair.genKeyPair): exponent
// 65537, the curve that NIST recommends for the size, the group of RFC 2409 or RFC 3526 for the size.
#include <algorithm>
#include <array>

#include "bytes/hex.h"
#include "crypto/dsa.h"
#include "jcapi/detail/key_values.h"
#include "jcapi/detail/well_known_groups.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using namespace detail;
using crypto::CurveName;

constexpr std::string_view kPair = "javacard/security/KeyPair";
constexpr std::uint64_t kUsualExponent = 65537;

enum Cell : std::size_t { kPublic = 0, kPrivate = 1 };

struct Kinds {
  KeyKind open;
  KeyKind secret;
};

// By KeyPair.ALG_... from 1 on.
constexpr Kinds kAlgorithms[] = {
    {KeyKind::kRsaPublic, KeyKind::kRsaPrivate},   {KeyKind::kRsaPublic, KeyKind::kRsaCrt},
    {KeyKind::kDsaPublic, KeyKind::kDsaPrivate},   {KeyKind::kEcF2mPublic, KeyKind::kEcF2mPrivate},
    {KeyKind::kEcFpPublic, KeyKind::kEcFpPrivate}, {KeyKind::kDhPublic, KeyKind::kDhPrivate}};
constexpr Kinds kXec{KeyKind::kXecPublic, KeyKind::kXecPrivate};

const jcvm::Class& pair_class(NativeCall& call) {
  return *class_named(call, kPair);
}

bool hold_both(NativeCall& call, Reference open, Reference secret) {
  return call.hold(call.self(), pair_class(call), kPublic, open) &&
         call.hold(call.self(), pair_class(call), kPrivate, secret);
}

// KeyPair(byte algorithm, short keyLength)
NativeResult construct_by_algorithm(NativeCall& call) {
  const auto algorithm = call.number(0);
  const auto bits = static_cast<std::uint16_t>(call.number(1));
  if (algorithm < 1 || algorithm > static_cast<std::int16_t>(std::size(kAlgorithms)))
    return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto& kinds = kAlgorithms[algorithm - 1];
  if (!is_key_size(kinds.open, bits)) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto type = [](KeyKind kind) { return key_type(kind, MemoryType::kPersistent); };
  const auto open = KeyObject::make(call, {kinds.open, bits, MemoryType::kPersistent, type(kinds.open)});
  if (open == kNull) return NativeResult::kThrown;
  const auto secret = KeyObject::make(call, {kinds.secret, bits, MemoryType::kPersistent, type(kinds.secret)});
  return done(call, secret != kNull && hold_both(call, open, secret));
}

bool belong_together(const KeyObject& open, const KeyObject& secret) {
  const auto match = [&](const Kinds& kinds) { return kinds.open == open.kind() && kinds.secret == secret.kind(); };
  return (std::ranges::any_of(kAlgorithms, match) || match(kXec)) && open.bits() == secret.bits() &&
         open.parameters() == secret.parameters();
}

// KeyPair(PublicKey, PrivateKey)
NativeResult construct_of_keys(NativeCall& call) {
  const auto open = KeyObject::argument(call, call.reference(0));
  if (!open) return NativeResult::kThrown;
  const auto secret = KeyObject::argument(call, call.reference(1));
  if (!secret) return NativeResult::kThrown;
  if (!belong_together(*open, *secret)) return throw_crypto(call, CryptoReason::kIllegalValue);
  return done(call, hold_both(call, open->reference(), secret->reference()));
}

NativeResult get_public(NativeCall& call) {
  return call.return_reference(call.held(call.self(), pair_class(call), kPublic));
}
NativeResult get_private(NativeCall& call) {
  return call.return_reference(call.held(call.self(), pair_class(call), kPrivate));
}

// ---- generation: values first, all of them, then the writing ----

struct Values {
  struct Value {
    Part part;
    Secret octets;
  };
  std::vector<Value> open;
  std::vector<Value> secret;

  void both(Part part, ByteView octets) {
    if (octets.empty()) return;
    open.push_back({part, Secret(octets)});
    secret.push_back({part, Secret(octets)});
  }
};

Result<Values> generate_rsa(const KeyObject& open, const KeyObject& secret, Rng& rng) {
  auto exponent = kUsualExponent;
  if (const auto chosen = open.component(Part::kExponent); !chosen.empty()) {
    exponent = 0;
    for (const auto octet : chosen) {
      if (exponent >> 56 != 0) return fail(ErrorKind::kUnsupported, "RSA: the public exponent is too long to generate");
      exponent = exponent << 8 | octet;
    }
  }
  COSE_TRY(const auto key, crypto::RsaPrivateKey::generate(open.bits(), rng, exponent));
  COSE_TRY(const auto public_key, key.public_key());
  Values values;
  values.open.push_back({Part::kModulus, Secret(public_key.modulus())});
  values.open.push_back({Part::kExponent, Secret(public_key.exponent())});
  if (secret.kind() == KeyKind::kRsaPrivate) {
    values.secret.push_back({Part::kModulus, Secret(public_key.modulus())});
    values.secret.push_back({Part::kExponent, key.private_exponent()});
    return values;
  }
  COSE_TRY(auto crt, key.crt());
  values.secret.push_back({Part::kP, std::move(crt.p)});
  values.secret.push_back({Part::kQ, std::move(crt.q)});
  values.secret.push_back({Part::kDp, std::move(crt.dp)});
  values.secret.push_back({Part::kDq, std::move(crt.dq)});
  values.secret.push_back({Part::kQInverse, std::move(crt.q_inverse)});
  return values;
}

struct DefaultCurve {
  std::uint16_t bits;
  CurveName fp;
};
constexpr DefaultCurve kFpCurves[] = {{160, CurveName::kBrainpoolP160r1},
                                      {192, CurveName::kP192},
                                      {224, CurveName::kP224},
                                      {256, CurveName::kP256},
                                      {320, CurveName::kBrainpoolP320r1},
                                      {384, CurveName::kP384},
                                      {512, CurveName::kBrainpoolP512r1},
                                      {521, CurveName::kP521}};
constexpr DefaultCurve kF2mCurves[] = {{163, CurveName::kB163},
                                       {233, CurveName::kB233},
                                       {283, CurveName::kB283},
                                       {409, CurveName::kB409},
                                       {571, CurveName::kB571}};

Result<crypto::EcCurve> curve_for(NativeCall& call, const KeyObject& open, const KeyObject& secret) {
  if (open.kind() == KeyKind::kXecPublic || open.domain_initialized()) return ec_curve_of(call, open);
  if (secret.domain_initialized()) return ec_curve_of(call, secret);
  const auto curves = open.kind() == KeyKind::kEcFpPublic ? std::span<const DefaultCurve>(kFpCurves)
                                                          : std::span<const DefaultCurve>(kF2mCurves);
  const auto found = std::ranges::find(curves, open.bits(), &DefaultCurve::bits);
  if (found == curves.end()) return fail(ErrorKind::kUnsupported, "there is no usual curve of this size");
  return crypto::EcCurve::named(found->fp);
}

Result<Values> generate_on_curve(NativeCall& call, const KeyObject& open, const KeyObject& secret, Rng& rng) {
  COSE_TRY(const auto curve, curve_for(call, open, secret));
  COSE_TRY(const auto key, crypto::EcPrivateKey::generate(curve, rng));
  COSE_TRY(const auto public_key, key.public_key());
  Values values;
  values.open.push_back({Part::kPublic, Secret(public_key.point())});
  values.secret.push_back({Part::kSecret, key.scalar()});
  if (open.kind() == KeyKind::kXecPublic) return values;
  const auto domain = curve.domain();
  values.both(Part::kField, domain.p);
  values.both(Part::kA, domain.a);
  values.both(Part::kB, domain.b);
  values.both(Part::kGenerator, domain.generator);
  values.both(Part::kOrder, domain.order);
  // A cofactor beyond a short cannot be one of ECKey's.
  if (domain.cofactor <= 0x7FFF)
    values.both(Part::kCofactor,
                Bytes{static_cast<std::uint8_t>(domain.cofactor >> 8), static_cast<std::uint8_t>(domain.cofactor)});
  return values;
}

Result<Values> generate_xec(NativeCall& call, const KeyObject& open, const KeyObject& secret, Rng& rng) {
  Values values;
  if (const auto* curve = xdh_curve_of(open)) {
    COSE_TRY(const auto key, crypto::XdhPrivateKey::generate(*curve, rng));
    COSE_TRY(const auto point, key.public_key());
    values.open.push_back({Part::kPublic, Secret(point)});
    values.secret.push_back({Part::kSecret, key.octets()});
    return values;
  }
  if (const auto* curve = eddsa_curve_of(open)) {
    COSE_TRY(const auto key, crypto::EddsaPrivateKey::generate(*curve, rng));
    COSE_TRY(const auto point, key.public_key());
    values.open.push_back({Part::kPublic, Secret(point)});
    values.secret.push_back({Part::kSecret, key.octets()});
    return values;
  }
  return generate_on_curve(call, open, secret, rng);
}

Result<Values> generate_dh(const KeyObject& open, const KeyObject& secret, Rng& rng) {
  auto domain = dh_domain_of(open.domain_initialized() || !secret.domain_initialized() ? open : secret);
  if (domain.p.empty() || domain.g.empty()) {
    const auto* group = modp_group(open.bits());
    if (group == nullptr) return fail(ErrorKind::kUnsupported, "there is no usual group of this size");
    domain = *group;
  }
  COSE_TRY(const auto key, crypto::DhPrivateKey::generate(domain, rng));
  COSE_TRY(const auto y, key.public_value());
  Values values;
  values.open.push_back({Part::kPublic, Secret(y)});
  values.secret.push_back({Part::kSecret, key.value()});
  values.both(Part::kP, domain.p);
  values.both(Part::kQ, domain.q);
  values.both(Part::kGenerator, domain.g);
  return values;
}

// DSA parameters are not made up here: without them there is nothing usual to take.
Result<Values> generate_dsa(const KeyObject& open, const KeyObject& secret, Rng& rng) {
  const auto domain = dsa_domain_of(open.domain_initialized() ? open : secret);
  COSE_TRY(const auto group, crypto::DsaGroup::create(domain));
  COSE_TRY(auto x, group.generate(rng));
  COSE_TRY(const auto y, group.public_value(x.view()));
  Values values;
  values.open.push_back({Part::kPublic, Secret(y)});
  values.secret.push_back({Part::kSecret, std::move(x)});
  values.both(Part::kP, domain.p);
  values.both(Part::kQ, domain.q);
  values.both(Part::kGenerator, domain.g);
  return values;
}

Result<Values> generate(NativeCall& call, const KeyObject& open, const KeyObject& secret) {
  auto& rng = jcre::runtime_of(call).rng();
  switch (open.kind()) {
    case KeyKind::kRsaPublic: return generate_rsa(open, secret, rng);
    case KeyKind::kDhPublic: return generate_dh(open, secret, rng);
    case KeyKind::kDsaPublic: return generate_dsa(open, secret, rng);
    case KeyKind::kXecPublic: return generate_xec(call, open, secret, rng);
    default: return generate_on_curve(call, open, secret, rng);
  }
}

bool write_all(KeyObject& key, const std::vector<Values::Value>& values) {
  return std::ranges::all_of(values,
                             [&](const Values::Value& value) { return key.set(value.part, value.octets.view()); });
}

// Both keys change or none: in the applet's transaction, or in one of our own.
NativeResult gen_key_pair(NativeCall& call) {
  auto open = KeyObject::of(call, call.held(call.self(), pair_class(call), kPublic));
  auto secret = KeyObject::of(call, call.held(call.self(), pair_class(call), kPrivate));
  if (!open || !secret) return throw_crypto(call, CryptoReason::kIllegalValue);
  const auto values = generate(call, *open, *secret);
  if (!values) return throw_crypto(call, CryptoReason::kIllegalValue);
  auto& machine = call.machine();
  const bool own = !machine.in_transaction() && machine.begin_transaction();
  const bool written = write_all(*open, values->open) && write_all(*secret, values->secret);
  if (!own) return done(call, written);
  const auto thrown = machine.pending();
  const bool ended = written ? machine.commit_transaction() : machine.abort_transaction();
  if (!written) machine.throw_object(thrown);
  return done(call, written && ended);
}

// genKeyPair(AlgorithmParameterSpec): how primes are tested is ours to say (JC API 3.1, PrimalityTestParamSpec), and
// the test of FIPS 186-4 that is used is stronger than what a spec can ask for.
NativeResult gen_key_pair_with(NativeCall& call) {
  const auto spec = call.reference(0);
  if (spec == kNull) return gen_key_pair(call);
  if (!call.check_access(spec)) return NativeResult::kThrown;
  const auto* type = call.class_of(spec);
  const auto* primality = class_named(call, "javacard/security/PrimalityTestParamSpec");
  const auto open = KeyObject::of(call, call.held(call.self(), pair_class(call), kPublic));
  if (type == nullptr || !type->derives_from(*primality) || !open || open->kind() != KeyKind::kRsaPublic)
    return throw_crypto(call, CryptoReason::kIllegalValue);
  return gen_key_pair(call);
}

constexpr MethodBinding kMethods[] = {
    {kPair, "<init>(BS)V", construct_by_algorithm},
    {kPair, "<init>(Ljavacard/security/PublicKey;Ljavacard/security/PrivateKey;)V", construct_of_keys},
    {kPair, "genKeyPair()V", gen_key_pair},
    {kPair, "genKeyPair(Ljavacard/security/AlgorithmParameterSpec;)V", gen_key_pair_with},
    {kPair, "getPublic()Ljavacard/security/PublicKey;", get_public},
    {kPair, "getPrivate()Ljavacard/security/PrivateKey;", get_private},
};
constexpr StateBinding kStates[] = {{kPair, 2, 2}};

}  // namespace

Bindings key_pair_bindings() {
  return {kMethods, kStates, {}};
}

}  // namespace cose::jcapi
