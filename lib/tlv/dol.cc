// SPDX-License-Identifier: Apache-2.0
#include "tlv/dol.h"

#include <utility>

#include "bytes/reader.h"

namespace cose::tlv {

namespace {

Bytes value_of(const DolEntry& entry, const DolLookup& lookup) {
  // EMV 4.4 Book 3 §5.4 step 2: unknown tags and tags of constructed objects are filled with zeros.
  if (entry.tag.is_constructed()) return Bytes(entry.length, 0x00);
  const auto value = lookup(entry.tag);
  return value ? fit(*value, entry.length) : Bytes(entry.length, 0x00);
}

Bytes cut(const DolValue& value, std::size_t length) {
  // Numbers lose their leftmost octets, all others their rightmost.
  return to_bytes(value.format == DataFormat::kNumeric ? value.value.last(length) : value.value.first(length));
}

Bytes pad(const DolValue& value, std::size_t length) {
  const auto missing = length - value.value.size();
  switch (value.format) {
    case DataFormat::kNumeric: return concat(Bytes(missing, 0x00), value.value);
    case DataFormat::kCompressedNumeric: return concat(value.value, Bytes(missing, 0xFF));
    case DataFormat::kOther: break;
  }
  return concat(value.value, Bytes(missing, 0x00));
}

}  // namespace

Bytes fit(const DolValue& value, std::size_t length) {
  return value.value.size() > length ? cut(value, length) : pad(value, length);
}

Result<Dol> Dol::parse(ByteView octets) {
  std::vector<DolEntry> entries;
  Reader reader(octets);
  while (!reader.at_end()) {
    if (entries.size() == kMaximumDolEntries)
      return fail(ErrorKind::kLimit,
                  "data object list with more than " + std::to_string(kMaximumDolEntries) + " entries");
    COSE_TRY(const auto tag, Tag::read(reader));
    // §5.4: the length is one octet, a number from 00 to FF and not a BER length.
    const auto length = reader.u8();
    if (!length) return std::unexpected(length.error().within("length of tag " + tag.to_string()));
    entries.push_back({tag, *length});
  }
  return Dol(std::move(entries));
}

std::size_t Dol::data_length() const {
  std::size_t length = 0;
  for (const auto& entry : entries_) length += entry.length;
  return length;
}

Bytes Dol::fill(const DolLookup& lookup) const {
  Bytes filled;
  filled.reserve(data_length());
  for (const auto& entry : entries_) append(filled, value_of(entry, lookup));
  return filled;
}

Bytes Dol::encode() const {
  Bytes octets;
  for (const auto& entry : entries_) {
    entry.tag.append_to(octets);
    octets.push_back(entry.length);
  }
  return octets;
}

std::string Dol::to_string() const {
  std::string text;
  for (const auto& entry : entries_)
    text += (text.empty() ? "" : " ") + entry.tag.to_string() + "[" + std::to_string(entry.length) + "]";
  return text;
}

}  // namespace cose::tlv
