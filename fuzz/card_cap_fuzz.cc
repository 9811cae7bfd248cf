// SPDX-License-Identifier: Apache-2.0
// A CAP file of any octets, linked against the whole API, installed and spoken to.
#include "jcapi/testing/hostile_card.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kApi = cose::jcapi::make_api();
  const auto components = cose::cap::read_cap({data, size});
  if (!components) return 0;
  for (const auto kinds : {cose::jcvm::KindChecks::kOn, cose::jcvm::KindChecks::kOff}) {
    cose::jcapi::testing::HostileCard card(kApi);
    if (!card.load(*components, kinds)) continue;
    card.talk_to_all();
    card.finish();
  }
  return 0;
}
