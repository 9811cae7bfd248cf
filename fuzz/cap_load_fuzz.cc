// SPDX-License-Identifier: Apache-2.0
// Any octets as a CAP file, zip or load file: read, verified, dumped, and the dump assembled back to the same.
#include <cstdlib>

#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/dump.h"
#include "cap/parse.h"
#include "cap/verify.h"
#include "cap/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cap = cose::cap;
  const auto components = cap::read_cap({data, size});
  if (!components) return 0;
  const auto report = cap::verify(*components);
  static_cast<void>(cap::to_json(report));
  static_cast<void>(cap::dump_json(*components));
  const auto again = cap::assemble(cap::dump_text(*components, cap::Comments::kYes));
  if (!again || again->infos != components->infos) std::abort();
  const auto parsed = cap::parse(*components);
  if (!parsed) return 0;
  const auto written = cap::write(*parsed);
  if (!written) std::abort();
  for (const auto& [tag, info] : written->infos)
    if (*components->find(tag) != info) std::abort();
  return 0;
}
