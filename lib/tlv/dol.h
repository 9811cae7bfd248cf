// SPDX-License-Identifier: Apache-2.0
// Data Object List: tags and lengths by which a card says what data it wants and how long (EMV 4.4 Book 3 §5.4).
// PDOL, CDOL1, CDOL2, TDOL and DDOL are all of this form.
//
// A Dol owns its entries. fill() builds what the list asks for, from values that a lookup gives; it cannot fail: a
// value that the lookup does not know is zeros, and one of another length is cut or padded by its format.
// Errors of parse(): kInvalid (cut off, no tag), kLimit (more than kMaximumDolEntries).
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "tlv/tag.h"

namespace cose::tlv {

// A data object holds at most 252 octets in EMV, that is 126 entries.
inline constexpr std::size_t kMaximumDolEntries = 128;

// The side on which a value is cut or padded, and with what: EMV 4.4 Book 3 §4.3 and §5.4.
enum class DataFormat {
  kNumeric,            // n: digits, right-justified
  kCompressedNumeric,  // cn: digits, left-justified, padded with F
  kOther,              // a, an, ans, b, var.
};

struct DolEntry {
  Tag tag;
  std::uint8_t length;

  friend bool operator==(const DolEntry&, const DolEntry&) = default;
};

struct DolValue {
  ByteView value;
  DataFormat format = DataFormat::kOther;
};

using DolLookup = std::function<std::optional<DolValue>(Tag)>;

class Dol {
 public:
  Dol() = default;
  explicit Dol(std::vector<DolEntry> entries) : entries_(std::move(entries)) {}
  [[nodiscard]] static Result<Dol> parse(ByteView octets);

  [[nodiscard]] const std::vector<DolEntry>& entries() const { return entries_; }
  // The number of octets that the list asks for.
  [[nodiscard]] std::size_t data_length() const;
  [[nodiscard]] Bytes fill(const DolLookup& lookup) const;

  [[nodiscard]] Bytes encode() const;
  // "9F02[6] 5F2A[2]"
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const Dol&, const Dol&) = default;

 private:
  std::vector<DolEntry> entries_;
};

// Exactly `length` octets of this value. Shared by all that fill lists of fixed lengths.
[[nodiscard]] Bytes fit(const DolValue& value, std::size_t length);

}  // namespace cose::tlv
