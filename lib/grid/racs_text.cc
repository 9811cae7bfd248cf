// SPDX-License-Identifier: Apache-2.0
#include "grid/detail/racs_text.h"

#include <algorithm>

#include "bytes/hex.h"

namespace cose::grid::detail {

namespace {

constexpr std::string_view kLineEnd = "\r\n";
// Draft §3 speaks of 0.2 in one place and answers 1.0 in its examples.
constexpr std::string_view kVersions[] = {"1.0", "0.2"};
constexpr std::string_view kReferenceVersion = "0.3";

void append_three_digits(std::string& to, unsigned number) {
  to += static_cast<char>('0' + number / 100 % 10);
  to += static_cast<char>('0' + number / 10 % 10);
  to += static_cast<char>('0' + number % 10);
}

// The author's server has no number of its own for SET-VERSION, and calls an unknown command a system error.
RacsVerb shown(RacsVerb verb, RacsMode mode) {
  if (verb == RacsVerb::kEnd) return RacsVerb::kNone;
  return mode == RacsMode::kReference && verb == RacsVerb::kSetVersion ? RacsVerb::kGetVersion : verb;
}

RacsClass shown(RacsClass event, RacsMode mode) {
  return mode == RacsMode::kReference && event == RacsClass::kUnknown ? RacsClass::kSystem : event;
}

}  // namespace

std::string status_line(Outcome outcome, RacsClass event, RacsVerb verb, int line, std::string_view text,
                        RacsMode mode) {
  const bool success = outcome == Outcome::kSuccess;
  std::string status(success ? "+" : "-");
  const auto first = success ? 0U : 100U * static_cast<unsigned>(shown(event, mode));
  append_three_digits(status, first + static_cast<unsigned>(shown(verb, mode)));
  status += ' ';
  append_three_digits(status, static_cast<unsigned>(line));
  if (!text.empty()) status.append(" ").append(text);
  return status.append(kLineEnd);
}

void append_response(std::string& to, RacsMode mode, std::string_view label, std::string_view statuses,
                     std::string_view last) {
  to += "BEGIN";
  if (!label.empty() || mode == RacsMode::kReference) to.append(" ").append(label);
  to.append(kLineEnd).append(statuses).append(last).append("END").append(kLineEnd);
}

std::string failure_text(const RacsRefusal& refusal, int line) {
  const auto number = std::to_string(line);
  switch (refusal.event) {
    case RacsClass::kUnknown:
    case RacsClass::kIllegal: return refusal.text + " at line " + number;
    case RacsClass::kSyntax: return "Syntax error at line " + number + ": " + refusal.text;
    case RacsClass::kUnauthorized:
      return "Unauthorized command " + std::string(to_string(refusal.verb)) + " at line " + number + ": " +
             refusal.text;
    case RacsClass::kExecution: return "Request Error line " + number + " " + refusal.text;
    default: return "Error line " + number + " " + refusal.text;
  }
}

RacsRefusal label_refusal(const RacsRefusal& refusal, RacsMode mode) {
  if (mode == RacsMode::kReference) return {RacsClass::kIllegal, RacsVerb::kGetVersion, "label too long"};
  return {refusal.event, RacsVerb::kBegin, failure_text(refusal, 0)};
}

std::string_view in_use_text(RacsMode mode) {
  return mode == RacsMode::kReference ? "In Use, SHUTDOWN is required" : "already in use";
}

std::string wrong_status_text(std::uint16_t status, RacsMode mode) {
  if (mode == RacsMode::kReference) return "APDU wrong status";
  const std::uint8_t octets[] = {static_cast<std::uint8_t>(status >> 8), static_cast<std::uint8_t>(status)};
  return "wrong SW " + to_hex(octets);
}

RacsClass class_of(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kCardRemoved:
    case ErrorKind::kNotFound:
    case ErrorKind::kUnresponsive:
    case ErrorKind::kTimeout: return RacsClass::kHardware;
    case ErrorKind::kBusy: return RacsClass::kInUse;
    // Of a far grid that this one passes on.
    case ErrorKind::kRefused: return RacsClass::kUnauthorized;
    default: return RacsClass::kSystem;
  }
}

RacsClass class_of(Refusal::Kind kind) {
  switch (kind) {
    case Refusal::Kind::kForbidden:
    case Refusal::Kind::kQuota: return RacsClass::kUnauthorized;
    case Refusal::Kind::kNotNow: return RacsClass::kIllegal;
    case Refusal::Kind::kNoAudit: break;
  }
  return RacsClass::kSystem;
}

std::string_view version(RacsMode mode) {
  return mode == RacsMode::kReference ? kReferenceVersion : kVersions[0];
}

bool speaks_version(std::string_view asked, RacsMode mode) {
  if (mode == RacsMode::kReference) return asked == kReferenceVersion;
  return std::ranges::find(kVersions, asked) != std::end(kVersions);
}

std::string version_set_text(std::string_view asked, RacsMode mode) {
  if (mode == RacsMode::kReference) return "Version " + std::string(asked) + " is running";
  return "RACS " + std::string(asked) + " has been activated";
}

bool is_silently_refused(std::string_view line) {
  std::size_t words = 0;
  for (std::size_t at = 0; at < line.size(); ++at)
    if (line[at] != ' ' && (at == 0 || line[at - 1] == ' ')) ++words;
  return words == 0 || words > kMaximumRacsWords;
}

}  // namespace cose::grid::detail
