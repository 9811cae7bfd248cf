// SPDX-License-Identifier: Apache-2.0
#include "web/idempotency.h"

#include <algorithm>

#include "web/limits.h"

namespace cose::web {

bool is_idempotency_key(std::string_view text) {
  return !text.empty() && text.size() <= kMaximumKey &&
         std::ranges::all_of(text, [](char character) { return character > ' ' && character <= '~'; });
}

std::optional<Response> IdempotencyKeys::begin(std::string_view key, ByteView digest, Nanoseconds now) {
  forget_old(now);
  const auto found = entries_.find(key);
  if (found == entries_.end()) {
    if (entries_.size() >= kKeysOfSession)
      return respond(Problem{429, "limit", "this session has used as many keys as are remembered for ten minutes"});
    entries_.emplace(key, Entry{.digest = to_bytes(digest), .begun = now, .answer = {}});
    ages_.emplace_back(key);
    return std::nullopt;
  }
  const auto& entry = found->second;
  if (!equal(entry.digest, digest))
    return respond(Problem{422, "invalid", "this idempotency key came with another request before"});
  if (entry.running) return respond(Problem{409, "busy", "the request with this idempotency key is under way"});
  if (!entry.answer)
    return respond(Problem{410, "gone", "the request with this key was done, and its answer is not kept any more"});
  auto again = *entry.answer;
  again.fields.emplace_back("Idempotency-Replayed", "true");
  return again;
}

void IdempotencyKeys::end(std::string_view key, const Response& response) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  found->second.running = false;
  found->second.answer = response;
  answered_.emplace_back(key);
  octets_ += response.body.size();
  while (octets_ > kAnswersOfSession && !answered_.empty()) {
    auto& oldest = entries_.find(answered_.front())->second;
    octets_ -= oldest.answer->body.size();
    oldest.answer.reset();
    answered_.pop_front();
  }
}

void IdempotencyKeys::forget(std::string_view key) {
  const auto found = entries_.find(key);
  if (found == entries_.end()) return;
  // The youngest: a session does one thing at a time.
  if (!ages_.empty() && ages_.back() == key) ages_.pop_back();
  entries_.erase(found);
}

void IdempotencyKeys::forget_old(Nanoseconds now) {
  while (!ages_.empty()) {
    const auto oldest = entries_.find(ages_.front());
    if (oldest->second.running || now - oldest->second.begun <= kKeyLife) return;
    if (oldest->second.answer) {
      octets_ -= oldest->second.answer->body.size();
      std::erase(answered_, oldest->first);
    }
    entries_.erase(oldest);
    ages_.pop_front();
  }
}

}  // namespace cose::web
