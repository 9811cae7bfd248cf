// SPDX-License-Identifier: Apache-2.0
#include "tlv/tlv_reader.h"

#include <string>

#include "bytes/hex.h"

namespace cose::tlv {

namespace {

// EMV 4.4 Book 3 annex B2; ISO/IEC 7816-4 §5.2.2.2 table 8 has the forms 81 to 84.
constexpr std::uint8_t kLongestShortLength = 0x7F;
constexpr std::uint8_t kIndefiniteLength = 0x80;
constexpr std::uint8_t kLongestLongLength = 0x84;

Result<std::size_t> read_length(Reader& reader) {
  COSE_TRY(const auto first, reader.u8());
  if (first <= kLongestShortLength) return first;
  if (first == kIndefiniteLength) return fail(ErrorKind::kInvalid, "indefinite length, which is not allowed here");
  if (first > kLongestLongLength)
    return fail(ErrorKind::kInvalid, "expected a length of 00 to 7F or 81 to 84, found " + to_hex({&first, 1}));
  COSE_TRY(const auto octets, reader.take(first & 0x7FU));
  std::size_t length = 0;
  for (const auto octet : octets) length = length << 8 | octet;
  return length;
}

Result<ByteView> read_value(Reader& reader) {
  COSE_TRY(const auto length, read_length(reader));
  if (length > reader.remaining())
    return fail(ErrorKind::kInvalid,
                "expected " + std::to_string(length) + " octets of value, found " + std::to_string(reader.remaining()));
  return reader.take(length);
}

std::string to_text(std::initializer_list<Tag> path) {
  std::string text;
  for (const auto tag : path) text += (text.empty() ? "" : "/") + tag.to_string();
  return text;
}

}  // namespace

TlvReader::TlvReader(ByteView octets, Padding padding) : octets_(octets), reader_(octets), padding_(padding) {
  skip_padding();
}

void TlvReader::skip_padding() {
  const auto rest = reader_.rest();
  std::size_t count = 0;
  while (count < rest.size() && (rest[count] == 0x00 || (padding_ == Padding::kZeroAndFf && rest[count] == 0xFF)))
    ++count;
  const bool skipped = reader_.skip(count).has_value();
  COSE_ASSERT(skipped);
}

Result<Element> TlvReader::next() {
  const auto start = reader_.position();
  Reader ahead = reader_;
  COSE_TRY(const auto tag, Tag::read(ahead));
  const auto value = read_value(ahead);
  if (!value)
    return std::unexpected(value.error().within("tag " + tag.to_string() + " at position " + std::to_string(start)));
  reader_ = ahead;
  const auto encoded = octets_.subspan(start, reader_.position() - start);
  skip_padding();
  return Element{tag, *value, encoded};
}

Result<std::optional<ByteView>> find(ByteView octets, Tag tag) {
  TlvReader reader(octets);
  while (!reader.at_end()) {
    COSE_TRY(const auto element, reader.next());
    if (element.tag == tag) return element.value;
  }
  return std::nullopt;
}

Result<std::optional<ByteView>> find_path(ByteView octets, std::initializer_list<Tag> path) {
  std::optional<ByteView> found = octets;
  for (const auto tag : path) {
    COSE_TRY(found, find(*found, tag));
    if (!found) return std::nullopt;
  }
  return found;
}

Result<ByteView> require(ByteView octets, Tag tag) {
  return require_path(octets, {tag});
}

Result<ByteView> require_path(ByteView octets, std::initializer_list<Tag> path) {
  COSE_TRY(const auto found, find_path(octets, path));
  if (!found) return fail(ErrorKind::kNotFound, "expected tag " + to_text(path) + ", found none");
  return *found;
}

}  // namespace cose::tlv
