// SPDX-License-Identifier: Apache-2.0
// The client library (gphost) against a software card: both ends ours, nothing between them.
#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "gphost/delegation.h"
#include "gphost/key_management.h"
#include "gphost/manager.h"
#include "softse/testing/dialogue_card.h"
#include "softse/testing/test_keys.h"

namespace cose::softse {
namespace {

using gphost::KeyMaterial;
using gphost::KeyPlace;
using scp::Scp11Variant;
using testing::TestKeys;
using namespace cose::literals;

const Bytes kHello = "A0000000620301"_hex;
const Bytes kApplet = "A000000062030101"_hex;
const Bytes kDomain = "D0D1D2D3D4"_hex;

struct Desk {
  cose::testing::ManualClock clock;
  std::shared_ptr<SoftCardFactory> factory;
  std::unique_ptr<SoftCard> card;
  TestKeys keys;
  gphost::MemoryLedger ledger;
  std::optional<gphost::Session> session;

  explicit Desk(const std::string& protocols) {
    auto product = *testing::product_of({{"protocols", protocols}});
    factory = *SoftCardFactory::create(std::move(product), std::make_shared<gpcard::PackageCache>(), clock,
                                       std::make_shared<cose::testing::SeededRng>(1));
    card = *factory->make(1);
    EXPECT_TRUE(card->power_up(iso7816::ResetKind::kCold).has_value());
    session.emplace(*card, keys.rng(), ledger);
    EXPECT_TRUE(session->select_issuer_domain().has_value());
  }

