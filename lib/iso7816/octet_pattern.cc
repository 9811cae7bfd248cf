// SPDX-License-Identifier: Apache-2.0
#include "iso7816/octet_pattern.h"

#include <algorithm>

#include "bytes/hex.h"

namespace cose::iso7816 {

namespace {

constexpr std::string_view kOpenOctet = "..";

bool is_blank(char character) {
  return character == ' ' || character == '\t' || character == ':';
}

}  // namespace

Status OctetPattern::take_token(std::string_view text, std::size_t& at) {
  if (text[at] == '*') {
    if (gap_) return fail(ErrorKind::kInvalid, "a second * at column " + std::to_string(at + 1));
    gap_ = octets_.size();
    ++at;
    return {};
  }
  const auto token = text.substr(at, 2);
  const bool is_open = token == kOpenOctet;
  if (!is_open && (token.size() < 2 || hex_digit(token[0]) < 0 || hex_digit(token[1]) < 0))
    return fail(ErrorKind::kInvalid, "expected two hexadecimal digits, .. or * at column " + std::to_string(at + 1));
  octets_.push_back(is_open ? 0 : static_cast<std::uint8_t>(hex_digit(token[0]) << 4 | hex_digit(token[1])));
  is_open_.push_back(is_open);
  at += 2;
  return {};
}

Result<OctetPattern> OctetPattern::parse(std::string_view text) {
  OctetPattern pattern;
  pattern.octets_.reserve(text.size() / 2);
  for (std::size_t at = 0; at < text.size();) {
    if (is_blank(text[at]))
      ++at;
    else
      COSE_CHECK(pattern.take_token(text, at));
  }
  return pattern;
}

bool OctetPattern::is_exact() const {
  return !gap_ && std::ranges::find(is_open_, true) == is_open_.end();
}

// Whether `octets` are those of the pattern that begin at index `from`.
bool OctetPattern::matches_run(ByteView octets, std::size_t from) const {
  for (std::size_t at = 0; at < octets.size(); ++at)
    if (!is_open_[from + at] && octets_[from + at] != octets[at]) return false;
  return true;
}

bool OctetPattern::matches(ByteView octets) const {
  if (!gap_) return octets.size() == octets_.size() && matches_run(octets, 0);
  if (octets.size() < octets_.size()) return false;
  return matches_run(octets.first(*gap_), 0) && matches_run(octets.last(octets_.size() - *gap_), *gap_);
}

std::string OctetPattern::to_string() const {
  std::string text;
  for (std::size_t at = 0; at < octets_.size(); ++at) {
    if (gap_ == at) text += '*';
    if (is_open_[at])
      text += kOpenOctet;
    else
      append_hex(text, ByteView(octets_).subspan(at, 1));
  }
  if (gap_ == octets_.size()) text += '*';
  return text;
}

}  // namespace cose::iso7816
