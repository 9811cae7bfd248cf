// SPDX-License-Identifier: Apache-2.0
#include "payment_card.h"

#include <filesystem>
#include <utility>

#include <gtest/gtest.h>
#include <unistd.h>

#include "gphost/session.h"
#include "host/files.h"
#include "host/payment_personalizer.h"

namespace cose::payment {

namespace {

constexpr std::size_t kMaximumFile = 1U << 20;
constexpr std::uint8_t kMacAndDecryption = 0x03;

// The banks of this process; gone with it.
class Banks {
 public:
  Banks() = default;
  ~Banks() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Banks(const Banks&) = delete;
  Banks& operator=(const Banks&) = delete;

  [[nodiscard]] std::string of(const host::PaymentProfileFile& profile) const {
    return folder_ + (profile.profile.scheme == emv::Scheme::kMastercard ? "/mastercard" : "/visa");
  }

 private:
  std::string folder_ = ::testing::TempDir() + "cose-banks-" + std::to_string(getpid());
};

std::string bank_folder(const host::PaymentProfileFile& profile) {
  static const Banks kBanks;
  return kBanks.of(profile);
}

Status personalize(softse::SoftCard& card, const host::PaymentProfileFile& profile,
                   const host::PaymentAuthority& authority, Rng& rng) {
  gphost::MemoryLedger ledger;
  COSE_TRY(const auto atr, card.power_up(iso7816::ResetKind::kCold));
  gphost::Session session(card, rng, ledger);
  COSE_TRY(const auto domain, session.select_issuer_domain());
  COSE_CHECK(session.authenticate(
      gphost::Login{.keys = gphost::KeyMaterial::one(gphost::default_key()), .level = {kMacAndDecryption}}));
  COSE_TRY(const auto package, admin::LoadFile::read(std::string(COSE_BUILT_APPLETS) + "/payment.cap"));
  COSE_TRY(const auto instances, host::make_payment_instances(profile.profile, profile.card, authority, rng));
  return host::personalize_payment(session, instances, &package);
}

}  // namespace

Result<std::unique_ptr<PaymentCard>> PaymentCard::make(std::string_view profile) {
  std::unique_ptr<PaymentCard> made(new PaymentCard());
  COSE_TRY(made->profile_, host::parse_payment_profile(profile, "profile"));
  COSE_CHECK(made->build());
  return made;
}

Status PaymentCard::build() {
  host::AuthorityWishes wishes;
  wishes.scheme = profile_.authority.scheme;
  wishes.provider = profile_.authority.provider;
  COSE_TRY(auto authority, host::PaymentAuthority::open(bank_folder(profile_), std::move(wishes), *rng_));
  authority_ = std::make_unique<host::PaymentAuthority>(std::move(authority));
  COSE_TRY(const auto text, host::read_file(authority_->ca_keys_file(), kMaximumFile));
  COSE_TRY(authorities_, emv::CaKeys::parse(text));
  COSE_TRY(factory_, softse::SoftCardFactory::create(softse::CardProduct{}, std::make_shared<gpcard::PackageCache>(),
                                                     clock_, rng_));
  COSE_TRY(card_, factory_->make(1));
  COSE_CHECK(personalize(*card_, profile_, *authority_, *rng_));
  COSE_CHECK(card_->power_down());
  COSE_TRY(const auto atr, card_->power_up(iso7816::ResetKind::kCold));
  return {};
}

Result<Secret> PaymentCard::card_key(const Secret& issuer_key) const {
  const auto* version = emv::find_version(profile_.profile.scheme, profile_.profile.version);
  if (version == nullptr) return fail(ErrorKind::kNotFound, "no such cryptogram version");
  return emv::card_key(version->key_option, issuer_key.view(), profile_.card.account);
}

std::string_view mchip_profile() {
  return R"([application]
aid = "A0000000041010"
label = "COSE MCHIP"
scheme = "mastercard"
cryptogram_version = 20
authentication = ["dda", "cda"]
key_bits = 1408
[contactless]
relay_times = "0012 0032 0018"
[card]
pan = "5413330089020011"
)";
}

std::string_view vis_profile() {
  return R"([application]
aid = "A0000000031010"
label = "COSE VIS"
scheme = "visa"
cryptogram_version = 18
authentication = ["sda", "dda", "cda"]
key_bits = 1152
[contactless]
[card]
pan = "4761739001010119"
)";
}

}  // namespace cose::payment
