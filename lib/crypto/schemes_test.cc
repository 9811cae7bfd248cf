// SPDX-License-Identifier: Apache-2.0
// DSA, ISO/IEC 9796-2, the mapping of PACE, bare modular powers, and what streams of authenticated encryption refuse.
#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "crypto/aead_stream.h"
#include "crypto/dsa.h"
#include "crypto/ecdh.h"
#include "crypto/rsa_iso9796.h"
#include "crypto/testing/vector_operations.h"

namespace cose::crypto {
namespace {

using namespace literals;
using testing::ScriptedRng;

Bytes octets(std::string_view hex) {
  return from_hex(hex).value();
}

// FIPS 186-2 appendix 5.
DsaDomain example() {
  return {octets("8DF2A494492276AA3D25759BB06869CBEAC0D83AFB8D0CF7CBB8324F0D7882E5D0762FC5B7210EAFC2E9ADAC32AB7AAC"
                 "49693DFBF83724C2EC0736EE31C80291"),
          octets("C773218C737EC8EE993B4F2DED30F48EDACE915F"),
          octets("626D027839EA0A13413163A55B4CB500299D5522956CEFCB3BFF10F399CE2C2E71CB9DE5FA24BABF58E5B79521925C9C"
                 "C42E9F6F464B088CC572AF53E6D78802")};
}

TEST(Dsa, SignsAndVerifiesTheExample) {
  const auto group = DsaGroup::create(example()).value();
  const auto secret = octets("2070B3223DBA372FDE1C0FFC7B2E3B498B260614");
  const auto open = group.public_value(secret).value();
  EXPECT_EQ(to_hex(open),
            "19131871D75B1612A819F29D78D1B0D7346F7AA77BB62A859BFD6C5675DA9D212D3A36EF1672EF660B8C7C255CC0EC74858FBA33"
            "F44C06699630A76B030EE333");
  const auto hash = digest(DigestKind::kSha1, as_bytes("abc")).value();
  ScriptedRng nonce(octets("358DAD571462710F50E254CF1A376B2BDEAADFBF"));
  const auto signature = group.sign(secret, hash, nonce).value();
  EXPECT_EQ(to_hex(signature),
            "302D0215008BAC1AB66410435CB7181F95B16AB97C92B341C0021441E2345F1F56DF2458F426D155B4BA2DB6DCD8C8");
  EXPECT_TRUE(group.verify(open, hash, signature));
  const auto other = digest(DigestKind::kSha1, as_bytes("abd")).value();
  EXPECT_EQ(group.verify(open, other, signature).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(group.verify(open, hash, ByteView(signature).first(20)).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(group.verify(octets("01"), hash, signature));
  EXPECT_FALSE(group.verify(open, {}, signature));
}

TEST(Dsa, RefusesWhatIsNoGroup) {
  auto domain = example();
  domain.g = octets("02");
  EXPECT_FALSE(DsaGroup::create(domain));
  domain = example();
  domain.q.back() ^= 2;
  EXPECT_FALSE(DsaGroup::create(domain));
  domain = example();
  domain.p.back() ^= 1;
  EXPECT_FALSE(DsaGroup::create(domain));
  EXPECT_FALSE(DsaGroup::create({{}, {}, {}}));
  const auto group = DsaGroup::create(example()).value();
  cose::testing::SeededRng rng(1);
  EXPECT_FALSE(group.public_value({}));
  EXPECT_FALSE(group.public_value(example().q));
  EXPECT_FALSE(group.sign(octets("00"), octets("01"), rng));
  EXPECT_TRUE(group.public_value(group.generate(rng).value().view()));
}

TEST(Iso9796, HoldsWhatFits) {
  cose::testing::SeededRng rng(2);
  const auto key = RsaPrivateKey::generate(512, rng).value();
  const auto open = key.public_key().value();
  const auto capacity = iso9796_capacity(DigestKind::kSha1, key.size());
  EXPECT_EQ(capacity, 42U);
  const auto hash = digest(DigestKind::kSha1, as_bytes("any")).value();
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, capacity - 1, capacity}) {
    const auto signature = sign_iso9796(key, DigestKind::kSha1, {Recovery::kTotal, Bytes(size, 0xBB), hash}).value();
    const auto opened = open_iso9796(open, DigestKind::kSha1, signature).value();
    EXPECT_EQ(opened.recovery, Recovery::kTotal);
    EXPECT_EQ(opened.recovered, Bytes(size, 0xBB)) << size;
    EXPECT_EQ(opened.hash, hash);
  }
  EXPECT_FALSE(sign_iso9796(key, DigestKind::kSha1, {Recovery::kTotal, Bytes(capacity + 1), hash}));
  EXPECT_FALSE(sign_iso9796(key, DigestKind::kSha1, {Recovery::kPartial, Bytes(capacity - 1), hash}));
  EXPECT_FALSE(sign_iso9796(key, DigestKind::kSha512, {Recovery::kTotal, {}, Bytes(64)}));
  const auto partial = sign_iso9796(key, DigestKind::kSha1, {Recovery::kPartial, Bytes(capacity, 1), hash}).value();
  EXPECT_EQ(open_iso9796(open, DigestKind::kSha1, partial).value().recovery, Recovery::kPartial);
  EXPECT_EQ(open_iso9796(open, DigestKind::kSha1, Bytes(64, 0x11)).error().kind, ErrorKind::kRefused);
  // Opened with another key, or as one with a longer hash.
  const auto other = RsaPrivateKey::generate(512, rng).value().public_key().value();
  EXPECT_FALSE(open_iso9796(other, DigestKind::kSha1, partial));
  const auto full = sign_iso9796(key, DigestKind::kSha1, {Recovery::kTotal, Bytes(4), hash}).value();
  EXPECT_FALSE(open_iso9796(open, DigestKind::kSha256, full));
}

TEST(Pace, MapsTheGenerator) {
  const auto curve = EcCurve::named(CurveName::kP256).value();
  const auto nonce = EcPrivateKey::create(curve, octets("05")).value();
  const auto six = EcPrivateKey::create(curve, octets("06")).value();
  const auto one = EcPrivateKey::create(curve, octets("01")).value().public_key().value();
  EXPECT_EQ(map_generic(nonce, one).value(), six.public_key().value().point());
  const auto other = EcPrivateKey::create(EcCurve::named(CurveName::kP384).value(), octets("05")).value();
  EXPECT_EQ(map_generic(other, one).error().kind, ErrorKind::kInvalid);
  auto minus = curve.domain().order;
  minus.back() -= 5;
  const auto opposite = EcPrivateKey::create(curve, minus).value().public_key().value();
  EXPECT_EQ(map_generic(nonce, opposite).error().kind, ErrorKind::kRefused);
}

TEST(PowerModulo, TakesAnyNumbers) {
  EXPECT_EQ(to_hex(power_modulo(octets("03"), octets("04"), octets("64")).value()), "51");
  EXPECT_EQ(to_hex(power_modulo(octets("03"), octets("00"), octets("0064")).value()), "01");
  EXPECT_FALSE(power_modulo(octets("03"), octets("04"), octets("01")));
  EXPECT_FALSE(power_modulo(octets("03"), octets("04"), octets("00")));
  EXPECT_FALSE(power_modulo(Bytes(513, 1), octets("04"), octets("64")));
}

TEST(AeadStream, KeepsToItsSizes) {
  const Bytes key(16);
  Bytes output(16);
  auto ccm = AeadStream::create(AeadMode::kCcm, Direction::kEncrypt, key).value();
  EXPECT_FALSE(ccm->start(Bytes(6), {0, 4, 8}));
  EXPECT_FALSE(ccm->start(Bytes(12), {0, 4, 5}));
  ASSERT_TRUE(ccm->start(Bytes(12), {3, 4, 8}));
  EXPECT_FALSE(ccm->update(Bytes(4), output));
  EXPECT_FALSE(ccm->associate(Bytes(4)));
  ASSERT_TRUE(ccm->associate(Bytes(3)));
  EXPECT_FALSE(ccm->update(Bytes(5), output));
  ASSERT_TRUE(ccm->update(Bytes(3), output));
  EXPECT_FALSE(ccm->finish());
  EXPECT_FALSE(ccm->update(Bytes(1), {}));
  ASSERT_TRUE(ccm->update(Bytes(1), output));
  EXPECT_EQ(ccm->finish().value().size(), 8U);
  auto gcm = AeadStream::create(AeadMode::kGcm, Direction::kDecrypt, key).value();
  EXPECT_FALSE(gcm->start({}, {}));
  ASSERT_TRUE(gcm->start(Bytes(12), {}));
  EXPECT_FALSE(gcm->update(Bytes(4), MutableByteView(output).first(3)));
  EXPECT_FALSE(AeadStream::create(AeadMode::kGcm, Direction::kEncrypt, Bytes(15)));
}

}  // namespace
}  // namespace cose::crypto
