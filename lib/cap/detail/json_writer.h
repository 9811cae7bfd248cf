// SPDX-License-Identifier: Apache-2.0
// Writes JSON (RFC 8259) piece by piece, indented by two spaces. Commas and quoting are its business, balance is the
// caller's. Octets that are no UTF-8 become U+FFFD, so the text is always valid.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "bytes/bytes.h"

namespace cose::cap::detail {

class JsonWriter {
 public:
  JsonWriter& begin_object() { return open('{'); }
  JsonWriter& end_object() { return close('}'); }
  JsonWriter& begin_array() { return open('['); }
  JsonWriter& end_array() { return close(']'); }

  JsonWriter& key(std::string_view name);
  JsonWriter& text(std::string_view value);
  JsonWriter& number(std::int64_t value);
  JsonWriter& boolean(bool value);
  JsonWriter& hex(ByteView octets);

  // The text, ended by a line feed.
  [[nodiscard]] std::string take();

 private:
  JsonWriter& open(char bracket);
  JsonWriter& close(char bracket);
  void separate();
  void new_line();
  void quoted(std::string_view value);

  std::string text_;
  std::size_t depth_ = 0;
  bool first_ = true;
  bool after_key_ = false;
};

}  // namespace cose::cap::detail
