// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <charconv>

#include "bytes/hex.h"
#include "emv/codes.h"
#include "emv/detail/cvm.h"
#include "emv/detail/values.h"
#include "emv/dictionary.h"

namespace cose::emv {

namespace {

struct BitRow {
  Decoder decoder;
  std::uint8_t octet;
  std::uint8_t mask;
  std::uint8_t value;
  std::string_view text;
};

#define COSE_EMV_BITS(decoder, octet, mask, value, text) {Decoder::decoder, octet, mask, value, text},
constexpr BitRow kBits[] = {
#include "emv/bit_fields.def"
};
#undef COSE_EMV_BITS

using Explain = Explanation (*)(ByteView value, Accounts accounts);

struct Function {
  Decoder decoder;
  Explain explain;
};

Explanation summary(std::string text) {
  return {.summary = std::move(text), .parts = {}};
}

Explanation explain_aid(ByteView value, Accounts) {
  const auto meaning = meaning_of_aid(value);
  return summary(meaning == Meaning::kAny ? std::string() : std::string(to_string(meaning)));
}

std::string shown(std::string_view digits, Accounts accounts) {
  return accounts == Accounts::kWhole ? std::string(digits) : masked_account(digits);
}

Explanation explain_pan(ByteView value, Accounts accounts) {
  const auto digits = to_hex(value);
  return summary(shown(std::string_view(digits).substr(0, digits.find('F')), accounts));
}

// Account number, D, YYMM, service code, discretionary data.
Explanation explain_track2(ByteView value, Accounts accounts) {
  auto digits = to_hex(value);
  const auto separator = digits.find('D');
  if (separator == std::string::npos) return {};
  auto text = shown(std::string_view(digits).substr(0, separator), accounts);
  const auto rest = std::string_view(digits).substr(separator + 1);
  if (rest.size() >= 4) text += ", expires " + std::string(rest.substr(2, 2)) + "/20" + std::string(rest.substr(0, 2));
  if (rest.size() >= 7) text += ", service code " + std::string(rest.substr(4, 3));
  return summary(std::move(text));
}

Explanation explain_date(ByteView value, Accounts) {
  const auto digits = to_hex(value);
  if (digits.size() == 4) return summary(digits.substr(2) + "/20" + digits.substr(0, 2));
  if (digits.size() != 6) return {};
  // EMV 4.3 Book 4 §6.7.3: years from 50 are of the last century.
  return summary((digits[0] < '5' ? "20" : "19") + digits.substr(0, 2) + "-" + digits.substr(2, 2) + "-" +
                 digits.substr(4));
}

Explanation explain_time(ByteView value, Accounts) {
  const auto digits = to_hex(value);
  if (digits.size() != 6) return {};
  return summary(digits.substr(0, 2) + ":" + digits.substr(2, 2) + ":" + digits.substr(4));
}

Explanation explain_country(ByteView value, Accounts) {
  const auto number = detail::number_of(value);
  return summary(number ? std::string(country_name(*number)) : std::string());
}

Explanation explain_currency(ByteView value, Accounts) {
  const auto number = detail::number_of(value);
  if (!number || currency_letters(*number).empty()) return {};
  return summary(std::string(currency_letters(*number)) + ", " + std::string(currency_name(*number)));
}

Explanation explain_amount(ByteView value, Accounts) {
  auto digits = to_hex(value);
  digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size()));
  return summary((digits.empty() ? "0" : digits) + " in the currency's smallest unit");
}

Explanation explain_service_code(ByteView value, Accounts) {
  const auto digits = to_hex(value);
  if (digits.size() != 4) return {};
  const bool international = digits[1] == '1' || digits[1] == '2';
  const bool chip = digits[1] == '2' || digits[1] == '6';
  return summary(std::string(international ? "international" : "national") + (chip ? ", with chip" : "") +
                 (digits[2] == '2' ? ", authorisation by issuer" : ""));
}

Explanation explain_dol(ByteView value, Accounts) {
  Explanation explanation;
  Reader reader(value);
  while (!reader.at_end()) {
    const auto start = reader.position();
    const auto tag = tlv::Tag::read(reader);
    const auto length = tag ? reader.u8() : std::unexpected(tag.error());
    if (!length) return {.summary = "is cut off", .parts = std::move(explanation.parts)};
    const auto* entry = find_tag(*tag);
    explanation.parts.push_back({.start = start,
                                 .size = reader.position() - start,
                                 .text = tag->to_string() + " " + std::string(entry ? entry->name : "unknown") + ", " +
                                         std::to_string(*length) + " octets"});
  }
  return explanation;
}

