// SPDX-License-Identifier: Apache-2.0
#include "grid/reply.h"

#include <algorithm>
#include <array>

namespace cose::grid {

namespace {

struct Row {
  ReplyCode code;
  std::string_view text;
};

constexpr std::array kReplies{
#define REPLY(code, name, text) Row{ReplyCode::name, text},
#include "grid/reply_codes.def"
#undef REPLY
};

struct Failure {
  ErrorKind kind;
  ReplyCode code;
};

// How a failure behind this grid is told to a client: it is never the client's own.
constexpr std::array kTold{
    Failure{ErrorKind::kUnresponsive, ReplyCode::kCardFailed},
    Failure{ErrorKind::kCardRemoved, ReplyCode::kCardRemoved},
    Failure{ErrorKind::kTimeout, ReplyCode::kCardTimeout},
    Failure{ErrorKind::kClosed, ReplyCode::kCardUnreachable},
    Failure{ErrorKind::kNotFound, ReplyCode::kNoCard},
    Failure{ErrorKind::kBusy, ReplyCode::kCardBusy},
    Failure{ErrorKind::kRefused, ReplyCode::kUnauthorized},
    Failure{ErrorKind::kIo, ReplyCode::kCardUnreachable},
    Failure{ErrorKind::kInternal, ReplyCode::kInternal},
};

// What a client makes of a grid's refusal.
constexpr std::array kUnderstood{
    Failure{ErrorKind::kUnresponsive, ReplyCode::kCardFailed},
    Failure{ErrorKind::kCardRemoved, ReplyCode::kCardRemoved},
    Failure{ErrorKind::kCardRemoved, ReplyCode::kNoCard},
    Failure{ErrorKind::kTimeout, ReplyCode::kCardTimeout},
    Failure{ErrorKind::kClosed, ReplyCode::kCardUnreachable},
    Failure{ErrorKind::kBusy, ReplyCode::kCardBusy},
    Failure{ErrorKind::kBusy, ReplyCode::kInUse},
    Failure{ErrorKind::kInternal, ReplyCode::kInternal},
    Failure{ErrorKind::kRefused, ReplyCode::kUnauthorized},
    Failure{ErrorKind::kRefused, ReplyCode::kSecureRequired},
    Failure{ErrorKind::kNotFound, ReplyCode::kNoSuchSlot},
    Failure{ErrorKind::kNotFound, ReplyCode::kSlotNotConfigured},
    Failure{ErrorKind::kLimit, ReplyCode::kTooManyConnections},
    Failure{ErrorKind::kClosed, ReplyCode::kDraining},
    Failure{ErrorKind::kClosed, ReplyCode::kIdle},
};

bool is_digit(char character) {
  return character >= '0' && character <= '9';
}

}  // namespace

std::string_view text_of(ReplyCode code) {
  const auto* row = std::ranges::find(kReplies, code, &Row::code);
  return row == kReplies.end() ? std::string_view{} : row->text;
}

ReplyCode reply_code_for(ErrorKind kind) {
  const auto* row = std::ranges::find(kTold, kind, &Failure::kind);
  return row == kTold.end() ? ReplyCode::kCardFailed : row->code;
}

ErrorKind error_kind_for(unsigned code) {
  const auto* row = std::ranges::find(kUnderstood, ReplyCode{code}, &Failure::code);
  if (row != kUnderstood.end()) return row->kind;
  // The event class alone, for servers whose numbers are not ours.
  switch (code / 100) {
    case 5: return ErrorKind::kInvalid;
    case 6: return ErrorKind::kRefused;
    case 7: return ErrorKind::kBusy;
    default: return ErrorKind::kUnresponsive;
  }
}

void append_reply(std::string& to, ReplyCode code, std::string_view detail) {
  const auto number = static_cast<unsigned>(code);
  to += static_cast<char>('0' + number / 100);
  to += static_cast<char>('0' + number / 10 % 10);
  to += static_cast<char>('0' + number % 10);
  to += ' ';
  to += text_of(code);
  if (detail.empty() || detail == text_of(code)) return;
  to += ": ";
  to += detail;
}

Result<ParsedReply> parse_reply(std::string_view line) {
  if (line.size() < 3 || !std::all_of(line.begin(), line.begin() + 3, is_digit))
    return fail(ErrorKind::kInvalid, "expected a reply that starts with three digits");
  const auto digit = [line](std::size_t at) { return static_cast<unsigned>(line[at] - '0'); };
  // The separator is one character, whichever it is; it may be missing after a bare status.
  return ParsedReply{100 * digit(0) + 10 * digit(1) + digit(2), line.substr(std::min<std::size_t>(4, line.size()))};
}

}  // namespace cose::grid
