// SPDX-License-Identifier: Apache-2.0
// Any octets as an export file; what is read is written back to the same octets.
#include <cstdlib>

#include "cap/export_file.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace cap = cose::cap;
  const auto file = cap::parse_export_file({data, size});
  if (!file) return 0;
  static_cast<void>(cap::to_text(*file));
  static_cast<void>(cap::to_json(*file));
  const auto written = cap::write_export_file(*file);
  if (!written || !cose::equal(*written, cose::ByteView(data, size))) std::abort();
  return 0;
}
