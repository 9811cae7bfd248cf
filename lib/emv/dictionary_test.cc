// SPDX-License-Identifier: Apache-2.0
#include "emv/dictionary.h"

#include <set>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "emv/codes.h"

namespace cose::emv {
namespace {

using namespace literals;
using tlv::Tag;

std::string text_of(Tag tag, std::string_view value, Meaning meaning = Meaning::kAny,
                    Accounts accounts = Accounts::kMasked) {
  const auto* entry = find_tag(tag, meaning);
  if (entry == nullptr) return "unknown tag";
  const auto explanation = explain(*entry, *from_loose_hex(value), accounts);
  auto text = explanation.summary;
  for (const auto& part : explanation.parts)
    text += (text.empty() ? "" : "; ") + std::to_string(part.start) + "+" + std::to_string(part.size) + " " + part.text;
  return text;
}

TEST(Dictionary, NamesEachMeaningOnce) {
  std::set<std::pair<Tag, Meaning>> seen;
  for (const auto& entry : tag_entries()) {
    EXPECT_TRUE(seen.emplace(entry.tag, entry.meaning).second) << entry.tag.to_string();
    EXPECT_EQ(entry.format == Format::kTemplate, entry.tag.is_constructed()) << entry.tag.to_string();
  }
  EXPECT_GE(seen.size(), 400U);
}

TEST(Dictionary, DistinguishesSchemes) {
  EXPECT_EQ(find_tag(Tag(0x9F6E), Meaning::kVisa)->name, "Form Factor Indicator");
  EXPECT_EQ(find_tag(Tag(0x9F6E), Meaning::kMastercard)->name, "Third Party Data");
  EXPECT_EQ(find_tag(Tag(0x9F02), Meaning::kVisa)->name, "Amount, Authorised (Numeric)");
  EXPECT_EQ(find_tag(Tag(0x9F10))->decoder, Decoder::kNone);
  EXPECT_NE(find_tag(Tag(0x9F6C)), nullptr);
  EXPECT_EQ(find_tag(Tag(0xDF7F)), nullptr);
  EXPECT_EQ(meaning_of_aid("A0000000031010"_hex), Meaning::kVisa);
  EXPECT_EQ(meaning_of_aid("A0000000043060"_hex), Meaning::kMastercard);
  EXPECT_EQ(meaning_of_aid("F0436F5345"_hex), Meaning::kAny);
}

TEST(Dictionary, ReadsBits) {
  EXPECT_EQ(text_of(Tag(0x82), "1981"),
            "0+1 cardholder verification supported; 0+1 terminal risk management is to be performed; 0+1 CDA "
            "supported; 1+1 EMV mode supported; 1+1 relay resistance protocol supported");
  EXPECT_EQ(text_of(Tag(0x95), "8000008000"),
            "0+1 offline data authentication was not performed; 3+1 transaction exceeds floor limit");
  EXPECT_EQ(text_of(Tag(0x9F27), "80"), "0+1 ARQC: online authorisation requested");
  EXPECT_EQ(text_of(Tag(0x87), "81"), "priority 1; 0+1 needs the cardholder's confirmation");
  EXPECT_EQ(text_of(Tag(0x82), ""), "");
}

TEST(Dictionary, ReadsStructures) {
  EXPECT_EQ(text_of(Tag(0x94), "08010100 10010301"),
            "0+4 file 1, records 1 to 1; 4+4 file 2, records 1 to 3, 1 of them authenticated");
  EXPECT_EQ(text_of(Tag(0x9F38), "9F66049F0206"),
            "0+3 9F66 Terminal Transaction Qualifiers, 4 octets; 3+3 9F02 Amount, Authorised (Numeric), 6 octets");
  EXPECT_EQ(text_of(Tag(0x8C), "9F"), "is cut off");
  EXPECT_EQ(text_of(Tag(0x8E), "0000000000000000 4203 1F00"),
            "0+8 amounts X 0 and Y 0; 8+2 enciphered PIN verified online, if the terminal supports it; else the next "
            "rule; 10+2 no CVM required, always");
  EXPECT_EQ(text_of(Tag(0x9F34), "1F0002"), "no CVM required, always: successful");
  EXPECT_EQ(text_of(Tag(0x9F10), "06011203A0B800", Meaning::kVisa).substr(0, 35),
            "cryptogram version 18, key index 1;");
}

TEST(Dictionary, MasksAccounts) {
  EXPECT_EQ(text_of(Tag(0x5A), "4761739001010119"), "476173******0119");
  EXPECT_EQ(text_of(Tag(0x5A), "4761739001010119", Meaning::kAny, Accounts::kWhole), "4761739001010119");
  EXPECT_EQ(text_of(Tag(0x57), "4761739001010119D22122011143"), "476173******0119, expires 12/2022, service code 201");
  EXPECT_EQ(masked_account("1234567890"), "**********");
}

TEST(Dictionary, ReadsCodesOfCountriesAndCurrencies) {
  EXPECT_EQ(text_of(Tag(0x9F1A), "0276"), "Germany");
  EXPECT_EQ(text_of(Tag(0x5F2A), "0978"), "EUR, Euro");
  EXPECT_EQ(text_of(Tag(0x5F2A), "0000"), "");
  EXPECT_EQ(text_of(Tag(0x5F2A), "FFFF"), "");
  EXPECT_EQ(text_of(Tag(0x9A), "261125"), "2026-11-25");
  EXPECT_EQ(text_of(Tag(0x9F02), "000000001234"), "1234 in the currency's smallest unit");
  EXPECT_EQ(text_of(Tag(0x9F35), "22"), "merchant, attended, offline with online capability");
  EXPECT_EQ(text_of(Tag(0x8A), "3030"), "approved");
  EXPECT_EQ(text_of(Tag(0x50), "56495341"), "VISA");
}

// Whatever a card says in whatever object, there is an explanation and no more.
TEST(Dictionary, SurvivesEveryLengthOfEveryObject) {
  for (const auto& entry : tag_entries())
    for (std::size_t size = 0; size < 40; ++size)
      for (const auto fill : "001F9FFF"_hex) {
        const auto explanation = explain(entry, Bytes(size, fill));
        for (const auto& part : explanation.parts) EXPECT_LE(part.start + part.size, size) << entry.tag.to_string();
      }
}

}  // namespace
}  // namespace cose::emv
