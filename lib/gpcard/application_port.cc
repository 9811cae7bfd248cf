// SPDX-License-Identifier: Apache-2.0
// What applications ask for through org.globalplatform (GPC 2.3.1 annex A).
#include <algorithm>

#include "gpcard/card_manager.h"
#include "gpcard/detail/domain_channel.h"
#include "gpcard/key_store.h"

namespace cose::gpcard {

namespace {

constexpr std::size_t kMaximumHistorical = 15;
constexpr std::size_t kMaximumServices = 16;  // of one application

// GPC 2.3.1 §8.1.2: the octet for the family; 00 behind it stands for all services of the family.
bool names(std::uint16_t registered, std::uint16_t wanted) {
  return registered == wanted || ((registered & 0xFF) == 0 && (registered >> 8) == (wanted >> 8));
}

}  // namespace

std::optional<Entry<Application>> CardManager::application(jcvm::AppletId applet) const {
  if (auto found = registry_.find_applet(applet)) return found;
  if (!installing_) return std::nullopt;
  auto value = registry_.get<Application>(*installing_);
  if (!value) return std::nullopt;
  return Entry<Application>{*installing_, *std::move(value)};
}

std::uint8_t CardManager::card_state() {
  return registry_.card().state;
}

bool CardManager::set_card_state(CardState state) {
  return registry_.set_state(Registry::kCardSlot, static_cast<std::uint8_t>(state)).has_value();
}

bool CardManager::lock_card(jcvm::AppletId by) {
  const auto asking = application(by);
  const auto locked = static_cast<std::uint8_t>(CardState::kLocked);
  if (!asking || !asking->value.privileges.has(Privilege::kCardLock) ||
      !card_may_become(registry_.card().card_state(), locked))
    return false;
  return set_card_state(CardState::kLocked);
}

bool CardManager::terminate_card(jcvm::AppletId by) {
  const auto asking = application(by);
  const auto terminated = static_cast<std::uint8_t>(CardState::kTerminated);
  if (!asking || !asking->value.privileges.has(Privilege::kCardTerminate) ||
      !card_may_become(registry_.card().card_state(), terminated))
    return false;
  return set_card_state(CardState::kTerminated);
}

// GPC API 1.7, setATRHistBytes(): for who is selected by default on the basic channel.
bool CardManager::set_historical_bytes(jcvm::AppletId by, ByteView octets) {
  const auto asking = application(by);
  if (!asking || !asking->value.privileges.has(Privilege::kCardReset) || octets.size() > kMaximumHistorical)
    return false;
  auto card = registry_.card();
  card.historical = to_bytes(octets);
  return registry_.set_card(card).has_value();
}

ByteView CardManager::historical_bytes() {
  historical_ = registry_.card().historical;
  if (historical_.empty())
    if (auto atr = iso7816::Atr::parse(profile_.atr)) historical_ = std::move(atr->historical);
  return historical_;
}

Bytes CardManager::answer_to_reset() const {
  const auto card = registry_.card();
  if (card.historical.empty()) return profile_.atr;
  auto atr = iso7816::Atr::parse(profile_.atr);
  if (!atr) return profile_.atr;
  atr->historical = card.historical;
  return atr->encode().value_or(profile_.atr);
}

// GPC API 1.7, getRegistryEntry(): all for those with the global registry privilege, else oneself.
std::optional<jcvm::AppletId> CardManager::find_entry(jcvm::AppletId by, const std::optional<jcre::Aid>& aid) {
  const auto asking = application(by);
  if (!asking) return std::nullopt;
  if (!aid || equal(aid->octets(), asking->value.aid)) return by;
  const auto found = registry_.find_application(aid->octets());
  if (!found) return std::nullopt;
  if (!asking->value.privileges.has(Privilege::kGlobalRegistry) && found->value.domain != asking->slot)
    return std::nullopt;
  return found->value.applet;
}

std::uint8_t CardManager::state_of(jcvm::AppletId applet) {
  const auto found = application(applet);
  if (!found) return 0;
  return found->slot == issuer_domain() ? registry_.card().state : found->value.state;
}

// GPC 2.3.1 §5.3.1: an application moves among the states of its own, and may lock itself. Others: with global lock.
bool CardManager::set_state(jcvm::AppletId by, jcvm::AppletId applet, std::uint8_t state) {
  const auto asking = application(by);
  const auto target = application(applet);
  if (!asking || !target || target->slot == issuer_domain()) return false;
  const auto now = target->value.state;
  if (asking->slot == target->slot) {
    const bool own = is_selectable(now) && is_own_state(state);
    const bool lock = !is_locked(now) && state == (now | kLockedBit);
    if (!own && !lock && state != kLockedBit) return false;
    return registry_.set_state(target->slot, own ? state : static_cast<std::uint8_t>(now | kLockedBit)).has_value();
  }
  const bool may = asking->value.privileges.has(Privilege::kGlobalLock) || target->value.domain == asking->slot;
  if (!may || is_locked(state) == is_locked(now)) return false;
  return registry_.set_state(target->slot, static_cast<std::uint8_t>(now ^ kLockedBit)).has_value();
}

std::array<std::uint8_t, jcre::CardManager::kPrivileges> CardManager::privileges_of(jcvm::AppletId applet) {
  const auto found = application(applet);
  return found ? found->value.privileges.octets() : std::array<std::uint8_t, kPrivileges>{};
}

bool CardManager::is_associated(jcvm::AppletId applet, const jcre::Aid& domain) {
  const auto found = application(applet);
  const auto above = found ? registry_.get<Application>(found->value.domain) : std::nullopt;
  return above && equal(above->aid, domain.octets());
}

std::optional<jcre::Aid> CardManager::aid_of(jcvm::AppletId applet) {
  const auto found = application(applet);
  return found ? jcre::Aid::of(found->value.aid) : std::nullopt;
}

// GPC 2.3.1 §8.1.2.1: one that names a family and parameters is registered once on a card.
bool CardManager::register_service(jcvm::AppletId applet, std::uint16_t service) {
  auto found = application(applet);
  if (!found || !found->value.privileges.has(Privilege::kGlobalService) ||
      found->value.services.size() >= kMaximumServices || find_service(std::nullopt, service))
    return false;
  found->value.services.push_back(service);
  return registry_.replace(found->slot, found->value).has_value();
}

bool CardManager::deregister_service(jcvm::AppletId applet, std::uint16_t service) {
  auto found = application(applet);
  if (!found || std::erase(found->value.services, service) == 0) return false;
  return registry_.replace(found->slot, found->value).has_value();
}

std::optional<jcvm::AppletId> CardManager::find_service(const std::optional<jcre::Aid>& server, std::uint16_t service) {
  for (const auto& [slot, each] : registry_.all<Application>()) {
    if (server && !equal(server->octets(), each.aid)) continue;
    if (std::ranges::any_of(each.services, [&](std::uint16_t own) { return names(own, service); })) return each.applet;
  }
  return std::nullopt;
}

jcre::ApplicationChannel* CardManager::channel_of(jcvm::AppletId applet) {
  const auto found = application(applet);
  if (!found) return nullptr;
  const auto domain = domain_with_keys(found->value.domain);
  if (domain == kNoSlot) return nullptr;
  domain_channel_->serve(domain);
  return domain_channel_.get();
}

}  // namespace cose::gpcard
