// SPDX-License-Identifier: Apache-2.0
// Methods that an applet implements for a native: interfaces of the API called back.
#pragma once

#include <optional>

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi::detail {

class Callback {
 public:
  // The interface by its name. check() before anything else.
  Callback(NativeCall& call, Reference object, std::string_view interface)
      : call_(call), object_(object), interface_(*class_named(call, interface)) {}

  // Whether the caller may use the object, and it implements the interface. False and no exception: it does not.
  [[nodiscard]] bool implemented() const { return call_.is_instance(object_, interface_); }

  // Calls the method of that token. Nothing: it threw, which is pending now, or the watchdog has struck.
  [[nodiscard]] std::optional<std::int32_t> value(std::uint8_t token, std::span<const std::uint16_t> cells = {}) {
    const auto outcome = call_.machine().invoke_interface(object_, interface_, token, cells);
    if (outcome.kind == jcvm::Outcome::Kind::kReturned) return outcome.value;
    if (outcome.kind == jcvm::Outcome::Kind::kThrown) call_.machine().throw_object(outcome.exception);
    return std::nullopt;
  }

  // A byte array that the method returns, whole; null is empty.
  [[nodiscard]] std::optional<Secret> octets(std::uint8_t token) {
    const auto reference = value(token);
    if (!reference) return std::nullopt;
    const auto* header = call_.heap().find(static_cast<Reference>(*reference));
    if (header == nullptr) return Secret();
    const auto octets = call_.readable(static_cast<Reference>(*reference), 0, header->length);
    if (!octets) return std::nullopt;
    return Secret(*octets);
  }

 private:
  NativeCall& call_;
  Reference object_;
  const jcvm::Class& interface_;
};

}  // namespace cose::jcapi::detail
