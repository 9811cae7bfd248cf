// SPDX-License-Identifier: Apache-2.0
// Writes BER-TLV data objects with the shortest lengths.
//
//   TlvBuilder().add(Tag(0x6F), TlvBuilder().add(Tag(0x84), aid).add(Tag(0xA5), proprietary)).take()
//
// Owns what it wrote. Values are at most 4 294 967 295 octets long, a promise of the caller's.
#pragma once

#include <cstddef>

#include "bytes/bytes.h"
#include "tlv/tag.h"

namespace cose::tlv {

// EMV 4.4 Book 3 annex B2, in as few octets as the length allows.
void append_length(Bytes& to, std::size_t length);
void append_element(Bytes& to, Tag tag, ByteView value);

class TlvBuilder {
 public:
  TlvBuilder& add(Tag tag, ByteView value);
  TlvBuilder& add(Tag tag, const TlvBuilder& nested) { return add(tag, nested.view()); }
  // Elements that are encoded already, or padding.
  TlvBuilder& add_encoded(ByteView octets);

  [[nodiscard]] ByteView view() const { return written_; }
  [[nodiscard]] std::size_t size() const { return written_.size(); }

  // Hands the octets over and starts anew.
  [[nodiscard]] Bytes take();

 private:
  Bytes written_;
};

}  // namespace cose::tlv
