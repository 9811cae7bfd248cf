// SPDX-License-Identifier: Apache-2.0
// Test vectors as data files (tests/vectors/**/*.vec), so that a new vector is a new block and no new code.
//
//   # source: RFC 4231 §4.2          the source of the blocks below; each block needs one
//   operation = hmac                 name = value, one a line
//   key = 0B0B 0B0B                  octets in hexadecimal, spaces allowed, or a text in quotes: "Jefe"
//   result = B034...                 a value that ends in \ goes on in the next line
//                                    an empty line ends the block
//
// A field that no test asked for is a mistake in the file: check unused(). One thread.
#pragma once

#include <charconv>
#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/hex.h"
#include "bytes/result.h"

namespace cose::testing {

class VectorBlock {
 public:
  VectorBlock(std::string source, std::size_t line) : source_(std::move(source)), line_(line) {}

  [[nodiscard]] const std::string& source() const { return source_; }
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] bool empty() const { return fields_.empty(); }

  [[nodiscard]] bool has(std::string_view name) const { return find(name) != nullptr; }

  // Borrowed from the block.
  [[nodiscard]] Result<std::string_view> text(std::string_view name) const {
    const auto* field = find(name);
    if (field == nullptr) return fail(ErrorKind::kNotFound, "the block has no field " + std::string(name));
    asked_.insert(field->first);
    return std::string_view(field->second);
  }

  [[nodiscard]] Result<Bytes> octets(std::string_view name) const {
    COSE_TRY(const auto value, text(name));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"')
      return to_bytes(as_bytes(value.substr(1, value.size() - 2)));
    auto read = from_loose_hex(value);
    if (!read) return std::unexpected(read.error().within(name));
    return read;
  }

  // Empty when the field is not there.
  [[nodiscard]] Result<Bytes> octets_or_none(std::string_view name) const {
    return has(name) ? octets(name) : Result<Bytes>(Bytes{});
  }

  [[nodiscard]] Result<std::size_t> number(std::string_view name) const {
    COSE_TRY(const auto value, text(name));
    std::size_t read = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), read);
    if (error != std::errc() || end != value.data() + value.size())
      return fail(ErrorKind::kInvalid, std::string(name) + ": expected a decimal number, found " + std::string(value));
    return read;
  }

  [[nodiscard]] std::vector<std::string> unused() const {
    std::vector<std::string> names;
    for (const auto& [name, value] : fields_)
      if (!asked_.contains(name)) names.push_back(name);
    return names;
  }

  [[nodiscard]] Status add(std::string name, std::string value) {
    if (has(name)) return fail(ErrorKind::kInvalid, "the block has two fields " + name);
    fields_.emplace_back(std::move(name), std::move(value));
    return {};
  }

 private:
  using Field = std::pair<std::string, std::string>;

  [[nodiscard]] const Field* find(std::string_view name) const {
    for (const auto& field : fields_)
      if (field.first == name) return &field;
    return nullptr;
  }

  std::string source_;
  std::size_t line_;
  std::vector<Field> fields_;
  mutable std::set<std::string, std::less<>> asked_;
};

namespace detail {

inline std::string trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(" \t\r") - first + 1));
}

class VectorReader {
 public:
  [[nodiscard]] Status line(std::string text) {
    ++number_;
    if (!unfinished_.empty() || text.ends_with('\\')) return continued(std::move(text));
    constexpr std::string_view kSource = "# source:";
    if (text.empty()) {
      end_block();
    } else if (text.starts_with(kSource)) {
      end_block();
      source_ = trimmed(std::string_view(text).substr(kSource.size()));
    } else if (!text.starts_with('#')) {
      return field(text);
    }
    return {};
  }

  [[nodiscard]] Result<std::vector<VectorBlock>> finish() {
    if (!unfinished_.empty()) return fail(ErrorKind::kInvalid, "the last line goes on, and nothing follows");
    end_block();
    return std::move(blocks_);
  }

 private:
  [[nodiscard]] Status continued(std::string text) {
    const bool goes_on = text.ends_with('\\');
    if (goes_on) text.pop_back();
    unfinished_ += trimmed(text) + (goes_on ? " " : "");
    if (goes_on) return {};
    return field(std::exchange(unfinished_, {}));
  }

  [[nodiscard]] Status field(const std::string& text) {
    const auto equals = text.find('=');
    if (equals == std::string::npos) return wrong("expected name = value, found " + text);
    if (source_.empty()) return wrong("no # source: stands above");
    if (block_.empty()) block_.emplace_back(source_, number_);
    auto added = block_.back().add(trimmed(text.substr(0, equals)), trimmed(text.substr(equals + 1)));
    return added ? added : wrong(added.error().message);
  }

  void end_block() {
    if (!block_.empty()) blocks_.push_back(std::move(block_.back()));
    block_.clear();
  }

  [[nodiscard]] std::unexpected<Error> wrong(const std::string& what) const {
    return fail(ErrorKind::kInvalid, "line " + std::to_string(number_) + ": " + what);
  }

  std::vector<VectorBlock> blocks_;
  std::vector<VectorBlock> block_;  // the one being read, or none
  std::string source_;
  std::string unfinished_;
  std::size_t number_ = 0;
};

}  // namespace detail

[[nodiscard]] inline Result<std::vector<VectorBlock>> read_vector_file(const std::string& path) {
  std::ifstream file(path);
  if (!file) return fail(ErrorKind::kNotFound, path + " cannot be opened");
  detail::VectorReader reader;
  for (std::string line; std::getline(file, line);) {
    auto read = reader.line(detail::trimmed(line));
    if (!read) return std::unexpected(read.error().within(path));
  }
  auto blocks = reader.finish();
  if (!blocks) return std::unexpected(blocks.error().within(path));
  return blocks;
}

}  // namespace cose::testing
