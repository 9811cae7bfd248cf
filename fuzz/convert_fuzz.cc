// SPDX-License-Identifier: Apache-2.0
// Any class file through the converter, without and with 32-bit instructions. What comes out verifies; what does not
// come out has problems.
#include <algorithm>
#include <cstdlib>

#include "convert/convert.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace convert = cose::convert;
  const convert::Input input{"Fuzzed.class", cose::to_bytes({data, size})};
  for (const auto ints : {convert::IntSupport::kNo, convert::IntSupport::kYes}) {
    convert::Options options;
    options.aid = {0xF0, 0, 0, 0, 1};
    options.ints = ints;
    options.debug = convert::DebugInfo::kYes;
    const auto conversion = convert::convert({&input, 1}, options);
    if (conversion.converted.has_value() == !conversion.problems.empty()) std::abort();
    const auto is_defect = [](const convert::Problem& problem) {
      return problem.reason.find("does not verify") != std::string::npos;
    };
    if (std::ranges::any_of(conversion.problems, is_defect)) std::abort();
  }
  return 0;
}
