// SPDX-License-Identifier: Apache-2.0
// javacardx.security.derivation.DerivationFunction. Its parameters are interfaces that the applet implements, so init()
// calls the applet back.
//
// State octet: the algorithm, which lasts. The derivation under way is beside the instance until lastBytes() or a
// reset.
#include <array>
#include <span>

#include "crypto/kdf.h"
#include "jcapi/detail/callback.h"
#include "jcapi/detail/derivation_engine.h"
#include "jcapi/detail/key_object.h"
#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/one_shot.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kFunction = "javacardx/security/derivation/DerivationFunction";
constexpr std::string_view kHidden = "javacardx/security/derivation/DerivationFunctionImpl";
constexpr std::string_view kOneShot = "javacardx/security/derivation/DerivationFunction$OneShot";
constexpr std::uint16_t kStateOctets = 2;

// DerivationFunction.ALG_...
enum class Algorithm : std::uint8_t {
  kCounter = 1,
  kDoublePipeline = 2,
  kFeedback = 3,
  kTls11 = 4,
  kTls12 = 5,
  kIeee1363 = 6,
  kIcaoMrtd = 7,
  kAnsiX963 = 8,
  kHkdf = 9,
  kTls13Label = 10,
};

class DerivationWork final : public jcvm::TransientState {
 public:
  explicit DerivationWork(Derivation derivation) : derivation_(std::move(derivation)) {}
  [[nodiscard]] Derivation& derivation() { return derivation_; }

 private:
  Derivation derivation_;
};

// What one kind of specification is asked for. Nothing that was asked for after a failure counts: `thrown` says that an
// exception of the applet's is pending, `wrong` that a value cannot be.
class Questions {
 public:
  Questions(NativeCall& call, std::string_view interface) : call_(call), callback_(call, call.reference(0), interface) {
    wrong_ = !callback_.implemented();
  }
  [[nodiscard]] bool thrown() const { return thrown_; }
  [[nodiscard]] bool wrong() const { return wrong_; }

  std::int16_t number(std::uint8_t token) {
    const auto value = ask() ? callback_.value(token) : std::nullopt;
    if (!value) return failed(), std::int16_t{0};
    return static_cast<std::int16_t>(*value);
  }
  std::size_t size(std::uint8_t token) {
    const auto value = number(token);
    if (value <= 0) wrong_ = true;
    return static_cast<std::size_t>(std::max<std::int16_t>(value, 0));
  }
  // One to four octets; some write it in bits.
  std::size_t counter(std::uint8_t token) {
    const auto value = number(token);
    const auto octets = value >= 8 && value % 8 == 0 ? value / 8 : value;
    if (octets < 0 || octets > 4) wrong_ = true;
    return static_cast<std::size_t>(std::max(octets, 0));
  }
  Secret octets(std::uint8_t token) {
    auto value = ask() ? callback_.octets(token) : std::nullopt;
    if (!value) return failed(), Secret();
    return std::move(*value);
  }
  Bytes plain(std::uint8_t token) { return to_bytes(octets(token).view()); }
  // The value of a SecretKey.
  Secret key(std::uint8_t token) {
    const auto reference = ask() ? callback_.value(token) : std::nullopt;
    if (!reference) return failed(), Secret();
    const auto key = KeyObject::argument(call_, static_cast<Reference>(*reference));
    if (!key) return failed(), Secret();
    if (!key->initialized()) {
      static_cast<void>(throw_crypto(call_, CryptoReason::kUninitializedKey));
      return failed(), Secret();
    }
    if (!key->has(Part::kValue)) wrong_ = true;
    return Secret(key->component(Part::kValue));
  }
  Prf prf(std::uint8_t token) {
    const auto found = prf_of_algorithm(number(token));
    if (!found) wrong_ = true;
    return found.value_or(Prf{});
  }
  crypto::DigestKind digest(std::uint8_t token) {
    const auto found = prf(token).hmac;
    if (!found) wrong_ = true;
    return found.value_or(crypto::DigestKind::kSha256);
  }

 private:
  [[nodiscard]] bool ask() const { return !thrown_ && !wrong_; }
  void failed() {
    if (!wrong_) thrown_ = true;
  }

  NativeCall& call_;
  Callback callback_;
  bool thrown_ = false;
  bool wrong_ = false;
};

// ---- one function per kind of parameters; tokens are those of the interface's methods ----

