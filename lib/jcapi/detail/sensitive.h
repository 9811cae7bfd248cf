// SPDX-License-Identifier: Apache-2.0
// Results that a program may check once more (javacardx.security.SensitiveResult): what the last native of those bound
// as sensitive<...> has returned.
#pragma once

#include <cstdint>
#include <optional>

#include "jcapi/detail/crypto_call.h"

namespace cose::jcapi::detail {

struct SensitiveRecord final : jcvm::TransientState {
  std::optional<std::uint16_t> value;  // nothing: none yet, or the native threw
  bool reference = false;
};

// Of the card: kept beside the object of its roots.
inline SensitiveRecord& sensitive_record(NativeCall& call) {
  auto* found = call.transient<SensitiveRecord>(jcvm::kRoots);
  return found != nullptr ? *found : make_transient<SensitiveRecord>(call, jcvm::kRoots);
}

template <jcvm::NativeFunction kFunction>
NativeResult sensitive(NativeCall& call) {
  const auto result = kFunction(call);
  auto& record = sensitive_record(call);
  record.reference = call.method().returns == jcvm::Returns::kReference;
  record.value.reset();
  if (result == NativeResult::kReturned) record.value = call.result();
  return result;
}

}  // namespace cose::jcapi::detail
