// SPDX-License-Identifier: Apache-2.0
// Octets to compare with, some of which may be left open: hexadecimal digits, `..` for any one octet, and at most one
// `*` for any number of octets, none included. "6F .. 84 * 9000"
//
// A value that owns its octets. Errors of parse(): kInvalid with the column.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::iso7816 {

class OctetPattern {
 public:
  OctetPattern() = default;
  explicit OctetPattern(Bytes octets) : octets_(std::move(octets)), is_open_(octets_.size(), false) {}
  [[nodiscard]] static Result<OctetPattern> parse(std::string_view text);

  [[nodiscard]] bool matches(ByteView octets) const;

  // True when exactly one run of octets matches: octets().
  [[nodiscard]] bool is_exact() const;
  // An open octet is 00 here and a gap is nothing.
  [[nodiscard]] ByteView octets() const { return octets_; }

  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const OctetPattern&, const OctetPattern&) = default;

 private:
  [[nodiscard]] Status take_token(std::string_view text, std::size_t& at);
  [[nodiscard]] bool matches_run(ByteView octets, std::size_t from) const;

  Bytes octets_;
  std::vector<bool> is_open_;       // as long as octets_
  std::optional<std::size_t> gap_;  // the index in octets_ before which `*` stands
};

}  // namespace cose::iso7816
