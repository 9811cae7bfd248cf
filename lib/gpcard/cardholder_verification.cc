// SPDX-License-Identifier: Apache-2.0
#include "gpcard/cardholder_verification.h"

#include <algorithm>

namespace cose::gpcard {

namespace {

// GPC API 1.7, CVM: ASCII and BCD digits of one PIN are the same PIN, so all is kept as digits where it can be.
std::optional<Secret> normalized(ByteView value, std::uint8_t format) {
  if (value.empty() || value.size() > kMaximumPin) return std::nullopt;
  if (format == static_cast<std::uint8_t>(jcre::CardholderVerification::Format::kHexadecimal)) return Secret(value);
  if (format == static_cast<std::uint8_t>(jcre::CardholderVerification::Format::kBcd)) {
    Bytes digits;
    for (const auto octet : value)
      for (const auto digit : {octet >> 4, octet & 0x0F})
        if (digit != 0x0F) digits.push_back(static_cast<std::uint8_t>('0' + digit));
    return Secret::take(std::move(digits));
  }
  if (format == static_cast<std::uint8_t>(jcre::CardholderVerification::Format::kAscii)) return Secret(value);
  return std::nullopt;
}

}  // namespace

std::optional<Entry<Pin>> Verification::pin() const {
  auto all = registry_.all<Pin>();
  if (all.empty()) return std::nullopt;
  return std::move(all.front());
}

bool Verification::active() {
  const auto found = pin();
  return found && !found->value.value.empty() && found->value.limit != 0;
}

bool Verification::blocked() {
  const auto found = pin();
  return found && (found->value.blocked != 0 || (found->value.limit != 0 && found->value.state >= found->value.limit));
}

std::uint8_t Verification::tries_remaining() {
  const auto found = pin();
  if (!found || blocked()) return 0;
  return static_cast<std::uint8_t>(found->value.limit - std::min(found->value.state, found->value.limit));
}

bool Verification::verify(ByteView value, std::uint8_t format) {
  const auto found = pin();
  verified_ = false;
  submitted_ = true;
  if (!found || !active() || blocked()) return false;
  // The try counts before the comparison, so that a power cut gives none back.
  if (!registry_.set_state(found->slot, static_cast<std::uint8_t>(found->value.state + 1))) return false;
  const auto given = normalized(value, format);
  if (!given || !constant_time_equal(given->view(), found->value.value.view())) return false;
  verified_ = true;
  return registry_.set_state(found->slot, 0).has_value();
}

void Verification::reset_state() {
  verified_ = false;
  submitted_ = false;
}

bool Verification::may_manage(jcvm::AppletId by) const {
  const auto application = registry_.find_applet(by);
  return application && application->value.privileges.has(Privilege::kCvmManagement);
}

bool Verification::keep(std::optional<Slot> slot, Pin&& pin) {
  verified_ = false;
  if (slot) return registry_.replace(*slot, std::move(pin)).has_value();
  return registry_.insert(std::move(pin)).has_value();
}

bool Verification::update(jcvm::AppletId by, ByteView value, std::uint8_t format) {
  auto given = normalized(value, format);
  if (!may_manage(by) || !given) return false;
  auto found = pin();
  Pin changed;
  changed.limit = found ? found->value.limit : kDefaultTries;
  changed.format = format;
  changed.value = *std::move(given);
  return keep(found ? std::optional(found->slot) : std::nullopt, std::move(changed));
}

bool Verification::set_try_limit(jcvm::AppletId by, std::uint8_t limit) {
  if (!may_manage(by) || limit == 0) return false;
  auto found = pin();
  Pin changed = found ? std::move(found->value) : Pin{};
  changed.limit = limit;
  changed.state = 0;
  return keep(found ? std::optional(found->slot) : std::nullopt, std::move(changed));
}

bool Verification::block(jcvm::AppletId by) {
  auto found = pin();
  if (!may_manage(by) || !found) return false;
  found->value.blocked = 1;
  return keep(found->slot, std::move(found->value));
}

bool Verification::reset_and_unblock(jcvm::AppletId by) {
  auto found = pin();
  if (!may_manage(by) || !found) return false;
  found->value.blocked = 0;
  found->value.state = 0;
  return keep(found->slot, std::move(found->value));
}

}  // namespace cose::gpcard
