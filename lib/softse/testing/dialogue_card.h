// SPDX-License-Identifier: Apache-2.0
// The card of a dialogue, by the options of its line (dialogue.h):
//
//   scp=02|03            the default profile with that protocol first
//   protocols=03:70,...  others; the first decides whether the card's keys are AES or DES
//   keys=HEX[,HEX,HEX]   one for all, or ENC, MAC, DEK;  version=HEX  their version
//   kdd=HEX              diversification data;  counter=N  sequence counter;  domain=HEX  the issuer domain's AID
//   serial=N, load=FILE  FILE.jca beside the dialogue or in tests/cap, or NAME.cap as the build made it
//   delay=N, block=N     failed authentications before the next must wait, before the keys are blocked
//   applications=N, key_sets=N
#pragma once

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "bytes/hex.h"
#include "bytes/testing/seeded_rng.h"
#include "cap/assemble.h"
#include "cap/container.h"
#include "gpcard/key_store.h"
#include "softse/soft_card_factory.h"

namespace cose::softse::testing {

using Options = std::map<std::string, std::string>;

[[nodiscard]] inline Options options_of(const std::string& text) {
  Options found;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    const auto equals = word.find('=');
    found[word.substr(0, equals)] = equals == std::string::npos ? "" : word.substr(equals + 1);
  }
  return found;
}

[[nodiscard]] inline std::uint8_t octet_of(const Options& options, const std::string& name, std::uint8_t otherwise) {
  const auto found = options.find(name);
  return found == options.end() ? otherwise : static_cast<std::uint8_t>(std::stoul(found->second, nullptr, 16));
}

[[nodiscard]] inline std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream stream(text);
  for (std::string part; std::getline(stream, part, at);) parts.push_back(part);
  return parts;
}

[[nodiscard]] inline Result<Bytes> built_cap(const std::string& name) {
  std::ifstream file(std::string(COSE_BUILT_APPLETS) + "/" + name, std::ios::binary);
  if (!file) return fail(ErrorKind::kNotFound, name + " was not built");
  const std::string octets(std::istreambuf_iterator<char>(file), {});
  COSE_TRY(const auto components, cap::read_cap(as_bytes(octets)));
  return cap::write_load_file(components, cap::WithDescriptor::kYes);
}

[[nodiscard]] inline Result<Bytes> assembled_cap(const std::string& name) {
  if (name.ends_with(".cap")) return built_cap(name);
  for (const std::string folder : {"/gpcard/", "/cap/"}) {
    std::ifstream file(std::string(COSE_TESTS_DIR) + folder + name);
    if (!file) continue;
    std::stringstream text;
    text << file.rdbuf();
    COSE_TRY(const auto components, cap::assemble(text.str()));
    return cap::write_load_file(components, cap::WithDescriptor::kYes);
  }
  return fail(ErrorKind::kNotFound, name + " is not there");
}

// What a test put in comes out first.
class QueuedRng final : public Rng {
 public:
  void queue(ByteView octets) { append(queued_, octets); }
  [[nodiscard]] Status fill(MutableByteView buffer) override {
    const auto given = std::min(queued_.size(), buffer.size());
    std::ranges::copy(ByteView(queued_).first(given), buffer.begin());
    queued_.erase(queued_.begin(), queued_.begin() + static_cast<std::ptrdiff_t>(given));
    return rest_.fill(buffer.subspan(given));
  }

 private:
  Bytes queued_;
  cose::testing::SeededRng rest_{0x5EED};
};

[[nodiscard]] inline Result<scp::KeySet> keys_of_option(const std::string& text, std::uint8_t version,
                                                        scp::KeyAlgorithm algorithm) {
  std::vector<Bytes> keys;
  for (const auto& part : split(text, ',')) {
    COSE_TRY(auto key, from_hex(part));
    keys.push_back(std::move(key));
  }
  if (keys.size() == 1) return scp::KeySet::from_one(version, algorithm, keys[0]);
  if (keys.size() == 3) return scp::KeySet::from_three(version, algorithm, keys[0], keys[1], keys[2]);
  return fail(ErrorKind::kInvalid, "keys: expected one or three");
}

[[nodiscard]] inline Status set_protocols(CardProduct& product, const std::string& text) {
  product.profile.protocols.clear();
  for (const auto& part : split(text, ',')) {
    COSE_TRY(const auto octets, from_hex(part.substr(0, 2) + part.substr(3)));
    product.profile.protocols.push_back({octets.at(0), octets.at(1)});
  }
  return {};
}

[[nodiscard]] inline Result<CardProduct> product_of(const Options& wanted) {
  CardProduct product;
  if (wanted.contains("scp"))
    COSE_CHECK(prefer_protocol(product, static_cast<std::uint8_t>(std::stoi(wanted.at("scp")))));
  if (wanted.contains("protocols")) COSE_CHECK(set_protocols(product, wanted.at("protocols")));
  auto& profile = product.profile;
  if (wanted.contains("domain")) {
    COSE_TRY(profile.issuer_domain_aid, from_hex(wanted.at("domain")));
  }
  auto& limits = profile.limits;
  limits.failures_before_delay = octet_of(wanted, "delay", limits.failures_before_delay);
  limits.failures_before_block = octet_of(wanted, "block", limits.failures_before_block);
  limits.applications = octet_of(wanted, "applications", static_cast<std::uint8_t>(limits.applications));
  limits.key_sets = octet_of(wanted, "key_sets", limits.key_sets);
  const auto first = std::ranges::find_if(profile.protocols, [](const auto& each) { return each.number < 0x11; });
  const bool is_aes = first != profile.protocols.end() && first->number == 0x03;
  const auto algorithm = is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
  if (wanted.contains("keys")) {
    COSE_TRY(auto keys, keys_of_option(wanted.at("keys"), octet_of(wanted, "version", 0x01), algorithm));
    product.master_keys.push_back(std::move(keys));
  } else if (product.master_keys.empty()) {
    product.master_keys.push_back(public_test_keys(algorithm));
  }
  if (wanted.contains("load")) {
    COSE_TRY(auto cap, assembled_cap(wanted.at("load")));
    product.preloaded.push_back({.cap = std::move(cap)});
  }
  return product;
}

// What a card has of its own.
[[nodiscard]] inline Status personalize(gpcard::CardManager& manager, const Options& wanted) {
  auto& registry = manager.registry();
  const auto issuer = manager.issuer_domain();
  if (wanted.contains("kdd")) {
    auto data = registry.find_data(issuer, 0xCF);
    if (!data) return fail(ErrorKind::kNotFound, "the card has no diversification data");
    COSE_TRY(data->value.value, from_hex(wanted.at("kdd")));
    COSE_CHECK(registry.replace(data->slot, data->value));
  }
  if (!wanted.contains("counter")) return {};
  const auto keys = gpcard::channel_keys(registry, issuer, 0);
  if (!keys) return fail(ErrorKind::kNotFound, "the card has no keys");
  return gpcard::set_counter(registry, keys->counter_slot,
                             static_cast<std::uint32_t>(std::stoul(wanted.at("counter"))));
}

}  // namespace cose::softse::testing
