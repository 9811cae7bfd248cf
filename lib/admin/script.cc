// SPDX-License-Identifier: Apache-2.0
#include "admin/script.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::admin {

namespace {

// Options without a value.
constexpr std::array<std::string_view, 1> kSwitches = {"nostop"};

constexpr std::array kOptions = std::to_array<std::string_view>({"keyind",
                                                                 "keyver",
                                                                 "newkeyver",
                                                                 "key",
                                                                 "mac_key",
                                                                 "enc_key",
                                                                 "kek_key",
                                                                 "security",
                                                                 "scp",
                                                                 "scpimpl",
                                                                 "keyderivation",
                                                                 "reader",
                                                                 "readernumber",
                                                                 "protocol",
                                                                 "aid",
                                                                 "sdaid",
                                                                 "pkgaid",
                                                                 "instaid",
                                                                 "nvcodelimit",
                                                                 "nvdatalimit",
                                                                 "vdatalimit",
                                                                 "file",
                                                                 "instparam",
                                                                 "sdparam",
                                                                 "uiccsystemspecparam",
                                                                 "simspecparam",
                                                                 "element",
                                                                 "format",
                                                                 "dataformat",
                                                                 "dataencryption",
                                                                 "responsedataexpected",
                                                                 "data",
                                                                 "keytemplate",
                                                                 "sc",
                                                                 "apdu",
                                                                 "priv",
                                                                 "identifier",
                                                                 "pass",
                                                                 "nostop",
                                                                 "keytype"});

std::string lower(std::string_view text) {
  std::string made(text);
  for (auto& character : made) character = static_cast<char>(std::tolower(static_cast<unsigned char>(character)));
  return made;
}

Result<std::string> expand(std::string_view line, const Environment& environment) {
  std::string made;
  while (!line.empty()) {
    const auto from = line.find("${");
    made += line.substr(0, from);
    if (from == std::string_view::npos) break;
    const auto to = line.find('}', from);
    if (to == std::string_view::npos) return fail(ErrorKind::kInvalid, "${ without } in the line");
    const std::string name(line.substr(from + 2, to - from - 2));
    const auto value = environment ? environment(name) : std::nullopt;
    if (!value) return fail(ErrorKind::kInvalid, "the environment has no variable " + name);
    made += *value;
    line.remove_prefix(to + 1);
  }
  if (made.size() > kMaximumLine) return fail(ErrorKind::kLimit, "a line of a script has at most 131072 characters");
  return made;
}

// Words by blanks; a word that begins with a quote ends with one. A comment ends the line.
Result<std::vector<std::string>> words_of(std::string_view line) {
  std::vector<std::string> words;
  while (true) {
    const auto from = line.find_first_not_of(" \t\r\n");
    if (from == std::string_view::npos) return words;
    line.remove_prefix(from);
    if (line.starts_with("//") || line.starts_with('#')) return words;
    if (line.front() == '"') {
      const auto to = line.find('"', 1);
      if (to == std::string_view::npos) return fail(ErrorKind::kInvalid, "a quote is not closed");
      words.emplace_back(line.substr(1, to - 1));
      line.remove_prefix(to + 1);
      continue;
    }
    const auto size = std::min(line.find_first_of(" \t\r\n"), line.size());
    words.emplace_back(line.substr(0, size));
    line.remove_prefix(size);
  }
}

bool is_one_of(std::span<const std::string_view> names, std::string_view name) {
  return std::ranges::find(names, name) != names.end();
}

Result<std::uint32_t> parse_number(std::string_view option, std::string_view text, int base) {
  auto digits = text;
  if (digits.starts_with("0x") || digits.starts_with("0X")) {
    digits.remove_prefix(2);
    base = 16;
  }
  std::uint32_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size())
    return fail(ErrorKind::kInvalid, fmt::format("-{}: expected a number, found \"{}\"", option, text));
  return value;
}

}  // namespace

Result<ScriptCommand> ScriptCommand::parse(std::string_view line, const Environment& environment) {
  ScriptCommand command;
  const auto start = line.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos || line.substr(start).starts_with('#') || line.substr(start).starts_with("//"))
    return command;
  COSE_TRY(const auto expanded, expand(line.substr(start), environment));
  const std::string_view all(expanded);
  const auto size = std::min(all.find_first_of(" \t\r\n"), all.size());
  command.name = std::string(all.substr(0, size));
  if (command.name == "print") {
    const auto text = all.find_first_not_of(" \t", size);
    if (text != std::string_view::npos) command.text = std::string(all.substr(text));
    while (!command.text.empty() && std::isspace(static_cast<unsigned char>(command.text.back())) != 0)
      command.text.pop_back();
    return command;
  }
  COSE_TRY(const auto words, words_of(all.substr(size)));
  for (std::size_t at = 0; at < words.size(); ++at) {
    const auto name = lower(words[at].starts_with('-') ? words[at].substr(1) : words[at]);
    if (!words[at].starts_with('-') || !is_one_of(kOptions, name))
      return fail(ErrorKind::kInvalid, fmt::format("unknown option {}", words[at]));
    if (is_one_of(kSwitches, name)) {
      command.options[name] = "";
      continue;
    }
    if (at + 1 == words.size())
      return fail(ErrorKind::kInvalid, fmt::format("option {} not followed by data", words[at]));
    command.options[name] = words[++at];
  }
  return command;
}

std::vector<std::string_view> ScriptCommand::option_names() {
  std::vector<std::string_view> names(kOptions.begin(), kOptions.end());
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> ScriptCommand::value(std::string_view option) const {
  const auto found = options.find(option);
  if (found == options.end()) return std::nullopt;
  return found->second;
}

Result<std::optional<std::uint32_t>> ScriptCommand::number(std::string_view option) const {
  const auto given = value(option);
  if (!given) return std::nullopt;
  COSE_TRY(const auto read, parse_number(option, *given, 10));
  return read;
}

Result<std::optional<std::uint32_t>> ScriptCommand::hex_number(std::string_view option) const {
  const auto given = value(option);
  if (!given) return std::nullopt;
  COSE_TRY(const auto read, parse_number(option, *given, 16));
  return read;
}

Result<Bytes> ScriptCommand::octets(std::string_view option) const {
  const auto given = value(option);
  if (!given) return Bytes();
  auto read = from_loose_hex(given->starts_with("0x") ? std::string_view(*given).substr(2) : *given);
  if (!read) return std::unexpected(read.error().within(fmt::format("-{}", option)));
  return read;
}

Result<std::uint8_t> ScriptCommand::octet(std::string_view option, std::uint8_t otherwise) const {
  COSE_TRY(const auto read, number(option));
  if (!read) return otherwise;
  if (*read > 0xFF) return fail(ErrorKind::kInvalid, fmt::format("-{}: expected 0 to 255, found {}", option, *read));
  return static_cast<std::uint8_t>(*read);
}

}  // namespace cose::admin