Result<Derivation> from_counter(Questions& ask) {
  CounterParameters parameters{ask.prf(0), ask.key(1), ask.plain(2), ask.plain(3), ask.counter(5)};
  const auto size = ask.size(4);
  return Derivation(counter_mode(std::move(parameters)), size);
}
Result<Derivation> from_double_pipeline(Questions& ask) {
  ChainParameters parameters{ask.prf(0), ask.key(1), ask.plain(2), std::nullopt, ask.counter(4)};
  const auto size = ask.size(3);
  return Derivation(chain_mode(std::move(parameters)), size);
}
Result<Derivation> from_feedback(Questions& ask) {
  ChainParameters parameters{ask.prf(0), ask.key(1), ask.plain(2), ask.plain(3), ask.counter(5)};
  const auto size = ask.size(4);
  return Derivation(chain_mode(std::move(parameters)), size);
}
Result<Derivation> from_tls11(Questions& ask) {
  auto key = ask.key(0);
  return Derivation(tls11_prf(std::move(key), ask.plain(1)), std::nullopt);
}
Result<Derivation> from_tls12(Questions& ask) {
  auto key = ask.key(0);
  return Derivation(tls12_prf(std::move(key), ask.plain(1)), std::nullopt);
}
// IEEE 1363 KDF1, and ICAO 9303 part 11 §9.7.1: the hash of the secret and what follows it.
Result<Derivation> from_hash(Questions& ask) {
  const auto digest = ask.digest(0);
  const auto secret = ask.octets(1);
  COSE_TRY(auto value, crypto::digest(digest, concat(secret.view(), ask.octets(2).view())));
  const auto size = value.size();
  return Derivation(only(Secret::take(std::move(value))), size);
}
Result<Derivation> from_x963(Questions& ask) {
  const auto digest = ask.digest(0);
  const auto secret = ask.octets(1);
  const auto info = ask.octets(2);
  const auto size = ask.size(3);
  COSE_TRY(auto value, crypto::x963_kdf(digest, secret.view(), info.view(), size));
  return Derivation(only(std::move(value)), size);
}
Result<Derivation> from_hkdf(Questions& ask) {
  const auto digest = ask.digest(0);
  const auto secret = ask.octets(1);
  const auto info = ask.octets(2);
  const auto salt = ask.octets(3);
  const auto size = ask.size(4);
  COSE_TRY(auto value, crypto::hkdf(digest, salt.view(), secret.view(), info.view(), size));
  return Derivation(only(std::move(value)), size);
}
// RFC 8446 §7.1, RFC 9147 §5.9: HKDF-Expand with a label of length, prefix and context.
Result<Derivation> from_tls13_label(Questions& ask) {
  const auto digest = ask.digest(0);
  const auto secret = ask.octets(1);
  const auto prefix = ask.number(2);
  const auto label = ask.octets(3);
  const auto context = ask.octets(4);
  const auto size = ask.size(5);
  const auto head = as_bytes(prefix == 2 ? "dtls13" : "tls13 ");
  if (prefix < 1 || prefix > 2 || head.size() + label.size() > 255 || context.size() > 255)
    return fail(ErrorKind::kInvalid, "the label does not fit");
  const Bytes length{static_cast<std::uint8_t>(size >> 8), static_cast<std::uint8_t>(size),
                     static_cast<std::uint8_t>(head.size() + label.size())};
  const Bytes context_length{static_cast<std::uint8_t>(context.size())};
  const auto info = concat(length, head, label.view(), context_length, context.view());
  COSE_TRY(auto value, hkdf_expand(digest, secret.view(), info, size));
  return Derivation(only(std::move(value)), size);
}

struct AlgorithmRow {
  std::string_view interface;
  Result<Derivation> (*make)(Questions& ask);
};
// By Algorithm from 1 on.
constexpr AlgorithmRow kAlgorithms[] = {
    {"javacardx/security/derivation/KDFCounterModeSpec", from_counter},
    {"javacardx/security/derivation/KDFDoublePipelineIterationModeSpec", from_double_pipeline},
    {"javacardx/security/derivation/KDFFeedbackModeSpec", from_feedback},
    {"javacardx/security/derivation/TLSPseudoRandomFunctionSpec", from_tls11},
    {"javacardx/security/derivation/TLSPseudoRandomFunctionSpec", from_tls12},
    {"javacardx/security/derivation/KDFIeee1363Spec", from_hash},
    {"javacardx/security/derivation/KDFIcaoMrtdSpec", from_hash},
    {"javacardx/security/derivation/KDFAnsiX963Spec", from_x963},
    {"javacardx/security/derivation/KDFHmacSpec", from_hkdf},
    {"javacardx/security/derivation/TLSKDFExpandLabelSpec", from_tls13_label},
};
static_assert(std::size(kAlgorithms) == static_cast<std::size_t>(Algorithm::kTls13Label));

// ---- natives ----

