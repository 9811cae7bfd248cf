// SPDX-License-Identifier: Apache-2.0
#include "remote/card_agent.h"

#include <algorithm>
#include <utility>

namespace cose::remote {

namespace {

using grid::AgentRequest;

// A pause is slept in pieces, so that a stop is not waited for.
constexpr Nanoseconds kPiece = std::chrono::milliseconds(200);

Result<std::string> slot_of(std::string_view line) {
  constexpr std::string_view kOffer = "OFFER ";
  constexpr std::string_view kRefused = "REFUSED ";
  if (line.starts_with(kOffer)) return std::string(line.substr(kOffer.size()));
  if (line.starts_with(kRefused)) return fail(ErrorKind::kRefused, std::string(line.substr(kRefused.size())));
  return fail(ErrorKind::kInvalid, "expected OFFER or REFUSED, found \"" + std::string(line.substr(0, 60)) + "\"");
}

}  // namespace

CardAgent::CardAgent(std::shared_ptr<LineConnector> grid, std::string name, std::shared_ptr<iso7816::CardSource> card,
                     Backoff backoff)
    : grid_(std::move(grid)), name_(std::move(name)), source_(std::move(card)), backoff_(std::move(backoff)) {}

void CardAgent::run(const std::function<bool()>& stopped, const std::function<void(const AgentEvent&)>& observe) {
  while (!stopped()) {
    const auto ended = serve_once(stopped, observe);
    if (stopped()) return;
    observe({.kind = AgentEvent::Kind::kLost, .detail = ended.message});
    wait(stopped);
  }
}

void CardAgent::wait(const std::function<bool()>& stopped) {
  for (auto left = backoff_.next(); left > Nanoseconds(0) && !stopped(); left -= kPiece)
    grid_->pause(std::min(left, kPiece));
}

Error CardAgent::serve_once(const std::function<bool()>& stopped,
                            const std::function<void(const AgentEvent&)>& observe) {
  auto channel = grid_->connect(kConnectPatience);
  if (!channel) return channel.error();
  const auto served = serve(**channel, stopped, observe);
  if (const auto card = std::exchange(card_, nullptr)) static_cast<void>(card->power_down());
  return served ? Error{ErrorKind::kClosed, "stopped"} : served.error().within(grid_->address());
}

Status CardAgent::serve(LineChannel& channel, const std::function<bool()>& stopped,
                        const std::function<void(const AgentEvent&)>& observe) {
  std::string line;
  COSE_CHECK(channel.exchange(grid::agent_greeting(name_), line, kLongestSilence));
  COSE_TRY(const auto slot, slot_of(line));
  backoff_.reset();
  observe({.kind = AgentEvent::Kind::kOffered, .detail = slot});
  COSE_CHECK(channel.next(line, kLongestSilence));
  while (!stopped()) {
    const auto asked = grid::parse_agent_request(line);
    // Its last word, when it ends the link by itself.
    if (!asked && line.starts_with("REFUSED ")) return fail(ErrorKind::kRefused, line.substr(8));
    if (!asked) return std::unexpected(asked.error());
    const auto answer = grid::to_line(grid::NumberedAnswer{asked->number, execute(asked->request, observe)});
    COSE_CHECK(channel.exchange(answer, line, kLongestSilence));
  }
  return {};
}

Result<Bytes> CardAgent::power_up(iso7816::ResetKind kind) {
  if (!card_) {
    COSE_TRY(card_, source_->open());
  }
  auto answer = card_->power_up(kind);
  if (!answer) card_.reset();
  return answer;
}

Result<Bytes> CardAgent::execute(const AgentRequest& request, const std::function<void(const AgentEvent&)>& observe) {
  switch (request.kind) {
    case AgentRequest::Kind::kState:
      return Bytes{static_cast<std::uint8_t>(source_->presence() == iso7816::Presence::kPresent ? 1 : 0)};
    case AgentRequest::Kind::kReset: return power_up(request.reset);
    case AgentRequest::Kind::kPowerDown:
      if (const auto card = std::exchange(card_, nullptr)) COSE_CHECK(card->power_down());
      return Bytes{};
    case AgentRequest::Kind::kTransmit: break;
  }
  if (!card_) return fail(ErrorKind::kCardRemoved, "the card has no power");
  Bytes response;
  COSE_CHECK(card_->transmit(request.command, response));
  observe({.kind = AgentEvent::Kind::kExchange, .command = request.command, .response = response});
  return response;
}

}  // namespace cose::remote
