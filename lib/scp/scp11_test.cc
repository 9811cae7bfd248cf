// SPDX-License-Identifier: Apache-2.0
#include "scp/scp11.h"

#include <vector>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "scp/certificate.h"

namespace cose::scp {
namespace {

using crypto::CurveName;
using crypto::EcCurve;
using crypto::EcPrivateKey;
using iso7816::CommandApdu;
using iso7816::StatusWord;
using namespace cose::literals;

struct World {
  testing::SeededRng rng{11};
  EcCurve curve;
  EcPrivateKey authority;
  EcPrivateKey middle;
  EcPrivateKey host;
  EcPrivateKey card;

  explicit World(CurveName name)
      : curve(*EcCurve::named(name)),
        authority(*EcPrivateKey::generate(curve, rng)),
        middle(*EcPrivateKey::generate(curve, rng)),
        host(*EcPrivateKey::generate(curve, rng)),
        card(*EcPrivateKey::generate(curve, rng)) {}

  Bytes certificate(const EcPrivateKey& subject, CertificateUse use, const EcPrivateKey& issuer) {
    const auto key = *subject.public_key();
    return *issue_certificate({"01020304"_hex, "4341"_hex, "4F4345"_hex, use, "20991231"_hex, key}, issuer, rng);
  }
  std::vector<Bytes> chain() {
    return {certificate(middle, CertificateUse::kSignature, authority),
            certificate(host, CertificateUse::kKeyAgreement, middle)};
  }
};

TEST(Scp11, OpensAChannelInEachVariant) {
  for (const auto name : {CurveName::kP256, CurveName::kBrainpoolP384r1})
    for (const auto variant : {Scp11Variant::kA, Scp11Variant::kB, Scp11Variant::kC})
      for (const std::size_t size : {16U, 32U})
        for (const auto bits : {std::uint8_t{0x11}, std::uint8_t{0x33}}) {
          World world(name);
          Scp11Card card;
          if (variant != Scp11Variant::kB) {
            for (const auto& command : Scp11Host::certificate_commands(world.chain(), 0x10, 0x18)) {
              ASSERT_TRUE(card.add_certificate(command.view(), *world.authority.public_key()).has_value());
            }
            EXPECT_EQ(to_hex(card.host_serial_number()), "01020304");
          }
          auto host = Scp11Host::create(variant, *world.card.public_key(), &world.host, size, {bits}, world.rng);
          ASSERT_TRUE(host.has_value()) << host.error().message;
          auto started = card.authenticate(host->command(0x01, 0x11).view(), 0x01, world.card, world.rng);
          ASSERT_TRUE(started.has_value()) << iso7816::to_string(started.error());
          auto channel = host->finish(started->response);
          ASSERT_TRUE(channel.has_value()) << channel.error().message;
          for (int round = 0; round < 3; ++round) {
            const CommandApdu plain{0x80, 0xF2, 0x40, 0x02, "4F00"_hex, 256};
            const auto received = started->channel.unwrap(channel->wrap(plain.view())->view());
            ASSERT_TRUE(received.has_value());
            EXPECT_EQ(*received, plain);
            const auto answer = started->channel.wrap("E300"_hex, StatusWord::kOk);
            EXPECT_EQ(to_hex(*channel->unwrap(*answer, StatusWord::kOk)), "E300");
          }
        }
}

TEST(Scp11, RefusesHostsThatNobodyCertified) {
  World world(CurveName::kP256);
  Scp11Card card;
  auto host = Scp11Host::create(Scp11Variant::kA, *world.card.public_key(), &world.host, 16, {0x33}, world.rng);
  EXPECT_EQ(card.authenticate(host->command(1, 0x11).view(), 1, world.card, world.rng).error(), StatusWord(0x6985));

  // Signed by somebody else; and by a key that may not sign.
  const auto stranger = world.certificate(world.host, CertificateUse::kKeyAgreement, world.host);
  const CommandApdu last{0x80, 0x2A, 0x10, 0x18, stranger};
  EXPECT_EQ(card.add_certificate(last.view(), *world.authority.public_key()).error(), StatusWord(0x6640));
  const auto leaf = world.certificate(world.host, CertificateUse::kKeyAgreement, world.authority);
  const CommandApdu as_issuer{0x80, 0x2A, 0x10, 0x98, leaf};
  EXPECT_EQ(card.add_certificate(as_issuer.view(), *world.authority.public_key()).error(), StatusWord(0x6640));

  // A certificate of another key than the one that the host has.
  const auto other = world.certificate(world.middle, CertificateUse::kKeyAgreement, world.authority);
  const CommandApdu wrong{0x80, 0x2A, 0x10, 0x18, other};
  ASSERT_TRUE(card.add_certificate(wrong.view(), *world.authority.public_key()).has_value());
  const auto started = card.authenticate(host->command(1, 0x11).view(), 1, world.card, world.rng);
  ASSERT_TRUE(started.has_value());
  EXPECT_EQ(host->finish(started->response).error().kind, ErrorKind::kRefused);
}

TEST(Scp11, RefusesACardWithoutTheKeyOfItsCertificate) {
  World world(CurveName::kP256);
  Scp11Card card;
  auto host = Scp11Host::create(Scp11Variant::kB, *world.card.public_key(), nullptr, 16, {0x33}, world.rng);
  const auto started = card.authenticate(host->command(1, 0x13).view(), 1, world.middle, world.rng);
  EXPECT_EQ(host->finish(started->response).error().kind, ErrorKind::kRefused);
}

TEST(Certificate, EverySingleBitIsSigned) {
  World world(CurveName::kP256);
  const auto good = world.certificate(world.host, CertificateUse::kKeyAgreement, world.authority);
  ASSERT_TRUE(Certificate::parse(good)->verify(*world.authority.public_key()).has_value());
  for (std::size_t at = 0; at < good.size(); ++at) {
    auto bad = good;
    bad[at] ^= 0x01;
    const auto parsed = Certificate::parse(bad);
    EXPECT_FALSE(parsed && parsed->verify(*world.authority.public_key())) << at;
  }
}

}  // namespace
}  // namespace cose::scp
