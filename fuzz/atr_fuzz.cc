// SPDX-License-Identifier: Apache-2.0
// An answer to reset that parses is encoded to the same octets and can be described.
#include "iso7816/atr.h"
#include "iso7816/historical_bytes.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::iso7816;
  const cose::ByteView octets(data, size);
  if (const auto atr = Atr::parse(octets)) {
    COSE_ASSERT(cose::equal(atr->encode().value(), octets));
    COSE_ASSERT(!atr->describe().empty() && !atr->protocols().empty());
  }
  static_cast<void>(HistoricalBytes::parse(octets));
  return 0;
}