// EMV 4.3 Book 3 §10.2: file, first record, last record, how many of them are authenticated.
Explanation explain_afl(ByteView value, Accounts) {
  Explanation explanation;
  for (std::size_t at = 0; at + 4 <= value.size(); at += 4) {
    auto text = "file " + std::to_string(value[at] >> 3) + ", records " + std::to_string(value[at + 1]) + " to " +
                std::to_string(value[at + 2]);
    if (value[at + 3] != 0) text += ", " + std::to_string(value[at + 3]) + " of them authenticated";
    explanation.parts.push_back({.start = at, .size = 4, .text = std::move(text)});
  }
  if (value.size() % 4 != 0) explanation.summary = "is cut off";
  return explanation;
}

Explanation explain_cvm_list(ByteView value, Accounts) {
  constexpr std::size_t kAmounts = 8;
  if (value.size() < kAmounts) return summary("is cut off");
  Explanation explanation;
  explanation.parts.push_back({.start = 0,
                               .size = kAmounts,
                               .text = "amounts X " + std::to_string(detail::binary_of(value.first(4))) + " and Y " +
                                       std::to_string(detail::binary_of(value.subspan(4, 4)))});
  for (std::size_t at = kAmounts; at + 2 <= value.size(); at += 2)
    explanation.parts.push_back({.start = at, .size = 2, .text = detail::cvm_rule(value[at], value[at + 1])});
  return explanation;
}

Explanation explain_cvm_results(ByteView value, Accounts) {
  if (value.size() != 3) return {};
  constexpr std::array<std::string_view, 3> kResults{"unknown", "failed", "successful"};
  return summary(detail::cvm_rule(value[0], value[1]) + ": " +
                 std::string(value[2] < kResults.size() ? kResults[value[2]] : "reserved result"));
}

Explanation explain_log_entry(ByteView value, Accounts) {
  if (value.size() != 2) return {};
  return summary("file " + std::to_string(value[0]) + ", " + std::to_string(value[1]) + " records");
}

Explanation explain_kernel(ByteView value, Accounts) {
  if (value.empty()) return {};
  return summary("kernel C-" + std::to_string(value[0] & 0x3F));
}

// EMV 4.3 Book 3 annex B1: the leftmost rows that fit, of each code one text.
struct CodeRow {
  Decoder decoder;
  std::uint8_t code;
  std::string_view text;
};
constexpr CodeRow kCodes[] = {
    {Decoder::kTerminalType, 0x21, "merchant, attended, online only"},
    {Decoder::kTerminalType, 0x22, "merchant, attended, offline with online capability"},
    {Decoder::kTerminalType, 0x23, "merchant, attended, offline only"},
    {Decoder::kTerminalType, 0x24, "merchant, unattended, online only"},
    {Decoder::kTerminalType, 0x25, "merchant, unattended, offline with online capability"},
    {Decoder::kTerminalType, 0x26, "merchant, unattended, offline only"},
    {Decoder::kTerminalType, 0x14, "financial institution, unattended, online only"},
    {Decoder::kTerminalType, 0x34, "cardholder, unattended, online only"},
    {Decoder::kTransactionType, 0x00, "purchase"},
    {Decoder::kTransactionType, 0x01, "cash"},
    {Decoder::kTransactionType, 0x09, "purchase with cashback"},
    {Decoder::kTransactionType, 0x20, "refund"},
    {Decoder::kTransactionType, 0x31, "balance inquiry"},
    {Decoder::kEntryMode, 0x02, "magnetic stripe"},
    {Decoder::kEntryMode, 0x05, "chip"},
    {Decoder::kEntryMode, 0x07, "contactless chip"},
    {Decoder::kEntryMode, 0x91, "contactless magnetic stripe"},
};

std::string code_text(Decoder decoder, ByteView value) {
  if (value.size() != 1) return {};
  for (const auto& row : kCodes)
    if (row.decoder == decoder && row.code == value[0]) return std::string(row.text);
  return {};
}

// EMV 4.3 Book 4 annex A6.
Explanation explain_response_code(ByteView value, Accounts) {
  struct Row {
    std::string_view code;
    std::string_view text;
  };
  constexpr Row kRows[] = {{"00", "approved"},
                           {"05", "declined"},
                           {"Y1", "offline approved"},
                           {"Z1", "offline declined"},
                           {"Y3", "unable to go online, offline approved"},
                           {"Z3", "unable to go online, offline declined"}};
  for (const auto& row : kRows)
    if (row.code == as_text(value)) return summary(std::string(row.text));
  return {};
}

