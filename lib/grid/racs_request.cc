// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/hex.h"
#include "grid/detail/words.h"
#include "grid/limits.h"
#include "grid/seid_table.h"
#include "iso7816/command_apdu.h"

namespace cose::grid {

namespace {

using LineWords = Words<kMaximumRacsWords>;

bool is_blank(char character) {
  return character == ' ';
}

using Parsed = std::expected<void, RacsRefusal>;

Parsed syntax(const RacsRequest& request, std::string_view text) {
  return std::unexpected(RacsRefusal{RacsClass::kSyntax, request.verb, std::string(text)});
}

// Exactly so many hexadecimal digits.
template <typename Number>
bool parse_hex(std::string_view text, Number& number) {
  if (text.size() != 2 * sizeof(Number) || std::ranges::any_of(text, [](char digit) { return hex_digit(digit) < 0; }))
    return false;
  return std::from_chars(text.data(), text.data() + text.size(), number, 16).ec == std::errc();
}

Parsed parse_begin(const LineWords& words, RacsRequest& request) {
  if (words.count == 1) return {};
  request.text = words.word[1];
  if (request.text.size() > kMaximumRacsLabel) return syntax(request, "a label has 64 characters at most");
  return {};
}

Parsed parse_nothing(const LineWords&, RacsRequest&) {
  return {};
}

Parsed parse_text(const LineWords& words, RacsRequest& request) {
  request.text = words.word[1];
  return {};
}

Parsed parse_key(const LineWords& words, RacsRequest& request) {
  if (words.count > 1) request.text = words.word[1];
  return {};
}

Parsed parse_set_version(const LineWords& words, RacsRequest& request) {
  request.text = words.word[1];
  return is_racs_version(request.text) ? Parsed() : syntax(request, "expected a version such as 1.0");
}

Parsed parse_echo(const LineWords& words, RacsRequest& request) {
  request.text = words.word[1];
  return request.text.size() <= kMaximumRacsEcho ? Parsed() : syntax(request, "a text has 1024 characters at most");
}

Parsed parse_seid(const LineWords& words, RacsRequest& request) {
  request.seid = words.word[1];
  return is_seid(request.seid) ? Parsed() : syntax(request, "a SEID has 1 to 63 characters");
}

Parsed parse_reset(const LineWords& words, RacsRequest& request) {
  if (auto seid = parse_seid(words, request); !seid) return seid;
  request.warm = words.count == 3;
  return !request.warm || words.word[2] == "WARM" ? Parsed() : syntax(request, "expected RESET <SEID> [WARM]");
}

Parsed parse_command(std::string_view word, RacsRequest& request) {
  auto& command = request.command;
  command.reserve(word.size() / 2);
  for (std::size_t at = 0; at + 1 < word.size(); at += 2) {
    const int high = hex_digit(word[at]);
    const int low = hex_digit(word[at + 1]);
    if (high < 0 || low < 0) return syntax(request, "no hexadecimal digit at " + std::to_string(at + 1));
    command.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (word.size() % 2 != 0) return syntax(request, "an odd number of hexadecimal digits");
  if (!iso7816::CommandApduView::parse(command)) return syntax(request, "no command of ISO/IEC 7816-4");
  return {};
}

bool parse_id(std::string_view text, std::uint32_t& id) {
  const auto* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, id);
  return parsed.ec == std::errc() && parsed.ptr == end && id != 0;
}

bool parse_option(std::string_view word, RacsRequest& request) {
  const auto equals = std::min(word.find('='), word.size());
  const auto name = word.substr(0, equals);
  const auto value = word.substr(std::min(equals + 1, word.size()));
  if (name == "CONTINUE" && !request.continue_on) return parse_hex(value, request.continue_on.emplace());
  if (name == "MORE" && !request.more_on) return parse_hex(value, request.more_on.emplace());
  if (name == "ID" && request.id == 0) return parse_id(value, request.id);
  if (name == "FETCH" && request.fetch == RacsRequest::kDefaultFetch) return parse_hex(value, request.fetch);
  return false;
}

Parsed parse_apdu(const LineWords& words, RacsRequest& request) {
  if (auto seid = parse_seid(words, request); !seid) return seid;
  if (auto command = parse_command(words.word[2], request); !command) return command;
  for (std::size_t at = 3; at < words.count; ++at)
    if (!parse_option(words.word[at], request))
      return syntax(request, "expected CONTINUE=<SW>, MORE=<SW1> or FETCH=<CLA INS P1 P2>");
  // A number stands for one command to the card, not for a chain.
  if (request.id != 0 && request.more_on) return syntax(request, "ID and MORE exclude each other");
  return {};
}

struct Row {
  std::string_view word;
  RacsVerb verb;
  std::size_t least;  // parameters
  std::size_t most;
  Parsed (*parse)(const LineWords&, RacsRequest&);
  std::string_view usage;
  bool extension = false;
};

// In the order of how often they come.
constexpr std::array kVerbs{
    Row{"APDU", RacsVerb::kApdu, 2, 5, parse_apdu, "APDU <SEID> <HEX> [CONTINUE=<SW>] [MORE=<SW1>] [FETCH=<HEX>]"},
    Row{"BEGIN", RacsVerb::kBegin, 0, 1, parse_begin, "BEGIN [label]"},
    Row{"END", RacsVerb::kEnd, 0, 0, parse_nothing, "END"},
    Row{"POWERON", RacsVerb::kPowerOn, 1, 1, parse_seid, "POWERON <SEID>"},
    Row{"RESET", RacsVerb::kReset, 1, 2, parse_reset, "RESET <SEID> [WARM]"},
    Row{"SHUTDOWN", RacsVerb::kShutdown, 1, 1, parse_seid, "SHUTDOWN <SEID>"},
    Row{"ECHO", RacsVerb::kEcho, 1, 1, parse_echo, "ECHO <text>"},
    Row{"LIST", RacsVerb::kList, 0, 0, parse_nothing, "LIST"},
    Row{"GET-VERSION", RacsVerb::kGetVersion, 0, 0, parse_nothing, "GET-VERSION"},
    Row{"SET-VERSION", RacsVerb::kSetVersion, 1, 1, parse_set_version, "SET-VERSION <x.y>"},
    Row{"GET-ATR", RacsVerb::kGetAtr, 1, 1, parse_seid, "GET-ATR <SEID>", true},
    Row{"KEEP", RacsVerb::kKeep, 0, 1, parse_key, "KEEP [key]", true},
    Row{"GET-SEN", RacsVerb::kGetSen, 1, 1, parse_seid, "GET-SEN <SEID>", true},
    Row{"SEN", RacsVerb::kSen, 1, 1, parse_text, "SEN <name>", true},
    Row{"QUIT", RacsVerb::kQuit, 0, 0, parse_nothing, "QUIT", true},
};

// The author's server has QUIT and the names of secure elements, too, but no answer to reset, and keeps nothing.
bool knows(RacsMode mode, const Row& row) {
  return mode == RacsMode::kDraft || (row.verb != RacsVerb::kGetAtr && row.verb != RacsVerb::kKeep);
}

}  // namespace

std::string_view to_string(RacsVerb verb) {
  const auto* row = std::ranges::find(kVerbs, verb, &Row::verb);
  return row == kVerbs.end() ? std::string_view() : row->word;
}

bool is_racs_version(std::string_view text) {
  const auto dot = text.find('.');
  if (dot == std::string_view::npos) return false;
  const auto is_number = [](std::string_view part) {
    return !part.empty() && std::ranges::all_of(part, [](char digit) { return digit >= '0' && digit <= '9'; });
  };
  return is_number(text.substr(0, dot)) && is_number(text.substr(dot + 1));
}

std::expected<void, RacsRefusal> parse_racs_line(std::string_view line, RacsMode mode, RacsRequest& request) {
  auto words = split<kMaximumRacsWords>(line, is_blank);
  request.verb = RacsVerb::kNone;
  request.append = request.warm = false;
  request.text = request.seid = {};
  request.command.clear();
  request.continue_on.reset();
  request.more_on.reset();
  request.fetch = RacsRequest::kDefaultFetch;
  request.id = 0;
  const auto* row = words.count == 0 ? kVerbs.end() : std::ranges::find(kVerbs, words.word[0], &Row::word);
  if (row == kVerbs.end() || !knows(mode, *row))
    return std::unexpected(RacsRefusal{RacsClass::kUnknown, RacsVerb::kNone, "Unknown command"});
  request.verb = row->verb;
  const bool framing = row->verb == RacsVerb::kBegin || row->verb == RacsVerb::kEnd;
  if (!framing && words.count > 1 && words.word[words.count - 1] == "APPEND") {
    request.append = true;
    --words.count;
  }
  const auto parameters = words.count - 1;
  if (parameters < row->least || parameters > row->most) return syntax(request, "expected " + std::string(row->usage));
  return row->parse(words, request);
}

}  // namespace cose::grid
