// SPDX-License-Identifier: Apache-2.0
#include "iso7816/transcript.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "bytes/hex.h"
#include "iso7816/command_apdu.h"
#include "iso7816/response_apdu.h"

namespace cose::iso7816 {

namespace {

constexpr std::size_t kMinimumResponseSize = 2;

std::string_view trim(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t\r") - first + 1);
}

// The text up to the first of the separators, which is taken off with it.
std::string_view take_until(std::string_view& text, std::string_view separators) {
  const auto end = text.find_first_of(separators);
  const auto taken = text.substr(0, end);
  text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  return taken;
}

std::optional<ErrorKind> error_kind_of(std::string_view word) {
  constexpr ErrorKind kKinds[] = {ErrorKind::kInvalid,      ErrorKind::kUnsupported, ErrorKind::kNotFound,
                                  ErrorKind::kBusy,         ErrorKind::kRefused,     ErrorKind::kLimit,
                                  ErrorKind::kTimeout,      ErrorKind::kClosed,      ErrorKind::kCardRemoved,
                                  ErrorKind::kUnresponsive, ErrorKind::kIo,          ErrorKind::kInternal};
  const auto* kind = std::ranges::find(kKinds, word, [](ErrorKind candidate) { return to_string(candidate); });
  return kind == std::end(kKinds) ? std::nullopt : std::optional(*kind);
}

Status check_size(std::string_view what, std::size_t size, std::size_t minimum, std::size_t maximum) {
  if (size >= minimum && size <= maximum) return {};
  return fail(ErrorKind::kInvalid, "expected " + std::string(what) + " of " + std::to_string(minimum) + " to " +
                                       std::to_string(maximum) + " octets, found " + std::to_string(size));
}

class Parser {
 public:
  explicit Parser(Wildcards wildcards) : wildcards_(wildcards) {}

  Status take_line(std::string_view line);
  Result<Transcript> finish();

 private:
  // An action whose answer stands on a later line.
  struct Pending {
    TranscriptEntry entry;
    bool has_outcome;
  };

  Status take_comment(std::string_view text);
  Status take_power(std::string_view text);
  Status take_power_up(ResetKind kind, std::string_view answer);
  Status take_command(std::string_view text);
  Status take_answer(std::string_view text);
  Status take_failure(std::string_view text);

  Result<OctetPattern> pattern_of(std::string_view text) const;
  Status start(TranscriptEntry entry, bool has_outcome);
  Status settle();
  Status release();
  Status push(TranscriptEntry entry);

