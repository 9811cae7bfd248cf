// SPDX-License-Identifier: Apache-2.0
#include "web/sessions.h"

#include <array>
#include <utility>

#include "bytes/hex.h"

namespace cose::web {

namespace {

constexpr std::size_t kIdOctets = 16;

}  // namespace

Result<std::string> Sessions::make_id(Rng& rng) const {
  std::array<std::uint8_t, kIdOctets> octets{};
  COSE_CHECK(rng.fill(octets));
  return to_hex(octets);
}

Session& Sessions::add(Session session) {
  auto id = session.id;
  return sessions_.insert_or_assign(std::move(id), std::move(session)).first->second;
}

Session* Sessions::find(std::string_view id, const std::vector<grid::Identity>& owner) {
  const auto found = sessions_.find(id);
  return found == sessions_.end() || found->second.owner != owner ? nullptr : &found->second;
}

std::vector<Session*> Sessions::of(const std::vector<grid::Identity>& owner) {
  std::vector<Session*> found;
  for (auto& [id, session] : sessions_)
    if (session.owner == owner) found.push_back(&session);
  return found;
}

std::vector<Session*> Sessions::idle() {
  std::vector<Session*> found;
  for (auto& [id, session] : sessions_)
    if (!session.use->is_busy()) found.push_back(&session);
  return found;
}

std::vector<Session*> Sessions::over(Nanoseconds now) {
  auto found = idle();
  std::erase_if(found, [now](const Session* session) {
    return !session->use->is_lost() && now - session->last_use <= session->idle_limit;
  });
  return found;
}

}  // namespace cose::web
