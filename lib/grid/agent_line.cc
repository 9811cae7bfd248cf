// SPDX-License-Identifier: Apache-2.0
#include "grid/agent_line.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/hex.h"
#include "grid/limits.h"

namespace cose::grid {

namespace {

struct KindWord {
  ErrorKind kind;
  std::string_view word;
};

constexpr std::array kKindWords{
    KindWord{ErrorKind::kCardRemoved, "removed"}, KindWord{ErrorKind::kUnresponsive, "unresponsive"},
    KindWord{ErrorKind::kTimeout, "timeout"},     KindWord{ErrorKind::kClosed, "closed"},
    KindWord{ErrorKind::kBusy, "busy"},           KindWord{ErrorKind::kNotFound, "absent"},
    KindWord{ErrorKind::kRefused, "refused"},     KindWord{ErrorKind::kInvalid, "invalid"},
    KindWord{ErrorKind::kLimit, "limit"},
};
constexpr std::string_view kOtherKind = "other";

std::unexpected<Error> bad(std::string_view line, std::string_view expected) {
  return fail(ErrorKind::kInvalid,
              "expected " + std::string(expected) + ", found \"" + std::string(line.substr(0, 60)) + "\"");
}

// The text up to the next blank, which is taken off with it.
std::string_view take_word(std::string_view& text) {
  const auto end = std::min(text.find(' '), text.size());
  const auto word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

bool parse_number(std::string_view word, std::uint32_t& number) {
  const auto* end = word.data() + word.size();
  const auto parsed = std::from_chars(word.data(), end, number);
  return !word.empty() && parsed.ec == std::errc{} && parsed.ptr == end;
}

std::string printable(std::string_view text) {
  std::string clean(text.substr(0, kMaximumAgentText));
  std::ranges::replace_if(clean, [](char character) { return character < ' ' || character > '~'; }, '?');
  return clean;
}

}  // namespace

bool is_agent_card(std::string_view name) {
  return !name.empty() && name.size() <= kMaximumAgentCard &&
         std::ranges::all_of(name, [](char character) { return character > ' ' && character <= '~'; });
}

std::string to_line(const NumberedRequest& request) {
  auto line = std::to_string(request.number);
  switch (request.request.kind) {
    case AgentRequest::Kind::kState: return line + " STATE";
    case AgentRequest::Kind::kPowerDown: return line + " OFF";
    case AgentRequest::Kind::kReset:
      return line + (request.request.reset == iso7816::ResetKind::kWarm ? " RESET WARM" : " RESET COLD");
    case AgentRequest::Kind::kTransmit: break;
  }
  line += " APDU ";
  append_hex(line, request.request.command);
  return line;
}

Result<NumberedRequest> parse_agent_request(std::string_view line) {
  constexpr std::string_view kExpected = "<number> STATE, RESET COLD, RESET WARM, APDU <hex> or OFF";
  NumberedRequest parsed;
  auto rest = line;
  if (!parse_number(take_word(rest), parsed.number)) return bad(line, kExpected);
  auto& request = parsed.request;
  if (rest == "STATE") return parsed;
  const auto verb = take_word(rest);
  if (verb == "OFF" && rest.empty()) {
    request.kind = AgentRequest::Kind::kPowerDown;
  } else if (verb == "RESET" && (rest == "COLD" || rest == "WARM")) {
    request.kind = AgentRequest::Kind::kReset;
    request.reset = rest == "WARM" ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
  } else if (verb == "APDU" && rest.size() <= 2 * kMaximumCommand) {
    request.kind = AgentRequest::Kind::kTransmit;
    COSE_TRY(request.command, from_hex(rest));
  } else {
    return bad(line, kExpected);
  }
  return parsed;
}

std::string to_line(const NumberedAnswer& answer) {
  auto line = std::to_string(answer.number);
  if (!answer.outcome) {
    const auto* row = std::ranges::find(kKindWords, answer.outcome.error().kind, &KindWord::kind);
    const auto word = row == kKindWords.end() ? kOtherKind : row->word;
    return line.append(" ERR ").append(word).append(" ").append(printable(answer.outcome.error().message));
  }
  line += " OK";
  if (answer.outcome->empty()) return line;
  line += ' ';
  append_hex(line, *answer.outcome);
  return line;
}

Result<NumberedAnswer> parse_agent_answer(std::string_view line) {
  constexpr std::string_view kExpected = "<number> OK [<hex>] or ERR <kind> <text>";
  NumberedAnswer answer;
  auto rest = line;
  if (!parse_number(take_word(rest), answer.number)) return bad(line, kExpected);
  const auto verb = take_word(rest);
  if (verb == "ERR") {
    const auto word = take_word(rest);
    const auto* row = std::ranges::find(kKindWords, word, &KindWord::word);
    if (row == kKindWords.end() && word != kOtherKind) return bad(line, kExpected);
    const auto kind = row == kKindWords.end() ? ErrorKind::kInternal : row->kind;
    answer.outcome = fail(kind, printable(rest));
    return answer;
  }
  if (verb != "OK" || rest.size() > 2 * kMaximumResponse) return bad(line, kExpected);
  COSE_TRY(answer.outcome, from_hex(rest));
  return answer;
}

std::string agent_greeting(std::string_view card) {
  return "AGENT 1 " + std::string(card);
}

Result<std::string> parse_agent_greeting(std::string_view line) {
  auto rest = line;
  if (take_word(rest) != "AGENT" || take_word(rest) != "1" || !is_agent_card(rest))
    return bad(line, "AGENT 1 <card>, a name of 1 to 63 characters");
  return std::string(rest);
}

}  // namespace cose::grid
