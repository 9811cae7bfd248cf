// SPDX-License-Identifier: Apache-2.0
// Any commands to a card with applets that share, count and check PINs (tests/jcre).
#include <fstream>

#include "cap/assemble.h"
#include "jcapi/testing/hostile_card.h"

namespace {

using Packages = std::vector<std::shared_ptr<const cose::jcvm::Package>>;

// Linked once, as a process with many cards does.
Packages programs(Packages available) {
  Packages linked;
  for (const auto* name : {"server", "client", "probe"}) {
    std::ifstream file(std::string(COSE_TESTS_DIR) + "/jcre/" + name + ".jca");
    const auto components = cose::cap::assemble(std::string(std::istreambuf_iterator<char>(file), {})).value();
    const auto identity = static_cast<std::uint8_t>(available.size());
    linked.push_back(cose::jcvm::link(components, available, {{identity}, cose::jcvm::KindChecks::kOn}).value());
    available.push_back(linked.back());
  }
  return linked;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kApi = cose::jcapi::make_api();
  static const auto kPrograms = programs(kApi);
  cose::jcapi::testing::HostileCard card(kApi);
  for (const auto& each : kPrograms) COSE_ASSERT(card.load(each));
  card.talk({data, size});
  card.finish();
  return 0;
}
