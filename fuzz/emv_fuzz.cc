// SPDX-License-Identifier: Apache-2.0
// What a card says, as data objects, explained; the first octet chooses whose meaning. And files of keys.
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "emv/ca_keys.h"
#include "emv/dictionary.h"
#include "tlv/tlv_reader.h"

namespace {

constexpr unsigned kMeanings = 7;

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose;
  const ByteView input(data, size);
  static_cast<void>(emv::CaKeys::parse(as_text(input)));
  if (input.empty()) return 0;
  const auto meaning = static_cast<emv::Meaning>(input[0] % kMeanings);
  tlv::TlvReader reader(input.subspan(1));
  while (!reader.at_end()) {
    const auto element = reader.next();
    if (!element) break;
    const auto* entry = emv::find_tag(element->tag, meaning);
    if (entry == nullptr) continue;
    for (const auto& part : emv::explain(*entry, element->value).parts)
      COSE_ASSERT(part.start + part.size <= element->value.size());
  }
  return 0;
}
