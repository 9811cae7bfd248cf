// SPDX-License-Identifier: Apache-2.0
// Links octets that anybody may have written, loads them and calls every method that they have. Nothing is expected
// of the outcome but that there is one, and that the card works as before.
#pragma once

#include <vector>

#include "cap/container.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm::testing {

// Calls through made-up references, small numbers and null. True: the package was accepted.
inline bool run_everything(const cap::Components& components, Packages api, KindChecks kinds) {
  const auto package = link(components, api, {{1}, kinds});
  if (!package) return false;
  MachineOptions options;
  options.instruction_budget = 20'000;
  options.heap.persistent = 32 * 1024;
  Machine machine(options);
  for (const auto& each : api) COSE_ASSERT(machine.load(each).has_value());
  if (!machine.load(*package)) return false;
  const auto count = static_cast<std::uint16_t>(machine.heap().all().size());
  for (const std::uint16_t word :
       {std::uint16_t{0}, std::uint16_t{1}, static_cast<std::uint16_t>(count - 1), std::uint16_t{500}})
    for (const auto& method : (*package)->methods) {
      const std::vector<std::uint16_t> cells(method.argument_words, word);
      const auto outcome = machine.invoke_static(method, cells, {1, 0});
      if (outcome.kind == Outcome::Kind::kExhausted && machine.in_transaction())
        static_cast<void>(machine.abort_transaction());
    }
  machine.reset();
  static_cast<void>(machine.collect_garbage());
  Machine again;
  const auto restored = again.restore(machine.heap().memory().snapshot(), [&](ByteView identity) {
    for (const auto& each : api)
      if (equal(each->identity, identity)) return each;
    return *package;
  });
  COSE_ASSERT(restored.has_value());
  return true;
}

}  // namespace cose::jcvm::testing
