// SPDX-License-Identifier: Apache-2.0
// Card data as real cards and other implementations send it.
#include "gphost/card_data.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "gphost/names.h"
#include "gphost/registry.h"

namespace cose::gphost {
namespace {

using namespace cose::literals;

TEST(CardRecognition, ReadsBothKindsOfCards) {
  const auto old_card = CardRecognition::parse(
      "664C734A06072A864886FC6B01600C060A2A864886FC6B02020201630906072A864886FC6B03640B06092A864886FC6B040215"
      "650B06092B8510864864020103660C060A2B060104012A026E0102"_hex);
  ASSERT_TRUE(old_card.has_value()) << old_card.error().message;
  EXPECT_EQ(old_card->version, "2.2.1");
  ASSERT_EQ(old_card->protocols.size(), 1U);
  EXPECT_EQ(old_card->protocols[0], (scp::Protocol{0x02, 0x15}));
  const auto new_card = CardRecognition::parse(
      "6631732F06072A864886FC6B01600C060A2A864886FC6B02020301630906072A864886FC6B03640B06092A864886FC6B040370"_hex);
  ASSERT_TRUE(new_card.has_value());
  EXPECT_EQ(new_card->version, "2.3.1");
  EXPECT_EQ(new_card->protocols[0], (scp::Protocol{0x03, 0x70}));
  EXPECT_FALSE(CardRecognition::parse("664C73"_hex).has_value());
}

TEST(KeyInformation, DescribesVersions) {
  const auto keys = KeyInformation::parse("E012C00401308810C00402308810C00403308810"_hex);
  ASSERT_TRUE(keys.has_value());
  EXPECT_EQ(describe(*keys), std::vector<std::string>{"version 30: AES 128 (identifiers 01 02 03)"});
  EXPECT_FALSE(KeyInformation::parse("E003C00401"_hex).has_value());
}

TEST(Cplc, HasItsFieldsInOrder) {
  auto data = "9F7F2A"_hex;
  for (int octet = 0; octet < 0x2A; ++octet) data.push_back(static_cast<std::uint8_t>(octet));
  const auto fields = parse_cplc(data);
  ASSERT_TRUE(fields.has_value());
  ASSERT_EQ(fields->size(), 18U);
  EXPECT_EQ(fields->at(6).to_string(), "0C0D0E0F");
  EXPECT_EQ((CplcField{"", true, "5329"_hex}.to_string()), "5329 (day 329 of a year ending in 5)");
  EXPECT_FALSE(parse_cplc("9F7F0101"_hex).has_value());
}

TEST(CardResources, ReadsFF21) {
  const auto plain = CardResources::parse("81010782040001234583020ABB"_hex);
  ASSERT_TRUE(plain.has_value());
  EXPECT_EQ(plain->applications, 7U);
  EXPECT_EQ(plain->free_non_volatile, 0x12345U);
  EXPECT_EQ(plain->free_volatile, 0x0ABBU);
}

TEST(Registry, ReadsWhatOtherCardsSend) {
  // globalplatform library, scp01Test: packages with modules, and the older form.
  const auto packages = parse_status(
      "E3304F07A00000000353509F700101C50100CE0202038407A00000015100008408A0000000035350418407A0000000030000"
      "E31E4F07D0D1D2D3D4D5019F700101C50100CE0201008408D0D1D2D3D4D50101"_hex,
      StatusScope::kLoadFilesAndModules, StatusFormat::kTlv);
  ASSERT_TRUE(packages.has_value()) << packages.error().message;
  ASSERT_EQ(packages->size(), 2U);
  EXPECT_EQ(packages->at(0).modules.size(), 3U);
  EXPECT_EQ(to_hex(*packages->at(1).version), "0100");
  const auto legacy = parse_status("08D0D1D2D3D4D501010702"_hex, StatusScope::kApplications, StatusFormat::kLegacy);
  ASSERT_EQ(legacy->size(), 1U);
  EXPECT_EQ(legacy->front().privileges[0], 0x02);
  EXPECT_FALSE(parse_status("08D0D1"_hex, StatusScope::kApplications, StatusFormat::kLegacy).has_value());
}

TEST(Names, OfPrivilegesGoBothWays) {
  const auto privileges = parse_privileges("9EFE80");
  ASSERT_TRUE(privileges.has_value());
  std::string joined;
  for (const auto name : privilege_names(*privileges)) joined += std::string(name) + ",";
  EXPECT_EQ(joined,
            "SecurityDomain,CardLock,CardTerminate,CardReset,CVMManagement,TrustedPath,AuthorizedManagement,"
            "TokenVerification,GlobalDelete,GlobalLock,GlobalRegistry,FinalApplication,ReceiptGeneration,");
  EXPECT_EQ(*parse_privileges(joined), *privileges);
  EXPECT_FALSE(parse_privileges("Everything").has_value());
  EXPECT_EQ(state_name(EntryKind::kDomain, 0x8F), "LOCKED");
  EXPECT_EQ(state_name(EntryKind::kApplication, 0x0F), "SELECTABLE (0F)");
}

}  // namespace
}  // namespace cose::gphost
