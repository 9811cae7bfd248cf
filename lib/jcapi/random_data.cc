// SPDX-License-Identifier: Apache-2.0
// javacard.security.RandomData.
//
// All numbers come from the card's own generator, so that a seed of it replays a card. The algorithms that take a seed
// have a generator of their own, seeded from the card's and from what setSeed() adds: the seed supplements and never
// replaces (JC API 3.1, RandomData.setSeed), but ALG_PSEUDO_RANDOM promises no secrecy anyway.
#include <array>

#include "crypto/random.h"
#include "jcapi/detail/crypto_call.h"
#include "jcapi/detail/one_shot.h"
#include "jcapi/detail/sensitive.h"
#include "jcre/runtime.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kRandom = "javacard/security/RandomData";
constexpr std::string_view kHidden = "javacardx/crypto/RandomDataImpl";
constexpr std::string_view kOneShot = "javacard/security/RandomData$OneShot";
constexpr std::uint16_t kStateOctets = 2;
constexpr std::size_t kEntropy = 32;
constexpr std::size_t kNonce = 16;

// RandomData.ALG_...
enum class Algorithm : std::uint8_t {
  kPseudoRandom = 1,
  kSecureRandom = 2,
  kTrng = 3,
  kPreseededDrbg = 4,
  kFast = 5,
  kKeyGeneration = 6,
};

class GeneratorWork final : public jcvm::TransientState {
 public:
  explicit GeneratorWork(crypto::HmacDrbg generator) : generator_(std::move(generator)) {}
  [[nodiscard]] Rng& generator() { return generator_; }

 private:
  crypto::HmacDrbg generator_;
};

Algorithm algorithm_of(NativeCall& call) {
  return static_cast<Algorithm>(state_of_self(call)[0]);
}

bool has_own_generator(Algorithm algorithm) {
  return algorithm == Algorithm::kPseudoRandom || algorithm == Algorithm::kPreseededDrbg;
}

// SP 800-90A §10.1.2.3, with the seed as personalization. False: the card's generator failed.
bool seed_generator(NativeCall& call, ByteView seed) {
  Secret entropy(kEntropy + kNonce);
  if (!jcre::runtime_of(call).rng().fill(entropy.writable())) return false;
  auto generator = crypto::HmacDrbg::create(crypto::DigestKind::kSha256,
                                            {entropy.view().first(kEntropy), entropy.view().last(kNonce), seed});
  if (!generator) return false;
  make_transient<GeneratorWork>(call, call.self(), std::move(*generator));
  return true;
}

// Null: the card's generator failed.
Rng* generator_of(NativeCall& call) {
  if (!has_own_generator(algorithm_of(call))) return &jcre::runtime_of(call).rng();
  if (call.transient<GeneratorWork>(call.self()) == nullptr && !seed_generator(call, {})) return nullptr;
  return &call.transient<GeneratorWork>(call.self())->generator();
}

// False: an exception is pending. JC API 3.1: a length of zero is ILLEGAL_VALUE.
bool generate_into(NativeCall& call) {
  const auto length = call.number(2);
  const auto to = call.writable(call.reference(0), call.number(1), length);
  if (!to) return false;
  if (length == 0) return static_cast<void>(throw_crypto(call, CryptoReason::kIllegalValue)), false;
  auto* generator = generator_of(call);
  if (generator != nullptr && generator->fill(*to)) return true;
  return static_cast<void>(call.throw_exception(jcvm::kSystem, jcvm::kNoResource)), false;
}

NativeResult generate_data(NativeCall& call) {
  return done(call, generate_into(call));
}

// nextBytes(byte[] buffer, short offset, short length): where the octets end.
NativeResult next_bytes(NativeCall& call) {
  if (!generate_into(call)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(call.number(1) + call.number(2)));
}

NativeResult set_seed(NativeCall& call) {
  const auto seed = input_at(call, 0);
  if (!seed) return NativeResult::kThrown;
  if (seed->empty()) return throw_crypto(call, CryptoReason::kIllegalValue);
  const auto algorithm = algorithm_of(call);
  // JC API 3.1, RandomData.setSeed: a true generator takes no seed.
  if (algorithm == Algorithm::kTrng) return throw_crypto(call, CryptoReason::kIllegalUse);
  if (has_own_generator(algorithm) && !seed_generator(call, seed->view()))
    return call.throw_exception(jcvm::kSystem, jcvm::kNoResource);
  return call.return_void();
}

NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(state_of_self(call)[0]);
}

bool is_algorithm(std::int16_t number) {
  return number >= static_cast<int>(Algorithm::kPseudoRandom) && number <= static_cast<int>(Algorithm::kKeyGeneration);
}

NativeResult get_instance(NativeCall& call) {
  if (!is_algorithm(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto algorithm = static_cast<std::uint8_t>(call.number(0));
  const auto object = call.new_instance(*class_named(call, kHidden));
  if (object == kNull || !call.write_state(object, 0, {&algorithm, 1})) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

NativeResult open(NativeCall& call) {
  if (!is_algorithm(call.number(0))) return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  return open_one_shot(call, kOneShot, std::array{static_cast<std::uint8_t>(call.number(0))});
}

constexpr MethodBinding kMethods[] = {
    {kRandom, "<init>()V", construct},
    {kRandom, "getInstance(B)Ljavacard/security/RandomData;", get_instance},
    {kRandom, "getInstance(BZ)Ljavacard/security/RandomData;", get_instance},
    {kHidden, "generateData([BSS)V", generate_data},
    {kHidden, "nextBytes([BSS)S", sensitive<next_bytes>},
    {kHidden, "setSeed([BSS)V", set_seed},
    {kHidden, "getAlgorithm()B", get_algorithm},
    {kOneShot, "open(B)Ljavacard/security/RandomData$OneShot;", open},
    {kOneShot, "close()V", close_one_shot},
    {kOneShot, "generateData([BSS)V", when_open<generate_data>},
    {kOneShot, "nextBytes([BSS)S", when_open<sensitive<next_bytes>>},
    {kOneShot, "setSeed([BSS)V", when_open<set_seed>},
    {kOneShot, "getAlgorithm()B", when_open<get_algorithm>},
};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kRandom, {}}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 0}, {kOneShot, kOneShotOctets, 0}};

}  // namespace

Bindings random_data_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
