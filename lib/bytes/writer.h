// SPDX-License-Identifier: Apache-2.0
// Writes big-endian numbers and runs of octets.
//
// Writer appends to a buffer of its own that grows. FixedWriter fills a buffer of the caller's and never passes its
// end: a write that does not fit writes nothing and fails with kLimit.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose {

class Writer {
 public:
  Writer& u8(std::uint8_t value);
  Writer& u16(std::uint16_t value);
  Writer& u24(std::uint32_t value);  // the low 24 bits
  Writer& u32(std::uint32_t value);
  Writer& u64(std::uint64_t value);
  Writer& octets(ByteView run);

  [[nodiscard]] std::size_t size() const { return written_.size(); }
  [[nodiscard]] ByteView view() const { return written_; }

  // Hands the buffer over and starts anew.
  [[nodiscard]] Bytes take();

 private:
  Writer& number(std::uint64_t value, unsigned width);

  Bytes written_;
};

class FixedWriter {
 public:
  explicit FixedWriter(MutableByteView buffer) : buffer_(buffer) {}

  [[nodiscard]] Status u8(std::uint8_t value);
  [[nodiscard]] Status u16(std::uint16_t value);
  [[nodiscard]] Status u32(std::uint32_t value);
  [[nodiscard]] Status octets(ByteView run);

  [[nodiscard]] std::size_t size() const { return used_; }
  [[nodiscard]] std::size_t room() const { return buffer_.size() - used_; }
  [[nodiscard]] ByteView view() const { return buffer_.first(used_); }

 private:
  [[nodiscard]] Status number(std::uint64_t value, unsigned width);

  MutableByteView buffer_;
  std::size_t used_ = 0;
};

}  // namespace cose
