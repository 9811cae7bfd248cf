// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/json_writer.h"

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::cap::detail {

namespace {

// The octets of the UTF-8 sequence at the front (RFC 3629 §4), or 0 when there is none.
std::size_t utf8_length(std::string_view text) {
  const auto octet = [&](std::size_t at) { return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U; };
  const auto continues = [&](std::size_t at) { return (octet(at) & 0xC0U) == 0x80U; };
  const auto lead = octet(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return continues(1) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    if (!continues(1) || !continues(2)) return 0;
    if (lead == 0xE0 && octet(1) < 0xA0) return 0;
    return lead == 0xED && octet(1) > 0x9F ? 0 : 3;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    if (!continues(1) || !continues(2) || !continues(3)) return 0;
    if (lead == 0xF0 && octet(1) < 0x90) return 0;
    return lead == 0xF4 && octet(1) > 0x8F ? 0 : 4;
  }
  return 0;
}

}  // namespace

void JsonWriter::new_line() {
  text_ += '\n';
  text_.append(2 * depth_, ' ');
}

void JsonWriter::separate() {
  if (after_key_) {
    after_key_ = false;
    return;
  }
  if (!first_) text_ += ',';
  if (depth_ != 0) new_line();
  first_ = false;
}

JsonWriter& JsonWriter::open(char bracket) {
  separate();
  text_ += bracket;
  ++depth_;
  first_ = true;
  return *this;
}

JsonWriter& JsonWriter::close(char bracket) {
  --depth_;
  if (!first_) new_line();
  text_ += bracket;
  first_ = false;
  return *this;
}

void JsonWriter::quoted(std::string_view value) {
  text_ += '"';
  while (!value.empty()) {
    const auto length = utf8_length(value);
    if (length == 0) text_ += "\xEF\xBF\xBD";
    if (length > 1) text_ += value.substr(0, length);
    if (length == 1) {
      const char character = value.front();
      if (character == '"' || character == '\\') text_ += '\\';
      if (static_cast<unsigned char>(character) < 0x20)
        text_ += fmt::format("\\u{:04x}", static_cast<unsigned>(character));
      else
        text_ += character;
    }
    value.remove_prefix(length == 0 ? 1 : length);
  }
  text_ += '"';
}

JsonWriter& JsonWriter::key(std::string_view name) {
  separate();
  quoted(name);
  text_ += ": ";
  after_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::text(std::string_view value) {
  separate();
  quoted(value);
  return *this;
}

JsonWriter& JsonWriter::number(std::int64_t value) {
  separate();
  text_ += std::to_string(value);
  return *this;
}

JsonWriter& JsonWriter::boolean(bool value) {
  separate();
  text_ += value ? "true" : "false";
  return *this;
}

JsonWriter& JsonWriter::hex(ByteView octets) {
  return text(to_hex(octets));
}

std::string JsonWriter::take() {
  return std::move(text_) + "\n";
}

}  // namespace cose::cap::detail
