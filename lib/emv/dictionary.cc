// SPDX-License-Identifier: Apache-2.0
#include "emv/dictionary.h"

#include <algorithm>

namespace cose::emv {

namespace {

using enum Format;
using enum Meaning;
using enum Decoder;

#define COSE_EMV_TAG(tag, format, meaning, decoder, name) {tlv::Tag(tag), format, meaning, decoder, name},
constexpr TagEntry kTags[] = {
#include "emv/tags.def"
};
#undef COSE_EMV_TAG

struct Provider {
  std::string_view rid;
  Meaning meaning;
};
constexpr Provider kProviders[] = {{{"\xA0\x00\x00\x00\x03", 5}, kVisa},     {{"\xA0\x00\x00\x00\x04", 5}, kMastercard},
                                   {{"\xA0\x00\x00\x00\x25", 5}, kAmex},     {{"\xA0\x00\x00\x00\x65", 5}, kJcb},
                                   {{"\xA0\x00\x00\x01\x52", 5}, kDiscover}, {{"\xA0\x00\x00\x03\x33", 5}, kUnionPay}};

// Six digits of the issuer and four at the end may be shown (PCI DSS 4.0 §3.4.1).
constexpr std::size_t kShownInFront = 6;
constexpr std::size_t kShownBehind = 4;

}  // namespace

std::string_view to_string(Meaning meaning) {
  switch (meaning) {
    case kAny: return "EMV";
    case kVisa: return "Visa";
    case kMastercard: return "Mastercard";
    case kAmex: return "American Express";
    case kJcb: return "JCB";
    case kDiscover: return "Discover";
    case kUnionPay: return "UnionPay";
    case kKernel8: break;
  }
  return "C-8";
}

Meaning meaning_of_aid(ByteView aid) {
  const auto text = as_text(aid);
  for (const auto& provider : kProviders)
    if (text.starts_with(provider.rid)) return provider.meaning;
  return kAny;
}

std::span<const TagEntry> tag_entries() {
  return kTags;
}

const TagEntry* find_tag(tlv::Tag tag, Meaning meaning) {
  const TagEntry* found = nullptr;
  for (const auto& entry : kTags) {
    if (entry.tag != tag) continue;
    if (entry.meaning == meaning) return &entry;
    if (found == nullptr || (entry.meaning == kAny && found->meaning != kAny)) found = &entry;
  }
  return found;
}

tlv::DataFormat dol_format_of(tlv::Tag tag) {
  const auto* entry = find_tag(tag);
  if (entry == nullptr) return tlv::DataFormat::kOther;
  if (entry->format == kNumeric) return tlv::DataFormat::kNumeric;
  return entry->format == kCompressedNumeric ? tlv::DataFormat::kCompressedNumeric : tlv::DataFormat::kOther;
}

std::string masked_account(std::string_view digits) {
  std::string masked(digits);
  if (digits.size() <= kShownInFront + kShownBehind) return std::string(digits.size(), '*');
  std::fill(masked.begin() + kShownInFront, masked.end() - kShownBehind, '*');
  return masked;
}

}  // namespace cose::emv
