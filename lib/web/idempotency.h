// SPDX-License-Identifier: Apache-2.0
// What a session remembers of the batches that came with a key, so that none is done twice: the same key gets the
// answer that was given.
//
// A key is remembered for kKeyLife, its answer as long as there is room. When there is no room for another key, new
// ones are refused: to forget one sooner could make a repeated batch run again. Owner: the session. One thread.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/result.h"
#include "web/message.h"

namespace cose::web {

class IdempotencyKeys {
 public:
  // Nothing: the key is new, and from now on under way. Otherwise what is to be answered: what was answered before,
  // or why there is none. `digest` is that of the request. Errors are answers, too, and none of them is remembered.
  [[nodiscard]] std::optional<Response> begin(std::string_view key, ByteView digest, Nanoseconds now);
  [[nodiscard]] bool knows(std::string_view key) const { return entries_.contains(key); }
  // Nothing came of it: as if it had never been.
  void forget(std::string_view key);
  // The answer of a key that is under way.
  void end(std::string_view key, const Response& response);

  [[nodiscard]] std::size_t size() const { return entries_.size(); }

 private:
  struct Entry {
    Bytes digest;
    Nanoseconds begun;
    bool running = true;
    std::optional<Response> answer;  // nothing: none yet, or no room for it
  };

  void forget_old(Nanoseconds now);

  std::map<std::string, Entry, std::less<>> entries_;
  std::deque<std::string> ages_;      // keys, oldest first
  std::deque<std::string> answered_;  // keys whose answers are kept, oldest first
  std::size_t octets_ = 0;            // of answers
};

// 1 to 64 printable characters without blanks.
[[nodiscard]] bool is_idempotency_key(std::string_view text);

}  // namespace cose::web
