// SPDX-License-Identifier: Apache-2.0
// Assembler source as lines of tokens, and the arguments of a line.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::cap::detail {

struct Token {
  std::string text;  // quotes and escapes resolved
  std::size_t line = 0;
  std::size_t column = 0;
};

// "line 3, column 7: message".
[[nodiscard]] std::unexpected<Error> fail_at(const Token& token, std::string_view message);

// One vector for each line that is not empty. Errors: kInvalid (an open quote, a bad escape), kLimit.
[[nodiscard]] Result<std::vector<std::vector<Token>>> read_source(std::string_view source);

[[nodiscard]] Result<std::int64_t> parse_number(const Token& token, std::int64_t minimum, std::int64_t maximum);

// What follows the first token of a line: words in order, and "key=value" in any order.
class Arguments {
 public:
  explicit Arguments(const std::vector<Token>& line);

  [[nodiscard]] const Token& directive() const { return directive_; }

  [[nodiscard]] bool has_word() const { return next_ < words_.size(); }
  [[nodiscard]] Result<Token> word(std::string_view what);
  [[nodiscard]] std::optional<Token> optional_word();
  // Takes the next word when it is this one.
  [[nodiscard]] bool take_flag(std::string_view word);
  [[nodiscard]] Result<std::int64_t> number(std::string_view what, std::int64_t minimum, std::int64_t maximum);
  // All words that are left, as hexadecimal octets.
  [[nodiscard]] Result<Bytes> hex();

  [[nodiscard]] std::optional<Token> value(std::string_view key);
  [[nodiscard]] Result<Token> required_value(std::string_view key);
  [[nodiscard]] Result<std::int64_t> value_number(std::string_view key, std::int64_t minimum, std::int64_t maximum,
                                                  std::int64_t otherwise);

  // Fails on what nobody asked for.
  [[nodiscard]] Status finish() const;

 private:
  struct Pair {
    Token key;
    Token value;
    bool used = false;
  };

  Token directive_;
  std::vector<Token> words_;
  std::vector<Pair> pairs_;
  std::size_t next_ = 0;
};

}  // namespace cose::cap::detail
