// SPDX-License-Identifier: Apache-2.0
// Reads big-endian numbers and runs of octets from a view, in order, and cannot pass its end.
//
// The reader borrows: the octets must outlive it and what it hands out. A failed read leaves the position where it
// was. Error: kInvalid, with the position, what was wanted and what was left.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose {

class Reader {
 public:
  explicit Reader(ByteView octets) : octets_(octets) {}

  [[nodiscard]] Result<std::uint8_t> u8();
  [[nodiscard]] Result<std::uint16_t> u16();
  [[nodiscard]] Result<std::uint32_t> u24();
  [[nodiscard]] Result<std::uint32_t> u32();
  [[nodiscard]] Result<std::uint64_t> u64();

  // The next `count` octets, as a view into the source.
  [[nodiscard]] Result<ByteView> take(std::size_t count);
  [[nodiscard]] Status skip(std::size_t count);

  // A run whose length stands before it in one or two octets.
  [[nodiscard]] Result<ByteView> take_with_length8();
  [[nodiscard]] Result<ByteView> take_with_length16();

  // The next octet without passing it.
  [[nodiscard]] Result<std::uint8_t> peek() const;

  [[nodiscard]] std::size_t position() const { return position_; }
  [[nodiscard]] std::size_t remaining() const { return octets_.size() - position_; }
  [[nodiscard]] bool at_end() const { return remaining() == 0; }
  [[nodiscard]] ByteView rest() const { return octets_.subspan(position_); }

  // Fails when something is left: for formats that end with their last field.
  [[nodiscard]] Status expect_end() const;

 private:
  [[nodiscard]] Result<std::uint64_t> number(std::size_t width);

  ByteView octets_;
  std::size_t position_ = 0;
};

}  // namespace cose
