// SPDX-License-Identifier: Apache-2.0
// What a far grid may send in place of TLS: the handshake fails or waits, and nothing else.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "net/tls.h"

using namespace cose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto context = net::TlsContext::client({.ca = "", .certificate = "", .key = ""}).value();
  const auto engine = net::TlsEngine::client(context, "localhost").value();
  std::string records;
  COSE_ASSERT(engine->feed({}).has_value());
  const ByteView input(data, size);
  for (std::size_t at = 0; at < size; at += 100) {
    if (!engine->feed(input.subspan(at, std::min<std::size_t>(100, size - at)))) break;
    engine->output(records);
  }
  COSE_ASSERT(!engine->is_established());
  return 0;
}
