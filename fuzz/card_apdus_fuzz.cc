// SPDX-License-Identifier: Apache-2.0
// Any commands to a card with applets that share, count and check PINs (tests/jcre).
#include <fstream>

#include "cap/assemble.h"
#include "jcapi/testing/hostile_card.h"

namespace {

cose::cap::Components program(const std::string& name) {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/jcre/" + name + ".jca");
  return cose::cap::assemble(std::string(std::istreambuf_iterator<char>(file), {})).value();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kApi = cose::jcapi::make_api();
  static const std::array kPrograms{program("server"), program("client"), program("probe")};
  cose::jcapi::testing::HostileCard card(kApi);
  for (const auto& each : kPrograms) COSE_ASSERT(card.load(each, cose::jcvm::KindChecks::kOn));
  card.talk({data, size});
  card.finish();
  return 0;
}
