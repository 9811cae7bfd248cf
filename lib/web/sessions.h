// SPDX-License-Identifier: Apache-2.0
// Sessions of the API: a card that a client keeps between its requests, named by a number that cannot be guessed.
//
// A session belongs to the identities that opened it; for everybody else there is none. It ends when it is closed, or
// when nobody has used it for a while. There are never more than slots, since each holds one. One thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "bytes/rng.h"
#include "grid/policy.h"
#include "web/card_use.h"
#include "web/idempotency.h"

namespace cose::web {

struct Session {
  std::string id;
  std::vector<grid::Identity> owner;
  std::unique_ptr<CardUse> use;
  IdempotencyKeys keys;
  Nanoseconds idle_limit;
  Nanoseconds last_use;
};

class Sessions {
 public:
  // Error: kInternal, no randomness.
  [[nodiscard]] Result<std::string> make_id(Rng& rng) const;
  Session& add(Session session);
  // Null: there is none, or it is somebody else's.
  [[nodiscard]] Session* find(std::string_view id, const std::vector<grid::Identity>& owner);
  [[nodiscard]] std::vector<Session*> of(const std::vector<grid::Identity>& owner);
  void close(std::string id) { sessions_.erase(id); }
  // Those that nobody used for as long as they said, and those whose card an administrator took. A session whose card
  // works is in use.
  [[nodiscard]] std::vector<Session*> over(Nanoseconds now);
  // Those whose card does nothing.
  [[nodiscard]] std::vector<Session*> idle();
  [[nodiscard]] std::size_t size() const { return sessions_.size(); }

 private:
  std::map<std::string, Session, std::less<>> sessions_;
};

}  // namespace cose::web
