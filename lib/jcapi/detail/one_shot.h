// SPDX-License-Identifier: Apache-2.0
// OneShot objects (JC API 3.1, MessageDigest.OneShot and others): temporary entry points of the runtime, lent to a
// program from open() until close() or until the call from outside that opened them returns.
//
// They come from a small pool that the card keeps, so that opening one costs no memory after the first time. When all
// are lent open() throws SystemException.NO_RESOURCE.
#pragma once

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi::detail {

inline constexpr std::size_t kMaximumOneShots = 16;  // open at once, of all classes together
// State octets of a OneShot class: what open() is given, and the place in the pool.
inline constexpr std::uint16_t kOneShotOctets = 6;

// state: at most four octets, which stand first in the instance.
NativeResult open_one_shot(NativeCall& call, std::string_view class_name, ByteView state);
NativeResult close_one_shot(NativeCall& call);
// Whether `this` is open; false: ILLEGAL_USE is pending.
[[nodiscard]] bool is_open(NativeCall& call);

// The native of a method that a OneShot shares with its class, for as long as it is open.
template <jcvm::NativeFunction kFunction>
NativeResult when_open(NativeCall& call) {
  return is_open(call) ? kFunction(call) : NativeResult::kThrown;
}

}  // namespace cose::jcapi::detail