NativeResult init(NativeCall& call) {
  if (!call.check_access(call.reference(0))) return NativeResult::kThrown;
  const auto& row = kAlgorithms[state_of_self(call)[0] - 1U];
  Questions ask(call, row.interface);
  auto derivation = row.make(ask);
  if (ask.thrown()) return NativeResult::kThrown;
  if (ask.wrong() || !derivation) return throw_crypto(call, CryptoReason::kIllegalValue);
  make_transient<DerivationWork>(call, call.self(), std::move(*derivation));
  return call.return_void();
}

// Nothing: an exception is pending.
std::optional<Secret> take(NativeCall& call, std::int32_t size) {
  auto* work = call.transient<DerivationWork>(call.self());
  if (work == nullptr) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), std::nullopt;
  auto octets = work->derivation().take(static_cast<std::size_t>(size));
  if (!octets) return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalUse)), std::nullopt;
  return std::move(*octets);
}

// nextBytes(byte[] buf, short off, short len)
NativeResult next_octets(NativeCall& call) {
  const auto size = call.number(2);
  if (!call.writable(call.reference(0), call.number(1), size)) return NativeResult::kThrown;
  const auto octets = take(call, size);
  return octets ? output_at(call, 0, octets->view()) : NativeResult::kThrown;
}

// nextBytes(SecretKey): as many octets as the key has.
NativeResult next_key(NativeCall& call) {
  auto key = KeyObject::argument(call, call.reference(0));
  if (!key) return NativeResult::kThrown;
  if (!key->has(Part::kValue)) return throw_crypto(call, CryptoReason::kIllegalValue);
  const auto size = key->kind() == KeyKind::kHmac ? key->bits() : key->capacity(Part::kValue);
  const auto octets = take(call, size);
  if (!octets || !key->set(Part::kValue, octets->view())) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(size));
}

// `this` is gone from the call once it has returned.
template <jcvm::NativeFunction kNext>
NativeResult and_end(NativeCall& call) {
  const auto self = call.self();
  const auto result = kNext(call);
  if (result == NativeResult::kReturned) drop_transient(call, self);
  return result;
}
constexpr auto last_octets = and_end<next_octets>;
constexpr auto last_key = and_end<next_key>;

NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(state_of_self(call)[0]);
}

bool is_algorithm(std::int16_t number) {
  return number >= 1 && number <= static_cast<std::int16_t>(std::size(kAlgorithms));
}

NativeResult get_instance(NativeCall& call) {
  if (!is_algorithm(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto algorithm = static_cast<std::uint8_t>(call.number(0));
  const auto object = call.new_instance(*class_named(call, kHidden));
  if (object == kNull || !call.write_state(object, 0, {&algorithm, 1})) return NativeResult::kThrown;
  return call.return_reference(object);
}
NativeResult open(NativeCall& call) {
  if (!is_algorithm(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kOneShot, std::array{static_cast<std::uint8_t>(call.number(0))});
}
// JC API 3.1, DerivationFunction.OneShot: nextBytes() is not for one shot. After lastBytes() it is still open.
NativeResult refuse(NativeCall& call) {
  return throw_crypto(call, CryptoReason::kIllegalUse);
}
NativeResult construct(NativeCall& call) {
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kFunction, "<init>()V", construct},
    {kFunction, "getInstance(SZ)Ljavacardx/security/derivation/DerivationFunction;", get_instance},
    {kHidden, "init(Ljavacard/security/AlgorithmParameterSpec;)V", init},
    {kHidden, "getAlgorithm()S", get_algorithm},
    {kHidden, "nextBytes([BSS)S", next_octets},
    {kHidden, "nextBytes(Ljavacard/security/SecretKey;)S", next_key},
    {kHidden, "lastBytes([BSS)S", last_octets},
    {kHidden, "lastBytes(Ljavacard/security/SecretKey;)S", last_key},
    {kOneShot, "open(B)Ljavacardx/security/derivation/DerivationFunction$OneShot;", open},
    {kOneShot, "close()V", close_one_shot},
    {kOneShot, "init(Ljavacard/security/AlgorithmParameterSpec;)V", when_open<init>},
    {kOneShot, "getAlgorithm()S", when_open<get_algorithm>},
    {kOneShot, "nextBytes([BSS)S", when_open<refuse>},
    {kOneShot, "nextBytes(Ljavacard/security/SecretKey;)S", when_open<refuse>},
    {kOneShot, "lastBytes([BSS)S", when_open<last_octets>},
    {kOneShot, "lastBytes(Ljavacard/security/SecretKey;)S", when_open<last_key>},
};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kFunction, {}}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 0}, {kOneShot, kOneShotOctets, 0}};

}  // namespace

Bindings derivation_function_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
