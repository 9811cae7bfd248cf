// SPDX-License-Identifier: Apache-2.0
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "host/card_uri.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto uri = cose::host::CardUri::parse(cose::as_text({data, size}));
  COSE_ASSERT(uri.has_value() || !uri.error().message.empty());
  return 0;
}
