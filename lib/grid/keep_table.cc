// SPDX-License-Identifier: Apache-2.0
#include "grid/keep_table.h"

#include <array>
#include <charconv>

#include "bytes/hex.h"
#include "bytes/secret.h"

namespace cose::grid {

namespace {

constexpr std::size_t kSecretOctets = 16;

}  // namespace

Result<KeptUse*> KeepTable::make(SessionId owner) {
  std::array<std::uint8_t, kSecretOctets> secret{};
  COSE_CHECK(rng_.fill(secret));
  auto& use = uses_[owner];
  use.owner = owner;
  use.key = std::to_string(owner) + "-" + to_hex(secret);
  return &use;
}

// The number in front only says where to look; what must be known is the secret behind it.
KeptUse* KeepTable::find(std::string_view key) {
  SessionId owner = 0;
  const auto parsed = std::from_chars(key.data(), key.data() + key.size(), owner);
  if (parsed.ec != std::errc{}) return nullptr;
  auto* use = find_owner(owner);
  if (use == nullptr || !constant_time_equal(as_bytes(use->key), as_bytes(key))) return nullptr;
  return use;
}

KeptUse* KeepTable::find_owner(SessionId owner) {
  const auto found = uses_.find(owner);
  return found == uses_.end() ? nullptr : &found->second;
}

void KeepTable::park(KeptUse& use, Nanoseconds now) {
  use.attached = nullptr;
  use.parked_at = now;
}

std::vector<SessionId> KeepTable::expired(Nanoseconds now) const {
  std::vector<SessionId> owners;
  for (const auto& [owner, use] : uses_)
    if (use.attached == nullptr && now - use.parked_at > patience_) owners.push_back(owner);
  return owners;
}

}  // namespace cose::grid
