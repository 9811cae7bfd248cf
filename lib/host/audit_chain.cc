// SPDX-License-Identifier: Apache-2.0
#include "host/audit_chain.h"

#include <algorithm>
#include <charconv>
#include <ctime>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"

namespace cose::host {

namespace {

constexpr std::string_view kNumber = R"({"n":)";
constexpr std::string_view kPrevious = R"("previous":")";
constexpr std::string_view kChain = R"(,"chain":")";
constexpr std::string_view kEnd = R"("})";
// Of what is written of a text: six of them, all escaped, fit into a line.
constexpr std::size_t kMaximumField = 256;
constexpr std::size_t kLinkDigits = 2 * std::tuple_size_v<ChainLink>;

std::unexpected<Error> broken(std::string_view why) {
  return fail(ErrorKind::kInvalid, std::string(why));
}

bool parse_number(std::string_view digits, std::uint64_t& number) {
  const auto* end = digits.data() + digits.size();
  const auto [stop, error] = std::from_chars(digits.data(), end, number);
  return !digits.empty() && digits.front() != '0' && stop == end && error == std::errc();
}

bool parse_link(std::string_view digits, ChainLink& link) {
  const auto octets = digits.size() == kLinkDigits ? from_hex(digits) : Result<Bytes>(Bytes());
  if (!octets || octets->size() != link.size() || to_hex(*octets) != digits) return false;
  std::ranges::copy(*octets, link.begin());
  return true;
}

// What is not plain ASCII is written as the octet that it is.
void append_text(std::string& to, std::string_view name, std::string_view text) {
  if (text.empty()) return;
  to.append(",\"").append(name).append("\":\"");
  for (const char character : text.substr(0, kMaximumField)) {
    const auto octet = static_cast<unsigned char>(character);
    if (octet < 0x20 || octet > 0x7E)
      to += fmt::format("\\u{:04x}", octet);
    else if (character == '"' || character == '\\')
      to.append("\\").append(1, character);
    else
      to += character;
  }
  to += '"';
}

std::string time_field(Nanoseconds wall) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(wall);
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(wall - seconds);
  const auto when = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  gmtime_r(&when, &parts);
  return fmt::format(R"("time":"{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z")", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds.count());
}

}  // namespace

std::string AuditAnchor::text() const {
  return fmt::format("{}:{}", number, to_hex(link));
}

Result<AuditAnchor> AuditAnchor::parse(std::string_view text) {
  AuditAnchor anchor;
  const auto colon = std::min(text.find(':'), text.size());
  if (!parse_number(text.substr(0, colon), anchor.number) ||
      !parse_link(text.substr(std::min(colon + 1, text.size())), anchor.link))
    return fail(ErrorKind::kInvalid, "an anchor is NUMBER:CHAIN, as `cose audit verify` prints it");
  return anchor;
}

Result<ChainLink> AuditChain::link(const ChainLink& before, std::string_view text) const {
  Bytes message(before.begin(), before.end());
  append(message, as_bytes(text));
  COSE_TRY(const auto made, key_.empty() ? crypto::digest(crypto::DigestKind::kSha256, message)
                                         : crypto::hmac(crypto::DigestKind::kSha256, key_.view(), message));
  ChainLink link{};
  std::ranges::copy(made, link.begin());
  return link;
}

Result<std::string> AuditChain::finish(std::string text) const {
  COSE_TRY(const auto made, link(last_.link, text));
  return text.append(kChain).append(to_hex(made)).append(kEnd).append("\n");
}

Result<std::string> AuditChain::seal(std::string_view fields) const {
  return finish(fmt::format("{}{},{}", kNumber, last_.number + 1, fields));
}

Result<std::string> AuditChain::seal_first(std::string_view fields) const {
  return finish(fmt::format("{}{},{}{}\",{}", kNumber, last_.number + 1, kPrevious, to_hex(last_.link), fields));
}

Status AuditChain::take(std::string_view line) {
  const auto tail = kChain.size() + kLinkDigits + kEnd.size();
  if (line.size() > kMaximumAuditLine || line.size() < tail || !line.starts_with(kNumber))
    return broken("no line of an audit log");
  const auto text = line.substr(0, line.size() - tail);
  const auto comma = std::min(text.find(','), text.size());
  AuditAnchor found;
  if (!line.substr(text.size()).starts_with(kChain) || !line.ends_with(kEnd) ||
      !parse_link(line.substr(text.size() + kChain.size(), kLinkDigits), found.link) ||
      !parse_number(text.substr(kNumber.size(), comma - kNumber.size()), found.number))
    return broken("no line of an audit log");
  auto before = last_.link;
  const auto rest = text.substr(std::min(comma + 1, text.size()));
  if (rest.starts_with(kPrevious)) {
    if (!parse_link(rest.substr(kPrevious.size()).substr(0, kLinkDigits), before))
      return broken("no line of an audit log");
    if (begun_ && before != last_.link) return broken("does not go on from the file before");
  } else if (!begun_ && found.number != 1) {
    return broken("does not open a file of the log: what was before it is missing");
  }
  if (begun_ && found.number != last_.number + 1)
    return broken(fmt::format("expected number {}, found {}", last_.number + 1, found.number));
  COSE_TRY(const auto made, link(before, text));
  if (!constant_time_equal(made, found.link)) return broken("was changed, or the key is another one");
  last_ = found;
  begun_ = true;
  return {};
}

std::string audit_fields(const grid::AuditEvent& event, Nanoseconds wall) {
  auto text = time_field(wall);
  append_text(text, "event", to_string(event.action));
  append_text(text, "front", event.front);
  text += fmt::format(",\"session\":{}", event.session);
  append_text(text, "peer", event.peer);
  append_text(text, "user", event.user);
  append_text(text, "identity", event.identity);
  append_text(text, "seid", event.seid);
  if (event.header) append_text(text, "header", to_hex(*event.header));
  if (event.status) append_text(text, "status", fmt::format("{:04X}", *event.status));
  append_text(text, "detail", event.detail);
  return text;
}

std::string audit_fields(std::string_view event, std::string_view detail, Nanoseconds wall) {
  auto text = time_field(wall);
  append_text(text, "event", event);
  append_text(text, "detail", detail);
  return text;
}

}  // namespace cose::host