  [[nodiscard]] Status open(std::uint8_t level = 0x03) {
    return session->authenticate({.keys = KeyMaterial::one(gphost::default_key()), .level = {level}});
  }
  crypto::EcPublicKey public_key(const std::string& name) { return *(*keys.curve_key(name))->public_key(); }
};

#define ASSERT_DONE(expression)                                                     \
  do {                                                                              \
    const auto done_ = (expression);                                                \
    ASSERT_TRUE(done_.has_value()) << #expression << ": " << done_.error().message; \
  } while (false)

Status give_keys(Desk& desk) {
  COSE_CHECK(desk.open(0x33));
  auto& session = *desk.session;
  COSE_TRY(const auto* own, desk.keys.curve_key("p256:card"));
  for (const auto variant : {Scp11Variant::kA, Scp11Variant::kB, Scp11Variant::kC}) {
    const auto identifier = scp::key_identifier(variant);
    COSE_TRY(auto copy, crypto::EcPrivateKey::create(own->curve(), own->scalar().view()));
    COSE_CHECK(put_private_key(session, {.version = 1, .identifier = identifier}, std::move(copy)));
    COSE_TRY(auto middle, desk.keys.certificate("p256:middle", "p256:cards", scp::CertificateUse::kSignature));
    COSE_TRY(auto leaf, desk.keys.certificate("p256:card", "p256:middle", scp::CertificateUse::kKeyAgreement));
    COSE_CHECK(store_certificates(session, {1, identifier}, {middle, leaf}));
  }
  COSE_CHECK(put_public_key(session, {.version = 1, .identifier = 0x10}, desk.public_key("p256:hosts")));
  return store_authority_identifier(session, {1, 0x10}, gphost::AuthorityOf::kHosts, "0102"_hex);
}

TEST(Console, OpensScp02ThatNoCommandBegins) {
  for (const auto* const protocols : {"02:0A", "02:1B"}) {
    Desk desk(protocols);
    ASSERT_DONE(desk.open(0x01));
    ASSERT_DONE(gphost::read_registry(*desk.session));
    ASSERT_DONE(desk.session->select_issuer_domain());
    ASSERT_DONE(desk.open(0x01));
    ASSERT_DONE(gphost::read_registry(*desk.session));
    ASSERT_DONE(desk.session->select_issuer_domain());
    EXPECT_EQ(desk.open(0x03).error().kind, ErrorKind::kUnsupported);
  }
}

TEST(Console, OpensScp11WithCertificatesThatItReads) {
  Desk desk("03:70,11:07");
  ASSERT_DONE(give_keys(desk));
  auto& session = *desk.session;
  const auto cards = desk.public_key("p256:cards");
  gphost::Scp11Login login{.authority = &cards};
  ASSERT_DONE(session.authenticate(login));
  EXPECT_TRUE(read_data(session, 0x9F7F).has_value());
  EXPECT_FALSE(gphost::read_registry(session).has_value());

  login.host_key = *desk.keys.curve_key("p256:host");
  login.chain = {*desk.keys.certificate("p256:host", "p256:hosts", scp::CertificateUse::kKeyAgreement)};
  for (const auto variant : {Scp11Variant::kA, Scp11Variant::kC})
    for (const auto level : {std::uint8_t{0x11}, std::uint8_t{0x33}}) {
      login.variant = variant;
      login.level = {level};
      ASSERT_DONE(session.authenticate(login));
      EXPECT_EQ(session.protocol()->number, 0x11);
      ASSERT_DONE(gphost::read_registry(session));
      const auto file = *testing::assembled_cap("hello.jca");
      ASSERT_DONE(load_package(session, {.package = kHello}, file));
      ASSERT_DONE(install(session, {.package = kHello, .module = kApplet, .instance = kApplet}));
      ASSERT_DONE(remove(session, kHello, gphost::DeleteRelated::kYes));
    }
  ASSERT_DONE(store_allow_list(session, {1, 0x10}, {"00"_hex}));
  EXPECT_EQ(session.authenticate(login).error().kind, ErrorKind::kRefused);
}

TEST(Console, LoadsAndInstallsAtOnceOrNotAtAll) {
  Desk desk("03:70");
  ASSERT_DONE(desk.open(0x33));
  auto& session = *desk.session;
  const auto file = *testing::assembled_cap("hello.jca");
  const gphost::LoadRequest load{.package = kHello};
  EXPECT_FALSE(load_and_install(session, load, file, {.package = kHello, .module = kHello, .instance = kApplet}));
  EXPECT_EQ(gphost::read_registry(session)->find(kHello), nullptr);
  ASSERT_DONE(load_and_install(session, load, file, {.package = kHello, .module = kApplet, .instance = kApplet}));
  EXPECT_NE(gphost::read_registry(session)->find(kApplet), nullptr);
}

// What was linked for the cards of one product is linked for all, and must meet the same API there.
TEST(SharedPackages, FitTheCardsOfEveryProduct) {
  const cose::testing::ManualClock clock;
  const auto packages = std::make_shared<gpcard::PackageCache>();
  for (const auto* protocols : {"02:15", "03:70"}) {
    auto product = *testing::product_of({{"protocols", protocols}});
    product.preloaded.push_back({.cap = *testing::assembled_cap("hello.jca")});
    const auto factory =
        SoftCardFactory::create(std::move(product), packages, clock, std::make_shared<cose::testing::SeededRng>(1));
    ASSERT_TRUE(factory.has_value()) << factory.error().message;
    const auto card = *(*factory)->make(1);
    Bytes response;
    ASSERT_DONE(card->power_up(iso7816::ResetKind::kCold));
    ASSERT_DONE(card->transmit(concat("00A4040008"_hex, kApplet), response));
    EXPECT_EQ(to_hex(response).substr(to_hex(response).size() - 4), "9000");
  }
}

TEST(Console, BelievesNoCardWhoseCertificatesSomebodyElseSigned) {
  Desk desk("03:70,11:07");
  ASSERT_DONE(give_keys(desk));
  const auto strangers = desk.public_key("p256:strangers");
  EXPECT_EQ(desk.session->authenticate(gphost::Scp11Login{.authority = &strangers}).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(desk.session->authenticate(gphost::Scp11Login{.card_key = &strangers}).error().kind, ErrorKind::kRefused);
  EXPECT_EQ(desk.session->authenticate(gphost::Scp11Login{}).error().kind, ErrorKind::kInvalid);
  EXPECT_FALSE(desk.session->is_open());
}

// The half of the key that the card needs.
struct Put {
  gphost::Session& session;
  KeyPlace place;
  bool is_private;

  Status operator()(const scp::SymmetricKey* key) const { return put_secret_key(session, place, *key); }
  Status operator()(const crypto::EcPrivateKey* key) const {
    COSE_TRY(auto open, key->public_key());
    COSE_TRY(auto copy, crypto::EcPrivateKey::create(key->curve(), key->scalar().view()));
    return is_private ? put_private_key(session, place, std::move(copy))
                      : put_public_key(session, place, std::move(open));
  }
  Status operator()(const crypto::RsaPrivateKey* key) const {
    COSE_TRY(auto open, key->public_key());
    COSE_TRY(const auto crt, key->crt());
    COSE_TRY(auto copy, crypto::RsaPrivateKey::from_crt(crt));
    return is_private ? put_private_key(session, place, std::move(copy))
                      : put_public_key(session, place, std::move(open));
  }
};

struct Delegate {
  Desk desk;
  std::string kind;
  scp::SigningKey issuer;

  Delegate(const std::string& protocols, std::string kind_of_key)
      : desk(protocols), kind(std::move(kind_of_key)), issuer(*desk.keys.signing_key(kind + ":issuer")) {}

  Status create_domain() {
    auto& session = *desk.session;
    COSE_CHECK(desk.open());
    COSE_CHECK(std::visit(Put{session, {.version = 0x70}, false}, issuer));
    COSE_TRY(const auto receipts, desk.keys.signing_key(kind + ":receipts"));
    COSE_CHECK(std::visit(Put{session, {.version = 0x71}, true}, receipts));
    gphost::InstallRequest domain{
        .package = "A0000001515350"_hex, .module = "A000000151535041"_hex, .instance = kDomain};
    domain.privileges = {0xA0, 0x00, 0x00};
    COSE_TRY(const auto made, install(session, domain));
    COSE_TRY(const auto selected, session.select(kDomain));
    return desk.open();
  }
  Result<Bytes> token(const iso7816::CommandApdu& command) {
    return gphost::make_token(command, issuer, desk.keys.rng());
  }
  Status check(const Result<Bytes>& answer, std::initializer_list<ByteView> fields) {
    if (!answer) return std::unexpected(answer.error());
    COSE_TRY(const auto receipt, gphost::Receipt::parse(*answer));
    return desk.keys.verify(kind + ":receipts", receipt.input(fields), receipt.signature);
  }
};

// A delegate loads, installs, deletes with the issuer's tokens, and the receipts prove it.
void manage_by_tokens(Delegate& delegate) {
  ASSERT_DONE(delegate.create_domain());
  auto& session = *delegate.desk.session;
  const auto file = *testing::assembled_cap("hello.jca");
  gphost::LoadRequest load{.package = kHello};
  EXPECT_EQ(load_package(session, load, file).error().kind, ErrorKind::kRefused);
  load.token = *delegate.token(*gphost::install_for_load(load));
  const auto loaded = load_package(session, load, file);
  ASSERT_DONE(delegate.check(loaded, {kHello, kDomain}));
  EXPECT_FALSE(delegate.check(loaded, {kHello, kHello}).has_value());

  gphost::InstallRequest applet{.package = kHello, .module = kApplet, .instance = kApplet};
  constexpr auto kPurpose = gphost::InstallPurpose::kInstallAndMakeSelectable;
  applet.token = *delegate.token(*gphost::install_for_install(applet, kPurpose));
  ASSERT_DONE(delegate.check(install(session, applet), {kHello, kApplet}));

  const auto token = *delegate.token(*gphost::delete_object(kHello, gphost::DeleteRelated::kYes, {}));
  ASSERT_DONE(delegate.check(remove(session, kHello, gphost::DeleteRelated::kYes, token), {kHello}));
}

TEST(Console, ManagesByTokensAndReceiptsOfEachKindOfKey) {
  for (const auto* const protocols : {"02:15", "03:70"})
    for (const auto* const kind : {"rsa1024", "rsa1536", "p256", "brainpool384", "aes", "des"}) {
      SCOPED_TRACE(std::string(protocols) + " " + kind);
      Delegate delegate(protocols, kind);
      manage_by_tokens(delegate);
    }
}

}  // namespace
}  // namespace cose::softse
