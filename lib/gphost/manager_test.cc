// SPDX-License-Identifier: Apache-2.0
#include "gphost/manager.h"

#include <numeric>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "gphost/delegation.h"
#include "gphost/testing/domain_card.h"

namespace cose::gphost {
namespace {

using cose::testing::SeededRng;
using scp::KeyAlgorithm;
using scp::KeySet;
using scp::Protocol;
using testing::DomainCard;
using namespace cose::literals;

const Bytes kPackage = "D0D1D2D3D4D501"_hex;
const Bytes kApplet = "D0D1D2D3D4D50101"_hex;

KeyAlgorithm algorithm_of(Protocol protocol) {
  return protocol.number == 0x03 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes;
}

struct Desk {
  DomainCard card;
  SeededRng rng{5};
  MemoryLedger ledger;
  Session session{card, rng, ledger};

  explicit Desk(Protocol protocol, const Bytes& key = default_key(), std::uint8_t version = 0x01)
      : card(protocol, *KeySet::from_one(version, algorithm_of(protocol), key)) {}

  [[nodiscard]] Status login(std::uint8_t level = 0x01) {
    COSE_TRY(const auto domain, session.select_issuer_domain());
    return session.authenticate({KeyMaterial::one(default_key()), 0, 0, {}, {}, {level}});
  }
};

TEST(Manager, LoadsInstallsListsAndDeletesAtEveryLevel) {
  struct Case {
    Protocol protocol;
    std::uint8_t level;
  };
  for (const auto& [protocol, level] :
       {Case{{0x01, 0x15}, 0x01}, Case{{0x01, 0x05}, 0x03}, Case{{0x02, 0x15}, 0x01}, Case{{0x02, 0x55}, 0x03},
        Case{{0x02, 0x35}, 0x13}, Case{{0x03, 0x00}, 0x03}, Case{{0x03, 0x70}, 0x11}, Case{{0x03, 0x70}, 0x13},
        Case{{0x03, 0x70}, 0x33}, Case{{0x03, 0x71}, 0x33}}) {
    SCOPED_TRACE(scp::to_string(protocol) + " level " + std::to_string(level));
    Desk desk(protocol);
    const auto opened = desk.login(level);
    ASSERT_TRUE(opened.has_value()) << opened.error().message;
    EXPECT_EQ(desk.session.protocol(), protocol);

    Bytes load_file(1000);
    std::iota(load_file.begin(), load_file.end(), std::uint8_t{0});
    std::size_t last = 0;
    const auto loaded = load_package(desk.session, {kPackage, {}, {}, {}, {}}, load_file, {},
                                     [&](std::size_t done, std::size_t) { last = done; });
    ASSERT_TRUE(loaded.has_value()) << loaded.error().message;
    EXPECT_EQ(to_hex(desk.card.load_file), to_hex(concat("C48203E8"_hex, load_file)));
    EXPECT_EQ(last, 1004U);
    ASSERT_TRUE(install(desk.session, {.package = kPackage, .module = kApplet, .instance = kApplet}).has_value());

    const auto registry = read_registry(desk.session);
    ASSERT_TRUE(registry.has_value()) << registry.error().message;
    ASSERT_EQ(registry->entries.size(), 3U);
    EXPECT_EQ(registry->entries[0].kind, EntryKind::kIssuerDomain);
    ASSERT_NE(registry->find(kApplet), nullptr);
    EXPECT_EQ(state_name(EntryKind::kApplication, registry->find(kApplet)->state), "SELECTABLE");
    ASSERT_TRUE(remove(desk.session, kPackage, DeleteRelated::kYes).has_value());
    EXPECT_EQ(read_registry(desk.session)->entries.size(), 1U);
    EXPECT_EQ(remove(desk.session, kPackage, DeleteRelated::kYes).error().message,
              "DELETE of D0D1D2D3D4D501: the card answers 6A88 (it is not on the card)");
  }
}

TEST(Manager, ListsCardsThatOnlyKnowTheOlderForm) {
  Desk desk({0x01, 0x05});
  desk.card.knows_tlv_status = false;
  ASSERT_TRUE(desk.login().has_value());
  desk.card.packages["A000000062"] = {0x01, 0x00};
  desk.card.applications["D0D1D2D3D4D50101"] = {0x07, 0x02};
  desk.card.applications["D0D1D2D3D4D50102"] = {0x87, 0x00};
  const auto registry = read_registry(desk.session);
  ASSERT_TRUE(registry.has_value()) << registry.error().message;
  EXPECT_EQ(registry->entries.size(), 4U);
  EXPECT_EQ(state_name(EntryKind::kApplication, registry->find("D0D1D2D3D4D50102"_hex)->state), "LOCKED");
}

TEST(Manager, PutsKeysOfEachKindAndSize) {
  for (const auto protocol : {Protocol{0x01, 0x15}, Protocol{0x02, 0x15}, Protocol{0x03, 0x70}})
    for (const std::size_t size : {16U, 24U, 32U}) {
      if (protocol.number != 0x03 && size != 16) continue;
      SCOPED_TRACE(scp::to_string(protocol) + " " + std::to_string(size));
      Desk desk(protocol);
      ASSERT_TRUE(desk.login().has_value());
      Bytes key(size, 0x77);
      const auto keys = *KeySet::from_one(0x30, algorithm_of(protocol), key);
      const auto put = put_keys(desk.session, keys, 0);
      ASSERT_TRUE(put.has_value()) << put.error().message;
      EXPECT_EQ(desk.card.keys().at(0x30).mac.size(), size);
      const auto again = desk.session.authenticate({KeyMaterial::one(key), 0x30});
      EXPECT_TRUE(again.has_value()) << again.error().message;
    }
}

TEST(Authentication, SaysThatTheVersionIsWrong) {
  Desk desk({0x03, 0x70}, default_key(), 0x30);
  ASSERT_TRUE(desk.session.select_issuer_domain().has_value());
  const auto refused = desk.session.authenticate({KeyMaterial::one(default_key()), 0x20});
  EXPECT_EQ(refused.error().message,
            "INITIALIZE UPDATE: the card has no key of version 20; it has version 30: AES 128 (identifiers 01 02 03)");
}

TEST(Authentication, SaysThatTheProtocolIsWrong) {
  Desk desk({0x03, 0x70});
  ASSERT_TRUE(desk.session.select_issuer_domain().has_value());
  const auto refused = desk.session.authenticate({KeyMaterial::one(default_key()), 0, 0, std::uint8_t{0x02}});
  EXPECT_EQ(refused.error().message,
            "the card opens SCP03 with key version 01, and SCP02 was asked for: leave the protocol open, or name a key "
            "version of the other one");
}

TEST(Authentication, SaysWhichDiversificationFits) {
  const auto visa2 = *scp::Diversification::parse("visa2");
  const auto masters = *KeySet::from_one(0x01, KeyAlgorithm::kDes, default_key());
  DomainCard card({0x02, 0x15}, *visa2.derive(masters, "00010203040506070809"_hex));
  SeededRng rng(1);
  MemoryLedger ledger;
  Session session(card, rng, ledger);
  ASSERT_TRUE(session.select_issuer_domain().has_value());
  EXPECT_EQ(session.authenticate({KeyMaterial::one(default_key())}).error().message,
            "the card's cryptogram (SCP02 i=15) does not fit: these keys fit the card with key derivation \"visa2\", "
            "and \"none\" was used");
  EXPECT_TRUE(session.authenticate({KeyMaterial::one(default_key(), visa2)}).has_value());
}

TEST(Authentication, SaysThatTheCardHasTheDefaultKeys) {
  Desk desk({0x03, 0x70});
  ASSERT_TRUE(desk.session.select_issuer_domain().has_value());
  EXPECT_EQ(desk.session.authenticate({KeyMaterial::one(Bytes(16, 9))}).error().message,
            "the card's cryptogram (SCP03 i=70) does not fit: the card still has the default keys 404142...4F "
            "(derivation \"none\")");
}

TEST(Authentication, StopsBeforeTheCardLocks) {
  Desk desk({0x03, 0x70}, Bytes(16, 0x01));
  ASSERT_TRUE(desk.session.select_issuer_domain().has_value());
  const Login wrong{KeyMaterial::one(Bytes(16, 9))};
  for (unsigned attempt = 0; attempt < kMaximumFailures; ++attempt)
    EXPECT_NE(desk.session.authenticate(wrong).error().message.find("wrong keys"), std::string::npos);
  const Login right{KeyMaterial::one(Bytes(16, 1))};
  EXPECT_NE(desk.session.authenticate(right).error().message.find("nothing more is tried"), std::string::npos);
  auto insisting = Login{KeyMaterial::one(Bytes(16, 1))};
  insisting.ignores_failures = true;
  EXPECT_TRUE(desk.session.authenticate(insisting).has_value());
  EXPECT_TRUE(desk.session.authenticate(right).has_value());
}

TEST(Commands, AreWhatOthersSend) {
  // globalplatform library, scp02Test install_mac_enc: INSTALL [for load] and [for install] before encryption.
  EXPECT_EQ(to_hex(*install_for_load({kPackage, "A000000003000000"_hex, {}, {.data = 2000}, {}})->encode()),
            "80E602001A07D0D1D2D3D4D50108A0000000030000000006EF04C80207D00000");
  EXPECT_EQ(to_hex(*delete_object(kApplet, DeleteRelated::kYes, {})->encode()), "80E400800A4F08D0D1D2D3D4D5010100");
  EXPECT_EQ(to_hex(*get_status(StatusScope::kLoadFiles, StatusFormat::kTlv, false, {}).encode()), "80F22002024F0000");
  EXPECT_EQ(to_hex(*install_for_personalization(kApplet)->encode()), "80E620000E000008D0D1D2D3D4D5010100000000");
  EXPECT_FALSE(delete_object("A0"_hex, DeleteRelated::kNo, {}).has_value());
}

TEST(Delegation, TokensAreSignedAndVerified) {
  SeededRng rng(3);
  const auto rsa = *crypto::RsaPrivateKey::generate(1024, rng);
  const auto rsa_public = *rsa.public_key();
  const auto curve = *crypto::EcCurve::named(crypto::CurveName::kP256);
  const auto ec = *crypto::EcPrivateKey::generate(curve, rng);
  const auto ec_public = *ec.public_key();
  const auto long_rsa = *crypto::RsaPrivateKey::generate(1536, rng);
  const auto long_rsa_public = *long_rsa.public_key();
  const SymmetricKey aes{scp::KeyAlgorithm::kAes, Secret(Bytes(16, 0x11))};
  const SymmetricKey des{scp::KeyAlgorithm::kDes, Secret(Bytes(16, 0x11))};
  const auto command = *install_for_load({kPackage, {}, Bytes(20, 1), {}, {}});
  const auto input = *token_input(command);
  EXPECT_EQ(to_hex(ByteView(input).first(3)), "02001F");
  const std::pair<SigningKey, VerifyingKey> pairs[] = {
      {&rsa, &rsa_public}, {&long_rsa, &long_rsa_public}, {&ec, &ec_public}, {&aes, &aes}, {&des, &des}};
  for (const auto& [signing, verifying] : pairs) {
    auto token = *make_token(command, signing, rng);
    EXPECT_TRUE(scp::verify(verifying, input, token).has_value());
    const auto with = *with_token(command, token);
    EXPECT_EQ(with.data.size(), command.data.size() + token.size() + (token.size() > 127 ? 1U : 0U));
    token.back() ^= 1;
    EXPECT_FALSE(scp::verify(verifying, input, token).has_value());
  }
  const auto receipt = Receipt::parse(
      "0401020304"
      "020005"
      "03AABBCC"_hex);
  ASSERT_TRUE(receipt.has_value());
  EXPECT_EQ(to_hex(receipt->input({kPackage})),
            "020005"
            "03AABBCC"
            "07D0D1D2D3D4D501");
}

}  // namespace
}  // namespace cose::gphost
