// SPDX-License-Identifier: Apache-2.0
// Reads BER-TLV data objects from octets, one level at a time and without a copy (ISO/IEC 7816-4 §5.2.2, EMV 4.4
// Book 3 annex B).
//
//   TlvReader reader(octets);
//   while (!reader.at_end()) {
//     COSE_TRY(const auto element, reader.next());
//     ...
//   }
//
// Everything borrows: the octets must outlive the reader, its elements and what find() returns.
// Lengths: one octet up to 7F, or 81 to 84 followed by that many octets, minimal or not; the indefinite length 80 is
// refused. Errors: kInvalid, with the tag, the position in the octets given, what was expected and what came.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/reader.h"
#include "bytes/result.h"
#include "tlv/tag.h"

namespace cose::tlv {

// What may stand before, between and after data objects without any meaning.
enum class Padding {
  kZero,       // 00: EMV 4.4 Book 3 annex B1, ISO/IEC 7816-4 since 2005
  kZeroAndFf,  // 00 and FF: erased memory, ISO/IEC 7816-4:1995; hides tags that begin with FF
};

struct Element {
  Tag tag;
  ByteView value;
  ByteView encoded = {};  // tag, length and value as they stood
};

class TlvReader {
 public:
  explicit TlvReader(ByteView octets, Padding padding = Padding::kZero);

  // True when no element is left; padding behind the last one has been passed.
  [[nodiscard]] bool at_end() const { return reader_.at_end(); }

  // The next element. A failed read stays where it was.
  [[nodiscard]] Result<Element> next();

  [[nodiscard]] std::size_t position() const { return reader_.position(); }

 private:
  void skip_padding();

  ByteView octets_;
  Reader reader_;
  Padding padding_;
};

// The value of the first element with this tag on the top level. What stands behind it is not looked at.
[[nodiscard]] Result<std::optional<ByteView>> find(ByteView octets, Tag tag);

// The same, level by level, always into the first element of a name: {6F, A5, 50}.
[[nodiscard]] Result<std::optional<ByteView>> find_path(ByteView octets, std::initializer_list<Tag> path);

// For elements that have to be there: absence is kNotFound.
[[nodiscard]] Result<ByteView> require(ByteView octets, Tag tag);
[[nodiscard]] Result<ByteView> require_path(ByteView octets, std::initializer_list<Tag> path);

}  // namespace cose::tlv
