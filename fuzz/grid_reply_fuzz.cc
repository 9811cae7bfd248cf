// SPDX-License-Identifier: Apache-2.0
// What a far grid may send to a client: replies, runs, inventories. What is read is written back and read alike.
#include <cstddef>
#include <cstdint>

#include "grid/inventory.h"
#include "grid/reply.h"
#include "grid/run_length.h"

using namespace cose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto reply = grid::parse_reply(as_text({data, size}));
  if (!reply) return 0;
  static_cast<void>(grid::error_kind_for(reply->code));
  if (const auto octets = grid::from_run_length(reply->data, 4096)) {
    std::string text;
    grid::append_run_length(text, *octets);
    COSE_ASSERT(grid::from_run_length(text, 4096).value() == *octets);
  }
  if (const auto boards = grid::parse_inventory(reply->data)) {
    std::string text;
    grid::append_inventory(text, *boards);
    COSE_ASSERT(grid::present_slots(grid::parse_inventory(text).value()) == grid::present_slots(*boards));
  }
  return 0;
}
