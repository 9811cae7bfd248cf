// SPDX-License-Identifier: Apache-2.0
// A list that parses is encoded to the same octets, and what fills it has the length it asks for.
#include "tlv/dol.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::tlv;
  const cose::ByteView octets(data, size);
  const auto dol = Dol::parse(octets);
  if (!dol) return 0;
  COSE_ASSERT(cose::equal(dol->encode(), octets));
  COSE_ASSERT(dol->to_string().empty() == dol->entries().empty());
  for (const auto format : {DataFormat::kNumeric, DataFormat::kCompressedNumeric, DataFormat::kOther}) {
    const auto filled = dol->fill([&](Tag tag) -> std::optional<DolValue> {
      return tag.number() % 2 == 0 ? std::optional(DolValue{octets, format}) : std::nullopt;
    });
    COSE_ASSERT(filled.size() == dol->data_length());
  }
  return 0;
}
