// SPDX-License-Identifier: Apache-2.0
#include "grid/agent_session.h"

#include <utility>

#include "grid/limits.h"

namespace cose::grid {

AgentSession::AgentSession(SessionId id, AgentDesk& desk, const Clock& clock, Log& log, std::string peer,
                           AgentLimits limits)
    : id_(id),
      desk_(desk),
      clock_(clock),
      log_(log),
      peer_(std::move(peer)),
      limits_(limits),
      decoder_(kMaximumLine),
      last_progress_(clock.monotonic()) {}

void AgentSession::secured(const std::vector<Identity>& peer) {
  secured_ = true;
  identities_ = peer;
  last_progress_ = clock_.monotonic();
}

void AgentSession::receive(ByteView octets) {
  decoder_.feed(octets);
  while (wants_input()) {
    const auto line = decoder_.next();
    if (!line) break;
    take_line(*line);
  }
  decoder_.shrink();
}

void AgentSession::take_line(const Line& line) {
  last_progress_ = clock_.monotonic();
  if (line.defect != LineDefect::kNone) return dismiss("a line that is too long or no text");
  slot_ ? take_answer(line.text) : greet(line.text);
}

void AgentSession::greet(std::string_view line) {
  const auto card = parse_agent_greeting(line);
  if (!card) return dismiss(card.error().message);
  const auto slot = desk_.offered(*this, identities_, *card);
  if (!slot) return dismiss(slot.error().message);
  slot_ = *slot;
  output_ += "OFFER " + slot->text() + "\n";
  write(LogLevel::kInfo, "agent.card", *card);
  send({.kind = AgentRequest::Kind::kState});
}

void AgentSession::take_answer(std::string_view line) {
  auto answer = parse_agent_answer(line);
  if (!answer) return dismiss(answer.error().message);
  if (!under_way_ || answer->number != number_) return dismiss("an answer to nothing that was asked");
  const auto kind = *std::exchange(under_way_, std::nullopt);
  if (kind == AgentRequest::Kind::kState)
    desk_.present(*this, answer->outcome && *answer->outcome == Bytes{0x01});
  else
    desk_.answered(*this, std::move(answer->outcome));
  if (const auto next = std::exchange(next_, std::nullopt); next && !closing_) send(*next);
}

void AgentSession::ask(AgentRequest request) {
  COSE_ASSERT(!next_);
  if (closing_) return;
  if (under_way_)
    next_ = std::move(request);
  else
    send(request);
}

void AgentSession::send(const AgentRequest& request) {
  under_way_ = request.kind;
  output_ += to_line(NumberedRequest{++number_, request});
  output_ += '\n';
  last_progress_ = clock_.monotonic();
}

void AgentSession::beat(Nanoseconds now) {
  if (slot_ && !closing_ && !under_way_ && now - last_progress_ >= limits_.beat)
    send({.kind = AgentRequest::Kind::kState});
}

void AgentSession::dismiss(std::string_view why) {
  if (closing_) return;
  write(LogLevel::kWarning, "agent.dismissed", why);
  output_ += "REFUSED ";
  output_ += why;
  output_ += '\n';
  closing_ = true;
}

bool AgentSession::expired(Nanoseconds now) const {
  if (closing_) return false;
  const auto silence = now - last_progress_;
  if (!slot_) return silence > limits_.greeting;
  return under_way_ && silence > (*under_way_ == AgentRequest::Kind::kState ? limits_.state : limits_.command);
}

void AgentSession::expire() {
  write(LogLevel::kWarning, "agent.silent", {});
  closing_ = true;
}

void AgentSession::write(LogLevel level, std::string_view event, std::string_view detail) const {
  if (!log_.enabled(level)) return;
  log_.write(level, event,
             {{"session", std::to_string(id_)},
              {"peer", peer_},
              {"identity", identities_.empty() ? "" : identities_.front().value},
              {"slot", slot_ ? slot_->text() : ""},
              {"detail", std::string(detail)}});
}

}  // namespace cose::grid
