// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_client.h"

#include <algorithm>
#include <array>

#include "bytes/hex.h"
#include "grid/limits.h"
#include "grid/seid_table.h"

namespace cose::remote {

namespace {

constexpr std::string_view kAppend = " APPEND";

std::unexpected<Error> out_of_step(const std::string& line) {
  return fail(ErrorKind::kInvalid, "the grid answers out of step: \"" + line.substr(0, 40) + "\"");
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, [](char character) { return character >= ' ' && character <= '~'; });
}

// What a session of ours puts before the words that count (grid/detail/racs_text.h): a grid that passes a refusal on
// puts it there again, so a chain of grids answers as one does.
std::string_view without_preface(std::string_view text) {
  for (const std::string_view preface : {"Error line ", "Request Error line "}) {
    if (!text.starts_with(preface)) continue;
    const auto blank = text.find(' ', preface.size());
    if (blank != std::string_view::npos) return text.substr(blank + 1);
  }
  for (const std::string_view preface : {"Unauthorized command ", "Syntax error at line "}) {
    const auto colon = text.find(": ");
    if (text.starts_with(preface) && colon != std::string_view::npos) return text.substr(colon + 2);
  }
  return text;
}

}  // namespace

Error refusal_of(const grid::RacsStatus& status) {
  const auto words = without_preface(status.text);
  return {grid::error_kind_for(status.event), words.empty() ? "refused" : std::string(words)};
}

Error refusal_of(const RacsAnswer& answer) {
  return refusal_of(grid::RacsStatus{answer.success, answer.event, answer.command, answer.line, answer.text});
}

const RacsAnswer* RacsResponse::failure() const {
  const auto found = std::ranges::find(answers, false, &RacsAnswer::success);
  return found == answers.end() ? nullptr : &*found;
}

RacsBatch& RacsBatch::line(std::string_view text) {
  lines_.append(text).append("\r\n");
  ++size_;
  longest_ = std::max(longest_, text.size());
  return *this;
}

RacsBatch& RacsBatch::add(std::string_view command, std::string_view parameter) {
  return line(std::string(command).append(parameter).append(kAppend));
}

RacsBatch& RacsBatch::reset(std::string_view seid, iso7816::ResetKind kind) {
  return add("RESET ", std::string(seid).append(kind == iso7816::ResetKind::kWarm ? " WARM" : ""));
}

RacsBatch& RacsBatch::apdu(std::string_view seid, ByteView command, const RacsApduOptions& options) {
  const auto octets = [](std::uint32_t number, int count) {
    Bytes big_endian;
    for (int shift = 8 * (count - 1); shift >= 0; shift -= 8)
      big_endian.push_back(static_cast<std::uint8_t>(number >> shift));
    return to_hex(big_endian);
  };
  std::string text(seid);
  text += ' ';
  append_hex(text, command);
  if (options.continue_on) text += " CONTINUE=" + octets(*options.continue_on, 2);
  if (options.more_on) text += " MORE=" + octets(*options.more_on, 1);
  if (options.fetch) text += " FETCH=" + octets(*options.fetch, 4);
  if (options.id) text += " ID=" + std::to_string(*options.id);
  return add("APDU ", text);
}

std::string RacsBatch::text() const {
  std::string whole = "BEGIN";
  if (!label_.empty()) whole.append(" ").append(label_);
  return whole.append("\r\n").append(lines_).append("END\r");
}

Status RacsClient::connect(Nanoseconds patience) {
  if (channel_) return {};
  COSE_TRY(channel_, connector_->connect(patience));
  return {};
}

Result<RacsResponse> RacsClient::run(const RacsBatch& batch, Nanoseconds patience) {
  if (batch.size() > kMaximumBatch) return fail(ErrorKind::kLimit, "a request of RACS has 999 lines at most");
  if (batch.longest_line() > grid::kMaximumLine) return fail(ErrorKind::kLimit, "a line of RACS is too long");
  auto text = batch.text();
  std::erase_if(text, [](char character) { return character == '\r' || character == '\n'; });
  if (!is_printable(text)) return fail(ErrorKind::kInvalid, "a request of RACS is printable ASCII");
  COSE_CHECK(connect());
  auto response = converse(batch, patience);
  if (response) return response;
  channel_.reset();
  return std::unexpected(response.error().within(connector_->address()));
}

Result<RacsResponse> RacsClient::converse(const RacsBatch& batch, Nanoseconds patience) {
  RacsResponse response;
  std::string line;
  COSE_CHECK(channel_->exchange(batch.text(), line, patience));
  if (!line.starts_with("BEGIN")) return out_of_step(line);
  response.label = line.substr(std::min<std::size_t>(6, line.size()));
  if (response.label != batch.label()) return out_of_step(line);
  for (;;) {
    COSE_CHECK(channel_->next(line, patience));
    if (line == "END") break;
    if (response.answers.size() > kMaximumBatch) return fail(ErrorKind::kLimit, "more statuses than commands");
    COSE_TRY(const auto status, grid::parse_racs_status(line));
    response.answers.push_back(
        {status.success, status.event, status.command, status.line, std::string(status.text), line});
  }
  if (response.answers.empty()) return out_of_step(line);
  return response;
}

Result<std::vector<Bytes>> RacsClient::exchange(std::string_view seid, std::span<const Bytes> commands) {
  std::vector<Bytes> answers;
  if (commands.empty()) return answers;
  RacsBatch batch;
  for (const auto& command : commands) batch.apdu(seid, command);
  COSE_TRY(const auto response, run(batch));
  if (const auto* failure = response.failure())
    return std::unexpected(refusal_of(*failure).within("command " + std::to_string(failure->line)));
  if (response.answers.size() != commands.size()) return fail(ErrorKind::kInvalid, "the grid left out answers");
  for (const auto& answer : response.answers) {
    COSE_TRY(auto octets, from_hex(answer.text));
    if (octets.size() < 2) return fail(ErrorKind::kUnresponsive, "the grid's answer has no status word");
    answers.push_back(std::move(octets));
  }
  return answers;
}

Result<std::vector<std::string>> RacsClient::list() {
  COSE_TRY(const auto response, run(RacsBatch().list()));
  const auto& answer = response.answers.front();
  if (!answer.success) return std::unexpected(refusal_of(answer));
  return grid::expand_seid_list(answer.text);
}

}  // namespace cose::remote
