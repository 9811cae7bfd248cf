// SPDX-License-Identifier: Apache-2.0
#include "web/card_socket.h"

#include <utility>

#include "bytes/hex.h"
#include "grid/limits.h"
#include "web/detail/json.h"
#include "web/limits.h"

namespace cose::web {

using detail::Json;
using Kind = SocketMessage::Kind;

CardSocket::CardSocket(std::unique_ptr<CardUse> use, std::function<void()> wake)
    : use_(std::move(use)), wake_(std::move(wake)) {
  say(detail::text_of({{"seid", use_->seid()}, {"slot", use_->slot().value()}, {"atr", to_hex(use_->atr())}}));
}

bool CardSocket::wants_input() const {
  return !closed_ && !use_->is_busy() && output_.size() < grid::kOutputHighWater;
}

void CardSocket::receive(ByteView octets) {
  reader_.feed(octets);
  process();
}

void CardSocket::process() {
  if (std::exchange(processing_, true)) return;
  while (wants_input()) {
    const auto message = reader_.next();
    if (!message) {
      close(message.error());
      break;
    }
    if (!*message) break;
    take(**message);
  }
  processing_ = false;
}

void CardSocket::take(const SocketMessage& message) {
  switch (message.kind) {
    case Kind::kText: return take_text(message.octets);
    case Kind::kBinary: return take_command(message.octets);
    case Kind::kPing: return append_frame(output_, Kind::kPong, message.octets);
    case Kind::kPong: return;
    case Kind::kClose: return close(CloseCode::kNormal);
  }
}

void CardSocket::take_text(std::string_view json) {
  auto message = parse_message(json);
  if (!message) return say(problem_of(message.error()));
  if (!message->warm_reset)
    return use_->run(std::move(message->steps), [this](const Outcome& outcome) {
      say(batch_text(outcome));
      process();
    });
  const auto kind = *message->warm_reset ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
  use_->reset(kind, [this](const Outcome& outcome) {
    if (outcome.problem)
      say(*outcome.problem);
    else
      say(detail::text_of({{"atr", to_hex(outcome.atr)}}));
    process();
  });
}

void CardSocket::take_command(std::string_view octets) {
  if (octets.size() < 4 || octets.size() > grid::kMaximumCommand)
    return say(Problem{400, "invalid", "a command has 4 to 65544 octets"});
  std::vector<Step> steps(1);
  steps[0].command = to_bytes(as_bytes(octets));
  use_->run(std::move(steps), [this](const Outcome& outcome) {
    answer_command(outcome);
    process();
  });
}

void CardSocket::answer_command(const Outcome& outcome) {
  if (outcome.problem) return say(*outcome.problem);
  append_frame(output_, Kind::kBinary, as_text(outcome.responses.front()));
  wake_();
}

void CardSocket::say(std::string_view text) {
  append_frame(output_, Kind::kText, text);
  wake_();
}

void CardSocket::say(const Problem& problem) {
  say(detail::text_of({{"problem", detail::to_json(problem)}}));
}

void CardSocket::close(CloseCode code) {
  if (std::exchange(closed_, true)) return;
  append_close(output_, code);
  wake_();
}

}  // namespace cose::web