void add_bits(Explanation& to, Decoder decoder, ByteView value, std::size_t start) {
  for (const auto& row : kBits)
    if (row.decoder == decoder && row.octet <= value.size() && (value[row.octet - 1U] & row.mask) == row.value)
      to.parts.push_back({.start = start + row.octet - 1, .size = 1, .text = std::string(row.text)});
}

// VIS: length, derivation key index, cryptogram version, card verification results, what is the issuer's own.
Explanation explain_visa_iad(ByteView value, Accounts) {
  if (value.size() < 7) return {};
  Explanation explanation;
  explanation.summary = "cryptogram version " + std::to_string(value[2]) + ", key index " + std::to_string(value[1]);
  add_bits(explanation, Decoder::kVisaCvr, value.subspan(3, 4), 3);
  return explanation;
}

Explanation explain_mastercard_iad(ByteView value, Accounts) {
  if (value.size() < 8) return {};
  Explanation explanation;
  explanation.summary = "cryptogram version " + std::to_string(value[1]) + ", key index " + std::to_string(value[0]);
  explanation.parts.push_back({.start = 2, .size = 6, .text = "card verification results"});
  add_bits(explanation, Decoder::kMastercardCvr, value.subspan(2, 6), 2);
  explanation.parts.push_back(
      {.start = 4,
       .size = 1,
       .text = "PIN tries left: " + std::to_string(value[4] & 0x0F) + ", scripts: " + std::to_string(value[4] >> 4)});
  if (value.size() >= 10) explanation.parts.push_back({.start = 8, .size = 2, .text = "data authentication code"});
  if (value.size() > 10) explanation.parts.push_back({.start = 10, .size = value.size() - 10, .text = "counters"});
  return explanation;
}

// EMV Contactless Book C-2 §A.1.171: country, identifier, device type, the issuer's own.
Explanation explain_third_party_data(ByteView value, Accounts) {
  if (value.size() < 5) return {};
  Explanation explanation;
  const auto country = detail::number_of(value.first(2));
  explanation.parts.push_back(
      {.start = 0, .size = 2, .text = "country " + std::string(country ? country_name(*country) : "")});
  explanation.parts.push_back({.start = 2, .size = 2, .text = "unique identifier"});
  if ((value[2] & 0x80) == 0 && value.size() >= 6)
    explanation.parts.push_back(
        {.start = 4, .size = 2, .text = "device type " + std::string(as_text(value.subspan(4, 2)))});
  return explanation;
}

constexpr Function kFunctions[] = {
    {Decoder::kAid, explain_aid},
    {Decoder::kPan, explain_pan},
    {Decoder::kTrack2, explain_track2},
    {Decoder::kDate, explain_date},
    {Decoder::kTime, explain_time},
    {Decoder::kCountry, explain_country},
    {Decoder::kCurrency, explain_currency},
    {Decoder::kAmount, explain_amount},
    {Decoder::kServiceCode, explain_service_code},
    {Decoder::kDol, explain_dol},
    {Decoder::kAfl, explain_afl},
    {Decoder::kCvmList, explain_cvm_list},
    {Decoder::kCvmResults, explain_cvm_results},
    {Decoder::kLogEntry, explain_log_entry},
    {Decoder::kKernel, explain_kernel},
    {Decoder::kResponseCode, explain_response_code},
    {Decoder::kVisaIad, explain_visa_iad},
    {Decoder::kMastercardIad, explain_mastercard_iad},
    {Decoder::kThirdPartyData, explain_third_party_data},
};

bool is_printable(ByteView value) {
  return std::ranges::all_of(value, [](std::uint8_t octet) { return octet >= 0x20 && octet < 0x7F; });
}

}  // namespace

Explanation explain(const TagEntry& entry, ByteView value, Accounts accounts) {
  for (const auto& function : kFunctions)
    if (function.decoder == entry.decoder) return function.explain(value, accounts);
  Explanation explanation;
  explanation.summary = code_text(entry.decoder, value);
  if (entry.decoder == Decoder::kPriority && value.size() == 1)
    explanation.summary = "priority " + std::to_string(value[0] & 0x0F);
  add_bits(explanation, entry.decoder, value, 0);
  if (entry.format == Format::kText && is_printable(value) && explanation.summary.empty())
    explanation.summary = as_text(value);
  return explanation;
}

}  // namespace cose::emv
