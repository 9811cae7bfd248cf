// SPDX-License-Identifier: Apache-2.0
// Any text as assembler source; what assembles can be verified, zipped and read again.
#include <cstdlib>

#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/verify.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cap = cose::cap;
  const auto components = cap::assemble(cose::as_text({data, size}));
  if (!components) return 0;
  static_cast<void>(cap::verify(*components));
  // Without a Header, or with one that says otherwise, sizes may not fit the frame.
  const auto zip = cap::write_zip(*components);
  if (!zip || components->find(cap::ComponentTag::kHeader) == nullptr) return 0;
  const auto again = cap::read_zip(*zip);
  if (again && again->infos != components->infos) std::abort();
  return 0;
}
