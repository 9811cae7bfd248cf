// SPDX-License-Identifier: Apache-2.0
#include "remote/racs_script.h"

#include <algorithm>
#include <string>

namespace cose::remote {

namespace {

std::string_view trimmed(std::string_view line) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const auto first = line.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return line.substr(first, line.find_last_not_of(kBlanks) - first + 1);
}

bool is_comment(std::string_view line) {
  return line.starts_with("//") || line.starts_with('#');
}

}  // namespace

Status RacsScriptReader::begin(std::string_view label) {
  if (open_) return fail(ErrorKind::kInvalid, "line " + std::to_string(lines_) + ": BEGIN inside of a request");
  if (label.size() > grid::kMaximumRacsLabel || label.find_first_of(" \t") != std::string_view::npos)
    return fail(ErrorKind::kInvalid,
                "line " + std::to_string(lines_) + ": a label is one word of 64 characters at most");
  open_.emplace(label);
  return {};
}

Result<std::optional<RacsBatch>> RacsScriptReader::take(std::string_view raw) {
  ++lines_;
  const auto line = trimmed(raw);
  if (line.empty() || is_comment(line)) return std::nullopt;
  const auto word = line.substr(0, line.find_first_of(" \t"));
  if (word == "BEGIN") {
    COSE_CHECK(begin(trimmed(line.substr(word.size()))));
    return std::nullopt;
  }
  if (line == "END") {
    if (!open_) return fail(ErrorKind::kInvalid, "line " + std::to_string(lines_) + ": END without BEGIN");
    return std::exchange(open_, std::nullopt);
  }
  if (!open_) return RacsBatch().line(line);
  if (open_->size() == kMaximumBatch)
    return fail(ErrorKind::kLimit, "line " + std::to_string(lines_) + ": a request has 999 lines at most");
  open_->line(line);
  return std::nullopt;
}

Result<std::vector<RacsBatch>> parse_racs_script(std::string_view text) {
  if (text.size() > kMaximumRacsScript) return fail(ErrorKind::kLimit, "a script has 16 MiB at most");
  RacsScriptReader reader;
  std::vector<RacsBatch> batches;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    COSE_TRY(auto batch, reader.take(text.substr(0, end)));
    if (batch) batches.push_back(*std::move(batch));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (reader.inside_request()) return fail(ErrorKind::kInvalid, "the last request lacks its END");
  return batches;
}

}  // namespace cose::remote
