// SPDX-License-Identifier: Apache-2.0
// What a Cipher, a Signature or a KeyAgreement was initialized with: key and mode, kept in the instance. A reset takes
// the work under way, and the object is as it was after that init() (JC API 3.1, class descriptions; 3.2 adds that
// other initial values are those of an init() without parameters).
//
// The key is in reference cell 0 of the class, the mode in one of its state octets. Both take part in transactions,
// since a key made inside one may go with it. Instances of other classes, OneShots, keep nothing.
#pragma once

#include "jcapi/detail/key_object.h"

namespace cose::jcapi::detail {

struct LastInit {
  Reference key = kNull;
  std::uint8_t mode = 0;

  friend bool operator==(const LastInit&, const LastInit&) = default;
};

// Where a class keeps it.
struct InitPlace {
  std::string_view class_name;
  std::uint32_t mode_octet;
};

// Nothing: never initialized, or none of that class.
[[nodiscard]] inline std::optional<LastInit> last_init(NativeCall& call, Reference object, const InitPlace& place) {
  const auto& type = *class_named(call, place.class_name);
  if (!call.is_instance(object, type)) return std::nullopt;
  const LastInit found{call.held(object, type, 0), (*call.state_of(object, type))[place.mode_octet]};
  return found.key == kNull ? std::nullopt : std::optional(found);
}

// Of `this`. False: an exception is pending. Writes only what is new, so that an init() per command costs nothing.
[[nodiscard]] inline bool keep_init(NativeCall& call, const InitPlace& place, const LastInit& init) {
  const auto& type = *class_named(call, place.class_name);
  if (!call.is_instance(call.self(), type) || last_init(call, call.self(), place) == init) return true;
  return call.hold(call.self(), type, 0, init.key) && write_octet(call, place.mode_octet, init.mode);
}

// The key of an init() before a reset. Nothing: an exception is pending.
[[nodiscard]] inline std::optional<KeyObject> kept_key(NativeCall& call, const std::optional<LastInit>& init) {
  if (!init) return static_cast<void>(throw_crypto(call, CryptoReason::kInvalidInit)), std::nullopt;
  auto key = KeyObject::of(call, init->key);
  if (key && key->initialized()) return key;
  return static_cast<void>(throw_crypto(call, CryptoReason::kUninitializedKey)), std::nullopt;
}

}  // namespace cose::jcapi::detail
