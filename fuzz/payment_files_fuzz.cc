// SPDX-License-Identifier: Apache-2.0
// The texts of terminals, issuers and relay meters: what reads, reads the same again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "host/issuer_file.h"
#include "host/issuer_wire.h"
#include "host/terminal_file.h"
#include "issuer/script_order.h"
#include "kiosk/meter.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(cose::as_text({data, size}));
  if (const auto request = cose::host::request_of_line(text))
    if (cose::host::request_of_line(cose::host::to_line(*request))->objects != request->objects) __builtin_trap();
  if (const auto response = cose::host::response_of_line(text))
    if (cose::host::to_line(*response).find('\n') != std::string::npos) __builtin_trap();
  if (const auto baseline = cose::kiosk::Baseline::parse(text))
    if (cose::kiosk::Baseline::parse(baseline->to_text())->to_text() != baseline->to_text()) __builtin_trap();
  static_cast<void>(cose::host::parse_terminal(text, "fuzz"));
  static_cast<void>(cose::host::parse_issuer(text, "fuzz"));
  static_cast<void>(cose::issuer::ScriptOrder::parse(text));
  return 0;
}
