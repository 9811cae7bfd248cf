// SPDX-License-Identifier: Apache-2.0
#include "softse/soft_card_factory.h"

#include "bytes/writer.h"
#include "cap/container.h"
#include "cap/parse.h"
#include "iso7816/wrapped_card.h"
#include "jcapi/binding.h"
#include "tlv/tlv_builder.h"

namespace cose::softse {

using gpcard::CardManager;

namespace {

constexpr std::uint8_t kGlobalPlatform = 0x80;
constexpr std::uint8_t kInstall = 0xE6;
constexpr std::uint8_t kForLoad = 0x02;
constexpr std::uint8_t kForInstallAndSelectable = 0x0C;
constexpr std::uint8_t kLoad = 0xE8;
constexpr std::uint8_t kLastBlock = 0x80;

void put(Writer& to, ByteView octets) {
  to.u8(static_cast<std::uint8_t>(octets.size())).octets(octets);
}

Status install(CardManager& manager, ByteView package, const Preinstalled& applet) {
  Writer data;
  put(data, package);
  put(data, applet.module_aid);
  put(data, applet.instance_aid.empty() ? applet.module_aid : applet.instance_aid);
  put(data, applet.privileges);
  put(data, tlv::TlvBuilder().add(tlv::Tag(0xC9), applet.parameters).view());
  put(data, {});
  return manager.run_as_issuer(
      {.cla = kGlobalPlatform, .ins = kInstall, .p1 = kForInstallAndSelectable, .p2 = 0, .data = data.view()});
}

}  // namespace

SoftCardFactory::SoftCardFactory(CardProduct product, std::shared_ptr<gpcard::PackageLibrary> library,
                                 const Clock& clock, std::shared_ptr<Rng> rng)
    : product_(std::make_shared<const CardProduct>(std::move(product))),
      library_(std::move(library)),
      clock_(clock),
      rng_(std::move(rng)) {}

Result<std::shared_ptr<SoftCardFactory>> SoftCardFactory::create(CardProduct product,
                                                                 std::shared_ptr<gpcard::PackageLibrary> library,
                                                                 const Clock& clock, std::shared_ptr<Rng> rng) {
  if (product.master_keys.empty()) product.master_keys.push_back(public_test_keys(scp::KeyAlgorithm::kDes));
  std::shared_ptr<SoftCardFactory> factory(
      new SoftCardFactory(std::move(product), std::move(library), clock, std::move(rng)));
  COSE_CHECK(factory->build_template());
  return factory;
}

Status SoftCardFactory::build_template() {
  auto api = jcapi::make_api();
  // The library's own where it has them: what was linked for the cards of another product must fit these cards, too.
  for (auto& package : api) {
    if (auto known = library_->find(package->identity))
      package = std::move(known);
    else
      library_->add(package);
  }
  COSE_TRY(auto runtime, jcre::Runtime::create(product_->runtime, api, clock_, *rng_));
  SoftCard card(product_, library_, rng_, std::move(runtime));
  COSE_CHECK(card.manager().create());
  for (const auto& each : product_->preloaded) COSE_CHECK(preload(card.manager(), each));
  template_ = card.runtime().machine().heap().memory().snapshot();
  return {};
}

Status SoftCardFactory::preload(CardManager& manager, const Preloaded& preloaded) {
  COSE_TRY(const auto components, cap::read_cap(preloaded.cap));
  COSE_TRY(const auto load_file, cap::write_load_file(components, cap::WithDescriptor::kYes));
  const auto* info = components.find(cap::ComponentTag::kHeader);
  if (info == nullptr) return fail(ErrorKind::kInvalid, "the CAP file has no Header");
  COSE_TRY(const auto header, cap::parse_header(*info));
  if (header.packages.empty()) return fail(ErrorKind::kInvalid, "the CAP file has no package");
  const auto& package = header.packages[0].aid;
  Writer data;
  put(data, package);
  for (int field = 0; field < 4; ++field) put(data, {});
  COSE_CHECK(
      manager.run_as_issuer({.cla = kGlobalPlatform, .ins = kInstall, .p1 = kForLoad, .p2 = 0, .data = data.view()}));
  const auto block = tlv::TlvBuilder().add(tlv::Tag(0xC4), load_file).take();
  COSE_CHECK(manager.run_as_issuer({.cla = kGlobalPlatform, .ins = kLoad, .p1 = kLastBlock, .p2 = 0, .data = block}));
  if (!preloaded.install) return {};
  auto applets = preloaded.applets;
  const auto* listed = components.find(cap::ComponentTag::kApplet);
  if (applets.empty() && listed != nullptr) {
    COSE_TRY(const auto modules, cap::parse_applet(*listed, header.shape()));
    for (const auto& module : modules) applets.push_back({.module_aid = module.aid});
  }
  for (const auto& applet : applets) COSE_CHECK(install(manager, package, applet));
  return {};
}

Result<std::unique_ptr<jcre::Runtime>> SoftCardFactory::restore_runtime(const jcvm::Snapshot& snapshot) {
  return jcre::Runtime::restore(
      product_->runtime, snapshot, [this](ByteView identity) { return library_->find(identity); }, clock_, *rng_);
}

Result<gpcard::CardIdentity> SoftCardFactory::identity(std::uint32_t serial) const {
  auto identity = gpcard::identity_of(product_->profile, serial);
  for (const auto& masters : product_->master_keys) {
    COSE_TRY(auto keys, product_->diversification.derive(masters, identity.key_diversification));
    identity.keys.push_back(std::move(keys));
  }
  identity.iin = product_->iin;
  identity.cin = product_->cin;
  return identity;
}

Result<std::unique_ptr<SoftCard>> SoftCardFactory::make(std::uint32_t serial) {
  return make_from(template_, serial);
}

Result<std::unique_ptr<SoftCard>> SoftCardFactory::make_blank() {
  COSE_TRY(auto runtime, restore_runtime(template_));
  return std::make_unique<SoftCard>(product_, library_, rng_, std::move(runtime));
}

Result<std::unique_ptr<SoftCard>> SoftCardFactory::make_from(const jcvm::Snapshot& blank, std::uint32_t serial) {
  COSE_TRY(const auto own, identity(serial));
  COSE_TRY(auto runtime, restore_runtime(blank));
  auto card = std::make_unique<SoftCard>(product_, library_, rng_, std::move(runtime));
  COSE_CHECK(card->manager().personalize(own));
  return card;
}

Result<std::unique_ptr<SoftCard>> SoftCardFactory::restore(const jcvm::Snapshot& snapshot) {
  COSE_TRY(auto runtime, restore_runtime(snapshot));
  auto card = std::make_unique<SoftCard>(product_, library_, rng_, std::move(runtime));
  COSE_CHECK(card->manager().recover());
  return card;
}

namespace {

class KeptCard final : public iso7816::WrappedCard {
 public:
  explicit KeptCard(std::shared_ptr<SoftCard> kept) : WrappedCard(*kept), kept_(std::move(kept)) {}
  ~KeptCard() override { static_cast<void>(kept_->power_down()); }

 private:
  std::shared_ptr<SoftCard> kept_;
};

}  // namespace

Result<std::unique_ptr<iso7816::Card>> SoftCardSource::open() {
  if (card_ == nullptr) {
    COSE_TRY(card_, factory_->make(serial_));
  }
  if (card_.use_count() > 1) return fail(ErrorKind::kBusy, uri_ + " is in use");
  return std::make_unique<KeptCard>(card_);
}

}  // namespace cose::softse
