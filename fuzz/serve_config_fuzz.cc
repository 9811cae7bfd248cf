// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "host/serve_config.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto config = cose::host::ServeConfig::parse(cose::as_text({data, size}), "fuzz", "");
  COSE_ASSERT(config.has_value() || !config.error().message.empty());
  return 0;
}
