// SPDX-License-Identifier: Apache-2.0
// A transcript that parses is printed in a form that parses to the same.
#include "iso7816/transcript.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::iso7816;
  const auto text = cose::as_text({data, size});
  for (const auto wildcards : {Wildcards::kRefused, Wildcards::kAllowed}) {
    const auto transcript = Transcript::parse(text, wildcards);
    if (!transcript) continue;
    const auto printed = to_text(*transcript);
    COSE_ASSERT(to_text(Transcript::parse(printed, wildcards).value()) == printed);
  }
  return 0;
}
