// SPDX-License-Identifier: Apache-2.0
#include "kiosk/clf.h"

#include <fmt/core.h>

#include "bytes/hex.h"

namespace cose::kiosk {

namespace {

using iso7816::OctetPattern;
using iso7816::Transcript;

constexpr std::size_t kStatusDigits = 4;

Result<iso7816::PowerUp> parse_reset(std::string_view rest) {
  COSE_TRY(auto atr, from_hex(rest));
  return iso7816::PowerUp{iso7816::ResetKind::kCold, OctetPattern(std::move(atr))};
}

Result<iso7816::Exchange> parse_exchange(std::string_view rest) {
  const auto first = rest.find(':');
  const auto second = first == std::string_view::npos ? first : rest.find(':', first + 1);
  if (second == std::string_view::npos) return fail(ErrorKind::kInvalid, "expected C:command:status:response");
  const auto status_digits = rest.substr(first + 1, second - first - 1);
  if (status_digits.size() != kStatusDigits) return fail(ErrorKind::kInvalid, "expected a status word of 4 digits");
  COSE_TRY(auto command, from_hex(rest.substr(0, first)));
  COSE_TRY(const auto status, from_hex(status_digits));
  COSE_TRY(auto answer, from_hex(rest.substr(second + 1)));
  append(answer, status);
  return iso7816::Exchange{std::move(command), OctetPattern(std::move(answer))};
}

Status parse_line(std::string_view line, Transcript& transcript, std::size_t number) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.empty() || line.starts_with('#')) return {};
  if (transcript.entries.size() == iso7816::kMaximumTranscriptEntries)
    return fail(ErrorKind::kLimit, "a recording has at most 262144 events");
  if (line.starts_with("R:")) {
    COSE_TRY(auto reset, parse_reset(line.substr(2)));
    transcript.entries.push_back({std::move(reset), number});
    return {};
  }
  if (!line.starts_with("C:")) return fail(ErrorKind::kInvalid, "expected a line that begins with R: or C:");
  COSE_TRY(auto exchange, parse_exchange(line.substr(2)));
  transcript.entries.push_back({std::move(exchange), number});
  return {};
}

}  // namespace

Result<Transcript> parse_clf(std::string_view text) {
  if (text.size() > iso7816::kMaximumTranscriptSize) return fail(ErrorKind::kLimit, "a recording has at most 16 MiB");
  Transcript transcript;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    if (auto parsed = parse_line(text.substr(0, end), transcript, number); !parsed)
      return std::unexpected(parsed.error().within(fmt::format("line {}", number)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return transcript;
}

std::string to_clf(const Transcript& transcript) {
  std::string out;
  for (const auto& entry : transcript.entries) {
    if (const auto* reset = std::get_if<iso7816::PowerUp>(&entry.event); reset != nullptr && reset->answer)
      out += "R:" + to_hex(reset->answer->octets()) + "\n";
    const auto* exchange = std::get_if<iso7816::Exchange>(&entry.event);
    if (exchange == nullptr || !exchange->answer || exchange->answer->octets().size() < 2) continue;
    const auto answer = exchange->answer->octets();
    const auto data = answer.first(answer.size() - 2);
    out += fmt::format("C:{}:{}:{}\n", to_hex(exchange->command), to_hex(answer.last(2)), to_hex(data));
  }
  return out;
}

}  // namespace cose::kiosk
