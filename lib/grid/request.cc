// SPDX-License-Identifier: Apache-2.0
#include "grid/request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/hex.h"
#include "grid/detail/words.h"
#include "grid/limits.h"

namespace cose::grid {

namespace {

constexpr std::size_t kMaximumParameters = 4;
constexpr std::size_t kHeaderAndP3 = 5;

// The verb and its parameters.
using LineWords = Words<1 + kMaximumParameters>;

bool is_blank(char character) {
  return character == ' ' || character == '\t';
}

char lower(char character) {
  return character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
}

bool same_word(std::string_view left, std::string_view right) {
  return std::ranges::equal(left, right, {}, lower, lower);
}

std::unexpected<RequestRefusal> refuse(ReplyCode code, std::string_view detail = {}) {
  return std::unexpected(RequestRefusal{code, std::string(detail)});
}

using Parsed = std::expected<void, RequestRefusal>;

Parsed parse_slot(std::string_view word, Request& request) {
  const auto slot = SlotNumber::parse(word);
  if (!slot)
    return refuse(slot.error().kind == ErrorKind::kNotFound ? ReplyCode::kNoSuchSlot : ReplyCode::kBadSlotNumber);
  request.slot = *slot;
  return {};
}

Parsed parse_command(std::string_view word, Request& request) {
  request.command.clear();
  request.command.reserve(word.size() / 2);
  for (std::size_t at = 0; at + 1 < word.size(); at += 2) {
    const int high = hex_digit(word[at]);
    const int low = hex_digit(word[at + 1]);
    if (high < 0 || low < 0) return refuse(ReplyCode::kBadHex, "no digit at " + std::to_string(at + 1));
    request.command.push_back(static_cast<std::uint8_t>(high << 4 | low));
  }
  if (word.size() % 2 != 0) return refuse(ReplyCode::kBadHex, "odd number of digits");
  if (request.command.size() < 4 || request.command.size() > kMaximumCommand) return refuse(ReplyCode::kNotACommand);
  return {};
}

// The direction of a TPDU follows from its form: the card sends data for exactly five octets with P3 not 00.
Parsed check_direction(std::string_view word, const Bytes& command) {
  const bool card_sends = command.size() == kHeaderAndP3 && command[kHeaderAndP3 - 1] != 0;
  if (same_word(word, card_sends ? "r" : "w")) return {};
  return refuse(ReplyCode::kBadDirection);
}

Parsed parse_hello(const LineWords& words, Request& request) {
  const auto name = words.word[1];
  if (name.size() > kMaximumClientName) return refuse(ReplyCode::kBadParameter, "a name of at most 64 characters");
  request.client = name;
  request.keep = words.count == 3;
  if (request.keep && !same_word(words.word[2], "KEEP"))
    return refuse(ReplyCode::kBadParameter, "HELLO <client> [KEEP]");
  return {};
}

Parsed parse_keep(const LineWords& words, Request& request) {
  request.key = words.count == 2 ? words.word[1] : std::string_view();
  return {};
}

Parsed parse_id(std::string_view word, Request& request) {
  const auto* end = word.data() + word.size();
  if (const auto parsed = std::from_chars(word.data(), end, request.id);
      parsed.ec != std::errc{} || parsed.ptr != end || request.id == 0)
    return refuse(ReplyCode::kBadParameter, "an id from 1 to 4294967295");
  return {};
}

Parsed parse_nothing(const LineWords&, Request&) {
  return {};
}

Parsed parse_slot_only(const LineWords& words, Request& request) {
  return parse_slot(words.word[1], request);
}

Parsed parse_reset(const LineWords& words, Request& request) {
  if (words.count == 1) return {};
  if (words.count == 3) {
    if (!same_word(words.word[2], "WARM")) return refuse(ReplyCode::kBadParameter, "RESET <slot> [WARM]");
    request.reset = iso7816::ResetKind::kWarm;
  }
  return parse_slot(words.word[1], request);
}

Parsed parse_apdu(const LineWords& words, Request& request) {
  if (auto slot = parse_slot(words.word[1], request); !slot) return slot;
  if (auto command = parse_command(words.word[2], request); !command || words.count == 3) return command;
  if (words.count == 5) request.key = words.word[4];
  return parse_id(words.word[3], request);
}

Parsed parse_tpdu(const LineWords& words, Request& request) {
  if (auto slot = parse_slot(words.word[1], request); !slot) return slot;
  if (auto command = parse_command(words.word[3], request); !command) return command;
  return check_direction(words.word[2], request.command);
}

struct Row {
  std::string_view word;
  Verb verb;
  std::size_t least;  // parameters
  std::size_t most;
  Parsed (*parse)(const LineWords&, Request&);
  std::string_view usage;
};

// In the order of how often they come.
constexpr std::array kVerbs{
    Row{"apdu", Verb::kApdu, 2, 4, parse_apdu, "apdu <slot> <HEX> [id [key]]"},
    Row{"tpdu", Verb::kTpdu, 3, 3, parse_tpdu, "tpdu <slot> r|w <HEX>"},
    Row{"USE", Verb::kUse, 1, 1, parse_slot_only, "USE <slot>"},
    Row{"FREE", Verb::kFree, 1, 1, parse_slot_only, "FREE <slot>"},
    Row{"RESET", Verb::kReset, 0, 2, parse_reset, "RESET [<slot> [WARM]]"},
    Row{"CONTENT", Verb::kContent, 0, 0, parse_nothing, "CONTENT"},
    Row{"HELLO", Verb::kHello, 1, 2, parse_hello, "HELLO <client> [KEEP]"},
    Row{"KEEP", Verb::kKeep, 0, 1, parse_keep, "KEEP [<key>]"},
    Row{"QUIT", Verb::kQuit, 0, 0, parse_nothing, "QUIT"},
};

}  // namespace

std::string_view to_string(Verb verb) {
  return std::ranges::find(kVerbs, verb, &Row::verb)->word;
}

std::expected<void, RequestRefusal> parse_request(std::string_view line, Request& request) {
  const auto words = split<1 + kMaximumParameters>(line, is_blank);
  const auto* row =
      std::ranges::find_if(kVerbs, [&](const Row& candidate) { return same_word(candidate.word, words.word[0]); });
  if (row == kVerbs.end()) return refuse(ReplyCode::kUnknownCommand);
  if (words.count - 1 < row->least) return refuse(ReplyCode::kMissingParameter, row->usage);
  if (words.count - 1 > row->most) return refuse(ReplyCode::kTooManyParameters, row->usage);
  request.verb = row->verb;
  request.slot.reset();
  request.reset = iso7816::ResetKind::kCold;
  request.id = 0;
  request.key.clear();
  return row->parse(words, request);
}

}  // namespace cose::grid
