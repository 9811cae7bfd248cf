// SPDX-License-Identifier: Apache-2.0
#include "host/payment_personalizer.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bytes/hex.h"
#include "gphost/commands.h"

namespace cose::host {

namespace {

using emv::Protection;
using gphost::StoreDataForm;

constexpr std::array<std::uint8_t, 6> kPackage{0xF0, 0x43, 0x6F, 0x53, 0x45, 0x19};
constexpr std::uint8_t kApplicationModule = 0x01;
constexpr std::uint8_t kDirectoryModule = 0x02;
// What any secure channel has room for.
constexpr std::size_t kScriptBlock = 200;
constexpr std::string_view kPse = "1PAY.SYS.DDF01";
constexpr std::string_view kPpse = "2PAY.SYS.DDF01";

Bytes module(std::uint8_t number) {
  return concat(kPackage, Bytes{number});
}

// Groups that travel alike, one behind the other; commands cut them anywhere.
struct Stream {
  Protection protection;
  Bytes octets;
};

Result<std::vector<Stream>> streams_of(gphost::Session& session, const std::vector<emv::DataGroup>& groups) {
  std::vector<Stream> streams;
  for (const auto& group : groups) {
    if (streams.empty() || streams.back().protection != group.protection) streams.push_back({group.protection, {}});
    if (group.protection == Protection::kPlain) {
      append(streams.back().octets, emv::encode(group.identifier, group.value.view()));
      continue;
    }
    COSE_TRY(const auto wrapped, session.wrap_sensitive(group.value.view()));
    append(streams.back().octets, emv::encode(group.identifier, wrapped));
  }
  return streams;
}

StoreDataForm form_of(Protection protection) {
  using Encryption = StoreDataForm::Encryption;
  return {.structure = StoreDataForm::Structure::kDgi,
          .encryption = protection == Protection::kEncrypted ? Encryption::kAll : Encryption::kNone};
}

class Personalization {
 public:
  Personalization(gphost::Session& session, const gphost::Progress& progress)
      : session_(session), progress_(progress) {}

  Status run(const std::vector<PaymentInstance>& instances) {
    std::vector<std::vector<Stream>> all;
    for (const auto& instance : instances) {
      COSE_TRY(auto streams, streams_of(session_, instance.groups));
      for (const auto& stream : streams) total_ += stream.octets.size();
      all.push_back(std::move(streams));
    }
    for (std::size_t index = 0; index < instances.size(); ++index) COSE_CHECK(send(instances[index].aid, all[index]));
    return {};
  }

 private:
  Status send(ByteView aid, const std::vector<Stream>& streams) {
    COSE_TRY(const auto command, gphost::install_for_personalization(aid));
    COSE_TRY(const auto answer, session_.exchange(command, "INSTALL [for personalization] of " + to_hex(aid)));
    std::uint8_t number = 0;
    for (const auto& stream : streams) {
      auto rest = ByteView(stream.octets);
      while (!rest.empty()) {
        const auto part = rest.first(std::min(rest.size(), session_.room()));
        rest = rest.subspan(part.size());
        const bool is_last = rest.empty() && &stream == &streams.back();
        COSE_TRY(const auto stored,
                 session_.exchange(gphost::store_data(part, number++, is_last, form_of(stream.protection)),
                                   "STORE DATA to " + to_hex(aid)));
        done_ += part.size();
        if (progress_) progress_(done_, total_);
      }
    }
    return {};
  }

  gphost::Session& session_;
  const gphost::Progress& progress_;
  std::size_t done_ = 0;
  std::size_t total_ = 0;
};

}  // namespace

Bytes payment_package() {
  return to_bytes(kPackage);
}

Result<std::vector<PaymentInstance>> make_payment_instances(const emv::PaymentProfile& profile,
                                                            const emv::CardData& card,
                                                            const PaymentAuthority& authority, Rng& rng) {
  COSE_TRY(const auto card_key, crypto::RsaPrivateKey::generate(profile.key_bits, rng, 3));
  COSE_TRY(const auto issuer, authority.issuer_for(card.account.pan));
  COSE_TRY(auto groups, emv::application_groups(profile, card, authority.keys(), issuer, card_key));
  const std::array entries{
      emv::DirectoryEntry{.aid = profile.aid,
                          .label = profile.label,
                          .priority = profile.priority,
                          .kernel = profile.contactless ? profile.contactless->kernel : std::uint8_t{0}}};
  std::vector<PaymentInstance> instances;
  instances.push_back(
      {module(kDirectoryModule), to_bytes(as_bytes(kPse)), emv::pse_groups(entries, profile.languages)});
  if (profile.contactless)
    instances.push_back({module(kDirectoryModule), to_bytes(as_bytes(kPpse)), emv::ppse_groups(entries)});
  instances.push_back({module(kApplicationModule), profile.aid, std::move(groups)});
  return instances;
}

Status personalize_payment(gphost::Session& session, const std::vector<PaymentInstance>& instances,
                           const admin::LoadFile* package, const gphost::Progress& progress) {
  COSE_TRY(const auto registry, gphost::read_registry(session));
  for (const auto& instance : instances)
    if (registry.find(instance.aid) != nullptr) {
      COSE_TRY(const auto gone, gphost::remove(session, instance.aid, gphost::DeleteRelated::kNo));
    }
  const auto name = payment_package();
  if (package != nullptr && registry.find(name) == nullptr) {
    COSE_TRY(const auto receipt, gphost::load_package(session, {.package = name}, package->octets));
  }
  for (const auto& instance : instances) {
    COSE_TRY(const auto receipt,
             gphost::install(session, {.package = name, .module = instance.module, .instance = instance.aid}));
  }
  return Personalization(session, progress).run(instances);
}

std::string personalization_script(const std::vector<PaymentInstance>& instances, const std::string& cap_file) {
  const auto package = to_hex(payment_package());
  auto text =
      "mode_211\nestablish_context\ncard_connect\nselect -AID A000000151000000\n"
      "open_sc -security 3 -keyind 0 -keyver 0 -key 404142434445464748494A4B4C4D4E4F\n"
      "delete -AID " +
      package + "\ninstall_for_load -pkgAID " + package + "\nload -file " + cap_file + "\n";
  for (const auto& instance : instances)
    text += "install_for_install -pkgAID " + package + " -AID " + to_hex(instance.module) + " -instAID " +
            to_hex(instance.aid) + " -priv 0\ninstall_for_make_selectable -instAID " + to_hex(instance.aid) +
            " -priv 0\n";
  for (const auto& instance : instances) {
    text += "install_for_personalization -AID " + to_hex(instance.aid) + "\n";
    Bytes octets;
    for (const auto& group : instance.groups) append(octets, emv::encode(group.identifier, group.value.view()));
    std::uint8_t number = 0;
    for (auto rest = ByteView(octets); !rest.empty();) {
      const auto part = rest.first(std::min(rest.size(), kScriptBlock));
      rest = rest.subspan(part.size());
      const auto command = gphost::store_data(part, number++, rest.empty(), form_of(Protection::kPlain));
      const Bytes header{command.cla, command.ins, command.p1, command.p2, static_cast<std::uint8_t>(part.size())};
      text += "send_apdu -sc 1 -APDU " + to_hex(concat(header, part)) + "\n";
    }
  }
  return text + "card_disconnect\nrelease_context\n";
}

}  // namespace cose::host
