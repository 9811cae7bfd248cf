// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/ber.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::jcapi::detail {
namespace {

Bytes hex(std::string_view text) {
  return from_loose_hex(text).value();
}
Fault reason(TlvReason reason) {
  return {reason};
}

TEST(BerTag, MeasuresTags) {
  EXPECT_EQ(tag_size(hex("5A")), 1U);
  EXPECT_EQ(tag_size(hex("9F02")), 2U);
  EXPECT_EQ(tag_size(hex("BF81FF7F")), 4U);
  EXPECT_EQ(tag_size({}).error(), kTooShort);
  EXPECT_EQ(tag_size(hex("9F")).error(), kTooShort);
  EXPECT_EQ(tag_size(hex("9F81")).error(), kTooShort);
  EXPECT_EQ(tag_size(hex("9F8001")).error(), reason(TlvReason::kMalformedTag));
  EXPECT_EQ(tag_size(hex("9F81818101")).error(), reason(TlvReason::kIllegalSize));
  Bytes endless(200, 0x81);
  endless[0] = 0x9F;
  EXPECT_EQ(tag_size(endless).error(), reason(TlvReason::kTagSizeAbove127));
}

TEST(BerTag, NumbersTags) {
  EXPECT_EQ(tag_number(hex("5A")), 0x1A);
  EXPECT_EQ(tag_number(hex("9F02")), 2);
  EXPECT_EQ(tag_number(hex("BF8100")), 128);
  EXPECT_EQ(tag_number(hex("BF81FF7F")), 32767);
  EXPECT_EQ(tag_number(hex("BF828000")).error(), reason(TlvReason::kTagNumberAbove32767));
}

TEST(BerTag, MakesTags) {
  EXPECT_EQ(make_tag(0, false, 30), hex("1E"));
  EXPECT_EQ(make_tag(3, true, 31), hex("FF1F"));
  EXPECT_EQ(make_tag(1, false, 128), hex("5F8100"));
  EXPECT_EQ(make_tag(2, true, 32767), hex("BF81FF7F"));
  EXPECT_EQ(make_tag(4, true, 1).error(), reason(TlvReason::kInvalidParameter));
  EXPECT_EQ(make_tag(-1, true, 1).error(), reason(TlvReason::kInvalidParameter));
  EXPECT_EQ(make_tag(0, true, -1).error(), reason(TlvReason::kInvalidParameter));
}

TEST(BerTlv, ReadsEachFormOfLength) {
  EXPECT_EQ(checked_tlv(hex("5A021234"))->size(), 4U);
  EXPECT_EQ(checked_tlv(hex("5A81021234"))->value_offset, 3U);
  EXPECT_EQ(checked_tlv(hex("5A84000000021234"))->length, 2U);
  EXPECT_EQ(checked_tlv(hex("5A801234")).error(), reason(TlvReason::kMalformedTlv));
  EXPECT_EQ(checked_tlv(hex("5AFF1234")).error(), reason(TlvReason::kMalformedTlv));
  EXPECT_EQ(tlv_head(hex("5A828000")).error(), reason(TlvReason::kTlvLengthAbove32767));
  EXPECT_EQ(tlv_head(hex("5A827FFF"))->length, 32767U);
}

TEST(BerTlv, ChecksWhatIsInside) {
  EXPECT_EQ(checked_tlv(hex("7003 5A0112"))->size(), 5U);
  EXPECT_EQ(checked_tlv(hex("7000"))->size(), 2U);
  EXPECT_EQ(checked_tlv(hex("7003 5A0212 34")).error(), reason(TlvReason::kMalformedTlv));
  EXPECT_EQ(checked_tlv(hex("70045A0112")).error(), kTooShort);
  EXPECT_EQ(checked_tlv(hex("9F800100")).error(), reason(TlvReason::kMalformedTlv));
}

TEST(BerTlv, WantsNothingBehindOneWithItsLength) {
  EXPECT_TRUE(whole_tlv(hex("5A0112")));
  EXPECT_EQ(whole_tlv(hex("5A011290")).error(), reason(TlvReason::kMalformedTlv));
  EXPECT_EQ(whole_tlv(hex("5A0212")).error(), reason(TlvReason::kMalformedTlv));
  EXPECT_EQ(whole_tlv(hex("9F8181810100")).error(), reason(TlvReason::kIllegalSize));
  EXPECT_EQ(whole_tlv(hex("5A8400008000")).error(), reason(TlvReason::kIllegalSize));
  EXPECT_TRUE(checked_value(hex("5A0112 5A00")));
  EXPECT_EQ(checked_value(hex("5A0112 5A")).error(), reason(TlvReason::kMalformedTlv));
}

TEST(BerTlv, BoundsNesting) {
  Bytes nested;
  for (int depth = 0; depth < kMaximumTlvDepth; ++depth)
    nested = concat(hex("70"), encoded_length(nested.size()), nested);
  EXPECT_TRUE(checked_tlv(nested));
  nested = concat(hex("70"), encoded_length(nested.size()), nested);
  EXPECT_EQ(checked_tlv(nested).error(), reason(TlvReason::kIllegalSize));
}

TEST(BerTlv, WritesTheShortestLength) {
  EXPECT_EQ(encoded_length(0x7F), hex("7F"));
  EXPECT_EQ(encoded_length(0x80), hex("8180"));
  EXPECT_EQ(encoded_length(0x100), hex("820100"));
}

}  // namespace
}  // namespace cose::jcapi::detail
