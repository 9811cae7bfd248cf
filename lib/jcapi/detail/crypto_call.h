// SPDX-License-Identifier: Apache-2.0
// What the natives of javacard.security and javacardx.crypto share.
//
// A native reads its input into octets of its own before it writes any output: JC API 3.1 lets input and output overlap
// in any way. What is written to an array goes through NativeCall::write, so it takes part in transactions.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <utility>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "jcapi/binding.h"
#include "jcvm/machine.h"
#include "jcvm/native.h"

namespace cose::jcapi::detail {

using jcvm::kNull;
using jcvm::NativeCall;
using jcvm::NativeResult;
using jcvm::Reference;

// JC API 3.1, reasons of CryptoException.
enum class CryptoReason : std::int16_t {
  kIllegalValue = 1,
  kUninitializedKey = 2,
  kNoSuchAlgorithm = 3,
  kInvalidInit = 4,
  kIllegalUse = 5,
};

inline NativeResult throw_crypto(NativeCall& call, CryptoReason reason) {
  return call.throw_exception(kCrypto, static_cast<std::int16_t>(reason));
}

inline NativeResult done(NativeCall& call, bool ok) {
  return ok ? call.return_void() : NativeResult::kThrown;
}

inline NativeResult made(NativeCall& call, Reference reference) {
  return reference == kNull ? NativeResult::kThrown : call.return_reference(reference);
}

// Octets `offset` and `length` of which are parameters number `at` + 1 and `at` + 2 of the array at `at`; a copy.
// Nothing: an exception is pending.
inline std::optional<Secret> input_at(NativeCall& call, std::size_t at) {
  const auto octets = call.readable(call.reference(at), call.number(at + 1), call.number(at + 2));
  if (!octets) return std::nullopt;
  return Secret(*octets);
}

// Writes to the array and offset at parameter `at`, and gives the number of octets.
inline NativeResult output_at(NativeCall& call, std::size_t at, ByteView octets) {
  if (!call.write(call.reference(at), call.number(at + 1), octets)) return NativeResult::kThrown;
  return call.return_short(static_cast<std::int16_t>(octets.size()));
}

// State of `this`, whichever class of natives it is.
inline ByteView state_of_self(NativeCall& call) {
  return *call.state_of(call.self(), *call.class_of(call.self()));
}

inline bool write_octet(NativeCall& call, std::uint32_t offset, std::uint8_t value) {
  return call.write_state(call.self(), offset, {&value, 1});
}

template <typename T, typename... Arguments>
T& make_transient(NativeCall& call, Reference object, Arguments&&... arguments) {
  auto state = std::make_unique<T>(std::forward<Arguments>(arguments)...);
  auto& made = *state;
  call.set_transient(object, std::move(state));
  return made;
}

inline void drop_transient(NativeCall& call, Reference object) {
  call.set_transient(object, nullptr);
}

}  // namespace cose::jcapi::detail
