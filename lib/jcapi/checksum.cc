// SPDX-License-Identifier: Apache-2.0
// javacard.security.Checksum: the frame check sequences of ISO/IEC 13239 (ISO 3309), 16 and 32 bits.
//
// "The default initial checksum value used by this algorithm is 0" (JC API 3.1) is read as a value of the checksum,
// which is the complement of the register; only so does the algorithm also comply with ISO/IEC 13239, whose register
// starts from ones. A checksum given to init() is thus where a message goes on.
#include <array>

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi {

namespace {

using namespace detail;

constexpr std::string_view kChecksum = "javacard/security/Checksum";
constexpr std::string_view kHidden = "javacardx/crypto/ChecksumImpl";
constexpr std::uint16_t kStateOctets = 2;

struct Polynomial {
  std::uint32_t reversed;
  std::size_t octets;
};

// By Checksum.ALG_...: ISO/IEC 13239 §4.2.5.2, §4.2.5.3.
constexpr Polynomial kPolynomials[] = {{0x8408, 2}, {0xEDB88320, 4}};

struct ChecksumWork final : jcvm::TransientState {
  std::uint32_t initial = 0;
  std::uint32_t value = 0;
};

const Polynomial& polynomial_of(NativeCall& call) {
  return kPolynomials[state_of_self(call)[0] - 1U];
}

ChecksumWork& work_of(NativeCall& call) {
  auto* found = call.transient<ChecksumWork>(call.self());
  return found != nullptr ? *found : make_transient<ChecksumWork>(call, call.self());
}

std::uint32_t checksum(const Polynomial& polynomial, std::uint32_t before, ByteView octets) {
  auto rest = ~before;
  if (polynomial.octets == 2) rest &= 0xFFFF;
  for (const auto octet : octets) {
    rest ^= octet;
    for (int bit = 0; bit < 8; ++bit) rest = (rest >> 1) ^ ((rest & 1) != 0 ? polynomial.reversed : 0);
  }
  return polynomial.octets == 2 ? ~rest & 0xFFFF : ~rest;
}

// init(byte[] bArray, short bOff, short bLen): a checksum to go on from.
NativeResult init(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  if (octets->size() != polynomial_of(call).octets) return throw_crypto(call, CryptoReason::kIllegalValue);
  auto& work = work_of(call);
  work.initial = 0;
  for (const auto octet : *octets) work.initial = work.initial << 8 | octet;
  work.value = work.initial;
  return call.return_void();
}

NativeResult update(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  auto& work = work_of(call);
  work.value = checksum(polynomial_of(call), work.value, *octets);
  return call.return_void();
}

NativeResult do_final(NativeCall& call) {
  const auto octets = call.readable(call.reference(0), call.number(1), call.number(2));
  if (!octets) return NativeResult::kThrown;
  const auto& polynomial = polynomial_of(call);
  auto& work = work_of(call);
  const auto value = checksum(polynomial, work.value, *octets);
  work.value = work.initial;
  Bytes output;
  for (auto shift = 8 * polynomial.octets; shift > 0; shift -= 8)
    output.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
  return output_at(call, 3, output);
}

NativeResult get_algorithm(NativeCall& call) {
  return call.return_short(state_of_self(call)[0]);
}

NativeResult get_instance(NativeCall& call) {
  const auto number = call.number(0);
  if (number < 1 || number > static_cast<std::int16_t>(std::size(kPolynomials)))
    return throw_crypto(call, CryptoReason::kNoSuchAlgorithm);
  const auto algorithm = static_cast<std::uint8_t>(number);
  const auto object = call.new_instance(*class_named(call, kHidden));
  if (object == kNull || !call.write_state(object, 0, {&algorithm, 1})) return NativeResult::kThrown;
  return call.return_reference(object);
}

NativeResult construct(NativeCall& call) {
  return call.return_void();
}

constexpr MethodBinding kMethods[] = {
    {kChecksum, "<init>()V", construct},      {kChecksum, "getInstance(BZ)Ljavacard/security/Checksum;", get_instance},
    {kHidden, "init([BSS)V", init},           {kHidden, "update([BSS)V", update},
    {kHidden, "doFinal([BSS[BS)S", do_final}, {kHidden, "getAlgorithm()B", get_algorithm},
};
constexpr HiddenClass kHiddenClasses[] = {{kHidden, kChecksum, {}}};
constexpr StateBinding kStates[] = {{kHidden, kStateOctets, 0}};

}  // namespace

Bindings checksum_bindings() {
  return {kMethods, kStates, kHiddenClasses};
}

}  // namespace cose::jcapi
