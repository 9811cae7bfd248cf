// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "host/cap_project.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto project = cose::host::CapProject::parse(cose::as_text({data, size}), "fuzz", "");
  if (project) {
    const auto checked = project->check();
    COSE_ASSERT(checked.has_value() || !checked.error().message.empty());
  } else {
    COSE_ASSERT(!project.error().message.empty());
  }
  return 0;
}
