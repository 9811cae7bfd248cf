// SPDX-License-Identifier: Apache-2.0
// The constant pool of a class file while it grows; equal constants have one entry (JVMS 8 §4.4).
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "bytes/bytes.h"
#include "bytes/writer.h"

namespace cose::stubs {

class ClassConstants {
 public:
  std::uint16_t utf8(std::string_view text);
  std::uint16_t integer(std::int32_t value);
  std::uint16_t class_reference(std::string_view name);

  // As the file has it: one more than there are entries.
  [[nodiscard]] std::uint16_t count() const { return next_; }
  [[nodiscard]] ByteView view() const { return writer_.view(); }

 private:
  enum Tag : std::uint8_t { kUtf8 = 1, kInteger = 3, kClass = 7 };

  // The entry that is there, or a new one: then the second is true, and the caller writes it.
  std::pair<std::uint16_t, bool> entry(Tag tag, std::string key);

  Writer writer_;
  std::map<std::pair<Tag, std::string>, std::uint16_t> known_;
  std::uint16_t next_ = 1;
};

}  // namespace cose::stubs