  Wildcards wildcards_;
  Transcript transcript_;
  std::optional<Pending> pending_;
  std::size_t line_ = 0;
};

Status Parser::take_line(std::string_view line) {
  ++line_;
  if (line.size() > kMaximumTranscriptLine)
    return fail(ErrorKind::kLimit, "longer than " + std::to_string(kMaximumTranscriptLine) + " characters");
  const auto text = trim(line);
  if (text.empty()) return {};
  const auto rest = trim(text.substr(1));
  switch (text[0]) {
    case '#': return take_comment(rest);
    case '*': return take_power(rest);
    case '>': return take_command(rest);
    case '<': return take_answer(rest);
    case '!': return take_failure(rest);
    default: return fail(ErrorKind::kInvalid, "expected a line that begins with #, *, >, < or !");
  }
}

Result<Transcript> Parser::finish() {
  COSE_CHECK(settle());
  return std::move(transcript_);
}

// A comment between a command and its answer goes before the command.
Status Parser::take_comment(std::string_view text) {
  if (pending_ && pending_->has_outcome) COSE_CHECK(settle());
  return push({Comment{std::string(text)}, line_});
}

Status Parser::take_power(std::string_view text) {
  const auto word = take_until(text, " \t");
  if (word == "cold") return take_power_up(ResetKind::kCold, trim(text));
  if (word == "warm") return take_power_up(ResetKind::kWarm, trim(text));
  if (word == "off" && text.empty()) return start({PowerDown{}, line_}, true);
  return fail(ErrorKind::kInvalid, "expected cold, warm or off after *");
}

Status Parser::take_power_up(ResetKind kind, std::string_view answer) {
  COSE_TRY(auto pattern, pattern_of(answer));
  return start({PowerUp{kind, std::move(pattern)}, line_}, !answer.empty());
}

Status Parser::take_command(std::string_view text) {
  COSE_TRY(auto command, from_loose_hex(text));
  COSE_CHECK(check_size("a command", command.size(), 0, kMaximumCommandSize));
  return start({Exchange{std::move(command), OctetPattern()}, line_}, false);
}

Status Parser::take_answer(std::string_view text) {
  auto* exchange = pending_ ? std::get_if<Exchange>(&pending_->entry.event) : nullptr;
  if (exchange == nullptr) return fail(ErrorKind::kInvalid, "an answer without a command before it");
  COSE_TRY(auto pattern, pattern_of(text));
  const auto minimum = pattern.is_exact() ? kMinimumResponseSize : 0;
  COSE_CHECK(check_size("an answer", pattern.octets().size(), minimum, kMaximumResponseSize));
  exchange->answer = std::move(pattern);
  return release();
}

Status Parser::take_failure(std::string_view text) {
  const auto word = trim(take_until(text, ":"));
  const auto kind = error_kind_of(word);
  if (!kind) return fail(ErrorKind::kInvalid, "expected a kind of error after !, such as \"timeout: no answer\"");
  Error error{*kind, std::string(trim(text))};
  if (!pending_) return fail(ErrorKind::kInvalid, "an error without a command before it");
  auto& event = pending_->entry.event;
  if (auto* down = std::get_if<PowerDown>(&event))
    down->outcome = std::unexpected(std::move(error));
  else if (pending_->has_outcome)
    return fail(ErrorKind::kInvalid, "an error after an answer to reset");
  else if (auto* up = std::get_if<PowerUp>(&event))
    up->answer = std::unexpected(std::move(error));
  else
    std::get<Exchange>(event).answer = std::unexpected(std::move(error));
  return release();
}

Result<OctetPattern> Parser::pattern_of(std::string_view text) const {
  COSE_TRY(auto pattern, OctetPattern::parse(text));
  if (wildcards_ == Wildcards::kRefused && !pattern.is_exact())
    return fail(ErrorKind::kInvalid, "a wildcard in a recording, where answers are exact");
  return pattern;
}

Status Parser::start(TranscriptEntry entry, bool has_outcome) {
  COSE_CHECK(settle());
  pending_ = Pending{std::move(entry), has_outcome};
  return {};
}

// The action before is over: it has its answer, or will never get one.
Status Parser::settle() {
  if (!pending_) return {};
  if (!pending_->has_outcome)
    return fail(ErrorKind::kInvalid,
                "no answer to the command or reset of line " + std::to_string(pending_->entry.line));
  return release();
}

Status Parser::release() {
  if (!pending_) return {};
  auto entry = std::move(pending_->entry);
  pending_.reset();
  return push(std::move(entry));
}

Status Parser::push(TranscriptEntry entry) {
  if (transcript_.entries.size() == kMaximumTranscriptEntries)
    return fail(ErrorKind::kLimit, "more than " + std::to_string(kMaximumTranscriptEntries) + " entries");
  transcript_.entries.push_back(std::move(entry));
  return {};
}

// What an entry looks like.
struct Printer {
  std::string& text;

  void failure(const Error& error) const {
    text.append("! ").append(to_string(error.kind));
    if (!error.message.empty()) text.append(": ").append(on_one_line(error.message));
    text += '\n';
  }

  void answer(std::string_view mark, const Result<OctetPattern>& answer) const {
    if (!answer) return failure(answer.error());
    text.append(mark).append(answer->to_string()) += '\n';
  }

  static std::string on_one_line(std::string message) {
    std::ranges::replace_if(message, [](char character) { return character == '\n' || character == '\r'; }, ' ');
    return message;
  }

  void operator()(const Comment& comment) const {
    text.append("#").append(comment.text.empty() ? "" : " ").append(on_one_line(comment.text)) += '\n';
  }

  void operator()(const PowerUp& up) const {
    text += up.kind == ResetKind::kCold ? "* cold" : "* warm";
    if (!up.answer) text += '\n';
    answer(" ", up.answer);
  }

  void operator()(const PowerDown& down) const {
    text += "* off\n";
    if (!down.outcome) failure(down.outcome.error());
  }

  void operator()(const Exchange& exchange) const {
    text.append("> ").append(to_hex(exchange.command)) += '\n';
    answer("< ", exchange.answer);
  }
};

}  // namespace

Result<Transcript> Transcript::parse(std::string_view text, Wildcards wildcards) {
  if (text.size() > kMaximumTranscriptSize)
    return fail(ErrorKind::kLimit, "transcript of " + std::to_string(text.size()) + " characters, at most " +
                                       std::to_string(kMaximumTranscriptSize));
  Parser parser(wildcards);
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto status = parser.take_line(take_until(text, "\n"));
    if (!status) return std::unexpected(status.error().within("line " + std::to_string(line)));
  }
  auto transcript = parser.finish();
  if (!transcript) return std::unexpected(transcript.error().within("end of transcript"));
  return transcript;
}

std::string to_text(const TranscriptEntry& entry) {
  std::string text;
  std::visit(Printer{text}, entry.event);
  return text;
}

std::string to_text(const Transcript& transcript) {
  std::string text;
  for (const auto& entry : transcript.entries) std::visit(Printer{text}, entry.event);
  return text;
}

}  // namespace cose::iso7816
