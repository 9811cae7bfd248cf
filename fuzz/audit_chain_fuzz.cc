// SPDX-License-Identifier: Apache-2.0
// Lines of an audit log of anything: none is taken that the chain did not make; what a peer is called forges none.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "host/audit_chain.h"
#include "net/psk_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose;
  const auto text = as_text({data, size});
  host::AuditChain chain;
  static_cast<void>(chain.take(text));
  grid::AuditEvent event;
  event.identity = text;
  event.detail = text;
  host::AuditChain own;
  for (int at = 0; at < 2; ++at) {
    const auto line = own.seal(host::audit_fields(event, Nanoseconds(0)));
    COSE_ASSERT(line.has_value() && std::ranges::count(*line, '\n') == 1 && line->size() <= host::kMaximumAuditLine);
    COSE_ASSERT(own.take(std::string_view(*line).substr(0, line->size() - 1)).has_value());
  }
  if (const auto anchor = host::AuditAnchor::parse(text)) COSE_ASSERT(anchor->text() == text);
  if (const auto keys = net::parse_psk_table(text, "fuzz")) COSE_ASSERT(!keys->empty());
  return 0;
}
