// SPDX-License-Identifier: Apache-2.0
// What parses as a tree is encoded and parsed to the same tree, and the reader stays inside its octets.
#include "tlv/node.h"
#include "tlv/tlv_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::tlv;
  const cose::ByteView octets(data, size);
  for (const auto padding : {Padding::kZero, Padding::kZeroAndFf}) {
    std::size_t read = 0;
    TlvReader reader(octets, padding);
    while (!reader.at_end()) {
      const auto element = reader.next();
      if (!element) break;
      read += element->encoded.size();
    }
    COSE_ASSERT(read <= size);
    if (const auto nodes = parse_tree(octets, padding)) {
      COSE_ASSERT(parse_tree(encode(*nodes)) == *nodes);
      COSE_ASSERT(to_text(*nodes).empty() == nodes->empty());
    }
  }
  static_cast<void>(find_path(octets, {Tag(0x6F), Tag(0xA5), Tag(0x9F38)}));
  return 0;
}
