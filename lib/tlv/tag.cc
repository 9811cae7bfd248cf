// SPDX-License-Identifier: Apache-2.0
#include "tlv/tag.h"

#include "bytes/hex.h"

namespace cose::tlv {

void Tag::malformed_constant() {}

Result<Tag> Tag::from_value(std::uint32_t value) {
  if (is_well_formed(value)) return Tag(Checked{}, value);
  Bytes octets;
  for (std::size_t at = 0; at < size_of(value); ++at) octets.push_back(octet_of(value, at));
  if (octets.empty()) octets.push_back(0x00);
  return fail(ErrorKind::kInvalid, "expected a BER-TLV tag, found " + to_hex(octets));
}

Result<Tag> Tag::from_hex(std::string_view text) {
  COSE_TRY(const auto octets, cose::from_hex(text));
  Reader reader(octets);
  COSE_TRY(const auto tag, read(reader));
  COSE_CHECK(reader.expect_end());
  return tag;
}

Result<Tag> Tag::read(Reader& reader) {
  const auto octets = reader.rest();
  const auto where = [&reader] { return " at position " + std::to_string(reader.position()); };
  if (octets.empty()) return fail(ErrorKind::kInvalid, "expected a tag" + where() + ", found the end");

  std::size_t size = 1;
  std::uint32_t value = octets[0];
  bool more_octets = (octets[0] & 0x1F) == 0x1F;
  while (more_octets) {
    if (size == octets.size()) return fail(ErrorKind::kInvalid, "the tag" + where() + " is cut off");
    if (size == kMaximumSize)
      return fail(ErrorKind::kInvalid,
                  "the tag" + where() + " has more than " + std::to_string(kMaximumSize) + " octets");
    value = value << 8 | octets[size];
    more_octets = (octets[size] & 0x80) != 0;
    ++size;
  }
  if (!is_well_formed(value))
    return fail(ErrorKind::kInvalid, "expected a BER-TLV tag" + where() + ", found " + to_hex(octets.first(size)));
  COSE_CHECK(reader.skip(size));
  return Tag(Checked{}, value);
}

std::uint32_t Tag::number() const {
  if (size() == 1) return first_octet() & 0x1FU;
  std::uint32_t number = 0;
  for (std::size_t at = 1; at < size(); ++at) number = number << 7 | (octet_of(value_, at) & 0x7FU);
  return number;
}

void Tag::append_to(Bytes& octets) const {
  for (std::size_t at = 0; at < size(); ++at) octets.push_back(octet_of(value_, at));
}

std::string Tag::to_string() const {
  Bytes octets;
  append_to(octets);
  return to_hex(octets);
}

}  // namespace cose::tlv
