// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/source.h"

#include <charconv>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/limits.h"

namespace cose::cap::detail {

namespace {

bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == '\r';
}

// Reads one line. Inside quotes blanks and semicolons are text; \xNN is an octet, \" and \\ themselves.
class LineReader {
 public:
  LineReader(std::string_view line, std::size_t number) : line_(line), number_(number) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    for (;;) {
      while (at_ < line_.size() && is_blank(line_[at_])) ++at_;
      if (at_ == line_.size() || line_[at_] == ';') return tokens;
      COSE_TRY(auto token, token_here());
      tokens.push_back(std::move(token));
    }
  }

 private:
  [[nodiscard]] Token here() const { return {"", number_, at_ + 1}; }

  Result<Token> token_here() {
    auto token = here();
    while (at_ < line_.size() && !is_blank(line_[at_]) && line_[at_] != ';') {
      if (line_[at_] == '"') {
        COSE_CHECK(quoted(token));
      } else {
        token.text += line_[at_++];
      }
    }
    return token;
  }

  Status quoted(Token& token) {
    const auto start = here();
    ++at_;
    while (at_ < line_.size() && line_[at_] != '"') {
      if (line_[at_] != '\\') {
        token.text += line_[at_++];
        continue;
      }
      COSE_CHECK(escape(token));
    }
    if (at_ == line_.size()) return fail_at(start, "this quote is not closed");
    ++at_;
    return {};
  }

  Status escape(Token& token) {
    const auto next = at_ + 1 < line_.size() ? line_[at_ + 1] : '\0';
    if (next == '"' || next == '\\') {
      token.text += next;
      at_ += 2;
      return {};
    }
    const int high = at_ + 3 < line_.size() && next == 'x' ? hex_digit(line_[at_ + 2]) : -1;
    const int low = high >= 0 ? hex_digit(line_[at_ + 3]) : -1;
    if (low < 0) return fail_at(here(), "expected \\\", \\\\ or \\xNN");
    token.text += static_cast<char>(high << 4 | low);
    at_ += 4;
    return {};
  }

  std::string_view line_;
  std::size_t number_;
  std::size_t at_ = 0;
};

}  // namespace

std::unexpected<Error> fail_at(const Token& token, std::string_view message) {
  return fail(ErrorKind::kInvalid, fmt::format("line {}, column {}: {}", token.line, token.column, message));
}

Result<std::vector<std::vector<Token>>> read_source(std::string_view source) {
  if (source.size() > kMaximumSource)
    return fail(ErrorKind::kLimit, fmt::format("source of {} octets is larger than {}", source.size(), kMaximumSource));
  std::vector<std::vector<Token>> lines;
  for (std::size_t number = 1; !source.empty(); ++number) {
    const auto end = source.find('\n');
    const auto line = source.substr(0, end);
    source = end == std::string_view::npos ? std::string_view() : source.substr(end + 1);
    if (line.size() > kMaximumSourceLine)
      return fail(ErrorKind::kLimit, fmt::format("line {}: longer than {} characters", number, kMaximumSourceLine));
    COSE_TRY(auto tokens, LineReader(line, number).run());
    if (!tokens.empty()) lines.push_back(std::move(tokens));
  }
  return lines;
}

Result<std::int64_t> parse_number(const Token& token, std::int64_t minimum, std::int64_t maximum) {
  std::string_view digits = token.text;
  const bool negative = digits.starts_with('-');
  if (negative || digits.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    base = 16;
    digits.remove_prefix(2);
  }
  std::uint64_t magnitude = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), magnitude, base);
  if (parsed.ec != std::errc{} || parsed.ptr != digits.data() + digits.size() || magnitude > INT64_MAX)
    return fail_at(token, fmt::format("expected a number, found '{}'", token.text));
  const auto value = negative ? -static_cast<std::int64_t>(magnitude) : static_cast<std::int64_t>(magnitude);
  if (value < minimum || value > maximum)
    return fail_at(token, fmt::format("expected a number from {} to {}, found {}", minimum, maximum, value));
  return value;
}

Arguments::Arguments(const std::vector<Token>& line) : directive_(line.front()) {
  for (std::size_t at = 1; at < line.size(); ++at) {
    const auto& token = line[at];
    const auto equals = token.text.find('=');
    if (equals == std::string::npos) {
      words_.push_back(token);
      continue;
    }
    pairs_.push_back({{token.text.substr(0, equals), token.line, token.column},
                      {token.text.substr(equals + 1), token.line, token.column + equals + 1}});
  }
}

Result<Token> Arguments::word(std::string_view what) {
  if (auto next = optional_word()) return *std::move(next);
  return fail_at(directive_, fmt::format("{}: expected {}", directive_.text, what));
}

std::optional<Token> Arguments::optional_word() {
  if (!has_word()) return std::nullopt;
  return words_[next_++];
}

bool Arguments::take_flag(std::string_view word) {
  if (!has_word() || words_[next_].text != word) return false;
  ++next_;
  return true;
}

Result<std::int64_t> Arguments::number(std::string_view what, std::int64_t minimum, std::int64_t maximum) {
  COSE_TRY(const auto token, word(what));
  return parse_number(token, minimum, maximum);
}

Result<Bytes> Arguments::hex() {
  Bytes octets;
  while (const auto token = optional_word()) {
    const auto run = from_hex(token->text);
    if (!run) return fail_at(*token, run.error().message);
    append(octets, *run);
  }
  return octets;
}

std::optional<Token> Arguments::value(std::string_view key) {
  for (auto& pair : pairs_)
    if (pair.key.text == key && !pair.used) {
      pair.used = true;
      return pair.value;
    }
  return std::nullopt;
}

Result<Token> Arguments::required_value(std::string_view key) {
  if (auto found = value(key)) return *std::move(found);
  return fail_at(directive_, fmt::format("{}: expected {}=", directive_.text, key));
}

Result<std::int64_t> Arguments::value_number(std::string_view key, std::int64_t minimum, std::int64_t maximum,
                                             std::int64_t otherwise) {
  const auto found = value(key);
  return found ? parse_number(*found, minimum, maximum) : Result<std::int64_t>(otherwise);
}

Status Arguments::finish() const {
  if (has_word()) return fail_at(words_[next_], fmt::format("'{}' is one word too many", words_[next_].text));
  for (const auto& pair : pairs_)
    if (!pair.used) return fail_at(pair.key, fmt::format("{} has no {}=", directive_.text, pair.key.text));
  return {};
}

}  // namespace cose::cap::detail
