// SPDX-License-Identifier: Apache-2.0
// One line of a GPShell script: a command and its options. (docs/guide/admin.md has the language.)
//
//   open_sc -security 3 -keyver 0 -mac_key 4041... // a comment
//
// Options are words that begin with '-', in either case, each followed by its value unless it is a switch; values with
// blanks stand in quotes. ${NAME} stands for an environment variable. Values. Errors: kInvalid, naming the option.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::admin {

inline constexpr std::size_t kMaximumLine = 128U << 10;
inline constexpr std::size_t kMaximumScript = 16U << 20;

using Environment = std::function<std::optional<std::string>(const std::string& name)>;

struct ScriptCommand {
  std::string name;                                         // empty: nothing but blanks and comments
  std::map<std::string, std::string, std::less<>> options;  // lower case, without '-'; switches are empty
  std::string text;                                         // of `print`: what stands behind it

  // The line as it is, comments cut off, variables put in.
  [[nodiscard]] static Result<ScriptCommand> parse(std::string_view line, const Environment& environment);

  // All options, lower case, sorted; for completion.
  [[nodiscard]] static std::vector<std::string_view> option_names();

  [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
  [[nodiscard]] std::optional<std::string> value(std::string_view option) const;
  // Decimal, or hexadecimal with 0x.
  [[nodiscard]] Result<std::optional<std::uint32_t>> number(std::string_view option) const;
  // Hexadecimal with or without 0x.
  [[nodiscard]] Result<std::optional<std::uint32_t>> hex_number(std::string_view option) const;
  // Empty when the option is not there.
  [[nodiscard]] Result<Bytes> octets(std::string_view option) const;
  // An octet, or `otherwise`.
  [[nodiscard]] Result<std::uint8_t> octet(std::string_view option, std::uint8_t otherwise) const;
};

}  // namespace cose::admin
