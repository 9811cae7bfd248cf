// SPDX-License-Identifier: Apache-2.0
#include "host/stored_cards.h"

#include <filesystem>

#include "cap/limits.h"
#include "host/card_profile_file.h"
#include "host/files.h"

namespace cose::host {

namespace {

constexpr std::size_t kMaximumProfile = 1 << 20;

std::string profile_in(const vault::Sections& sections) {
  const auto found = sections.find(softse::kProductSection);
  return found == sections.end() ? std::string{} : std::string(as_text(found->second));
}

}  // namespace

Result<std::shared_ptr<StoredCards::Factory>> StoredCards::build(softse::CardProduct product) {
  return Factory::create(std::move(product), packages_, clock_, rng_);
}

Result<std::shared_ptr<StoredCards::Factory>> StoredCards::factory_of(const std::string& profile) {
  if (const auto known = factories_.find(profile); known != factories_.end()) return known->second;
  COSE_TRY(auto product, parse_card_product(profile, "the profile of a stored card", {}, Packages::kLeave));
  COSE_TRY(auto factory, build(std::move(product)));
  return factories_.emplace(profile, std::move(factory)).first->second;
}

Status StoredCards::prepare_new() {
  if (factory_of_new_) return {};
  softse::CardProduct product;
  if (!new_.profile_file.empty()) {
    COSE_TRY(profile_of_new_, read_file(new_.profile_file, kMaximumProfile));
    COSE_TRY(product, load_card_product(new_.profile_file));
  }
  for (const auto& file : new_.load) {
    COSE_TRY(const auto octets, read_file(file, cap::kMaximumFile));
    product.preloaded.push_back({.cap = to_bytes(as_bytes(octets))});
  }
  COSE_TRY(factory_of_new_, build(std::move(product)));
  return {};
}

std::unique_ptr<fleet::StatefulCard> StoredCards::stored(std::unique_ptr<softse::SoftCard> card, std::string profile) {
  return std::make_unique<softse::StoredCard>(std::move(card), packages_, to_bytes(as_bytes(profile)));
}

Result<std::unique_ptr<fleet::StatefulCard>> StoredCards::make(std::uint32_t number) {
  COSE_CHECK(prepare_new());
  COSE_TRY(auto card, factory_of_new_->make(factory_of_new_->product().first_serial + number));
  return stored(std::move(card), profile_of_new_);
}

Result<std::unique_ptr<fleet::StatefulCard>> StoredCards::make_template() {
  COSE_CHECK(prepare_new());
  COSE_TRY(auto card, factory_of_new_->make_blank());
  return stored(std::move(card), profile_of_new_);
}

Result<std::unique_ptr<fleet::StatefulCard>> StoredCards::make_from(const vault::Sections& sections,
                                                                    std::uint32_t number) {
  auto profile = profile_in(sections);
  COSE_TRY(const auto factory, factory_of(profile));
  COSE_TRY(const auto blank, softse::snapshot_of(sections, *packages_));
  COSE_TRY(auto card, factory->make_from(blank, factory->product().first_serial + number));
  return stored(std::move(card), std::move(profile));
}

Result<std::unique_ptr<fleet::StatefulCard>> StoredCards::restore(const vault::Sections& sections) {
  auto profile = profile_in(sections);
  COSE_TRY(const auto factory, factory_of(profile));
  COSE_TRY(const auto snapshot, softse::snapshot_of(sections, *packages_));
  COSE_TRY(auto card, factory->restore(snapshot));
  return stored(std::move(card), std::move(profile));
}

}  // namespace cose::host
