// SPDX-License-Identifier: Apache-2.0
// A log file of the store's engine after a loss of power: what is called whole lies inside, and is whole by itself.
#include "bytes/bytes.h"
#include "bytes/result.h"
#include "store/engine_log.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto log = cose::as_text(cose::ByteView(data, size));
  const auto whole = cose::store::whole_entries(log);
  COSE_ASSERT(whole <= size);
  COSE_ASSERT(cose::store::whole_entries(log.substr(0, whole)) == whole);
  return 0;
}
