// SPDX-License-Identifier: Apache-2.0
// A CAP file of any octets, linked with and without comparing kinds, and everything in it run.
#include "jcvm/testing/run_everything.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kApi = cose::jcvm::testing::test_api();
  const auto components = cose::cap::read_cap({data, size});
  if (!components) return 0;
  for (const auto kinds : {cose::jcvm::KindChecks::kOn, cose::jcvm::KindChecks::kOff})
    static_cast<void>(cose::jcvm::testing::run_everything(*components, kApi, kinds));
  return 0;
}
