// SPDX-License-Identifier: Apache-2.0
// What the data objects of EMV are called and how their values read, by tag and by scheme.
//
// Constant data and functions without state; nothing fails: a value that is not as it should be is explained as far as
// it goes, and a tag that nobody knows has no entry. Ranges of octets let a viewer show where each part stands.
// Source: EMV 4.4 Book 3 annexes A and C; EMV Contactless Books C-2, C-3 and C-8 (annex A); VIS; M/Chip.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "tlv/dol.h"
#include "tlv/tag.h"

namespace cose::emv {

// Whose meaning of a tag.
enum class Meaning { kAny, kVisa, kMastercard, kAmex, kJcb, kDiscover, kUnionPay, kKernel8 };
[[nodiscard]] std::string_view to_string(Meaning meaning);  // "EMV", "Visa"
// By the registered application provider that an AID begins with; kAny: none of these.
[[nodiscard]] Meaning meaning_of_aid(ByteView aid);

enum class Format { kNumeric, kCompressedNumeric, kText, kBinary, kTemplate, kList };

enum class Decoder {
  kNone,
  kAid,
  kPan,
  kTrack2,
  kDate,
  kTime,
  kCountry,
  kCurrency,
  kAmount,
  kServiceCode,
  kDol,
  kAfl,
  kCvmList,
  kCvmResults,
  kLogEntry,
  kKernel,
  kTerminalType,
  kTransactionType,
  kEntryMode,
  kResponseCode,
  kVisaIad,
  kMastercardIad,
  kThirdPartyData,
  kAip,
  kTvr,
  kTsi,
  kAuc,
  kCid,
  kPriority,
  kTerminalCapabilities,
  kAdditionalCapabilities,
  kTtq,
  kCtq,
  kFfi,
  kRiskManagementData,
  kVisaCvr,
  kMastercardCvr,
  kAmexReaderCapabilities,
  kCvmCapability,
};

struct TagEntry {
  tlv::Tag tag;
  Format format;
  Meaning meaning;
  Decoder decoder;
  std::string_view name;
};

[[nodiscard]] std::span<const TagEntry> tag_entries();
// The meaning asked for, else EMV's own, else the first there is. Null: nobody's tag.
[[nodiscard]] const TagEntry* find_tag(tlv::Tag tag, Meaning meaning = Meaning::kAny);
[[nodiscard]] tlv::DataFormat dol_format_of(tlv::Tag tag);

struct Part {
  std::size_t start = 0;  // of the value's octets
  std::size_t size = 0;
  std::string text;
};

struct Explanation {
  std::string summary;      // one line; empty: the octets say it
  std::vector<Part> parts;  // bit by bit, entry by entry
};

// Whole account numbers are for those who ask for them; else 476173******0119.
enum class Accounts { kMasked, kWhole };

[[nodiscard]] Explanation explain(const TagEntry& entry, ByteView value, Accounts accounts = Accounts::kMasked);

// "476173******0119": the first six and last four digits, or less of a short number.
[[nodiscard]] std::string masked_account(std::string_view digits);

}  // namespace cose::emv
