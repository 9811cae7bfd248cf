// SPDX-License-Identifier: Apache-2.0
// The grid's side of one agent's link, without I/O: an agent says which card it offers, then answers what it is asked.
//
// Driven as every Session (grid/session.h); what the desk asks is put into output() by ask(), for the driver to send.
// One request is under way at a time. beat() asks for the state of the card when nothing else has been asked for a
// while, so presence is fresh and a dead link is noticed. Bounds: a line, one request, limits of silence.
// Owner: the driver; the desk, the clock and the log outlive it. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "grid/agent_line.h"
#include "grid/line_decoder.h"
#include "grid/session.h"
#include "grid/slot_number.h"

namespace cose::grid {

class AgentSession;

class AgentDesk {
 public:
  virtual ~AgentDesk() = default;

  // The slot for a card that somebody with these proven identities offers.
  [[nodiscard]] virtual Result<SlotNumber> offered(AgentSession& session, const std::vector<Identity>& peer,
                                                   const std::string& card) = 0;
  // To what was asked with ask().
  virtual void answered(AgentSession& session, Result<Bytes> outcome) = 0;
  virtual void present(AgentSession& session, bool card) = 0;
};

struct AgentLimits {
  Nanoseconds greeting = std::chrono::seconds(10);  // TLS and the first line
  Nanoseconds state = std::chrono::seconds(10);     // an answer to STATE
  Nanoseconds command = std::chrono::seconds(60);   // to anything else; the desk gives up earlier
  Nanoseconds beat = std::chrono::seconds(1);
};

class AgentSession final : public Session {
 public:
  AgentSession(SessionId id, AgentDesk& desk, const Clock& clock, Log& log, std::string peer, AgentLimits limits = {});

  // The request goes out when the answer to a STATE under way has come. Only after offered(), one at a time.
  void ask(AgentRequest request);
  void beat(Nanoseconds now);
  // Tells the agent and ends.
  void dismiss(std::string_view why);
  [[nodiscard]] std::optional<SlotNumber> slot() const { return slot_; }

  [[nodiscard]] SessionId id() const override { return id_; }
  void start() override { last_progress_ = clock_.monotonic(); }
  void receive(ByteView octets) override;
  void finish(const WorkResult&) override {}
  [[nodiscard]] std::string& output() override { return output_; }
  void sent() override {}
  [[nodiscard]] bool wants_input() const override { return secured_ && !closing_; }
  [[nodiscard]] bool wants_tls() const override { return !secured_; }
  [[nodiscard]] Bytes take_tls_octets() override { return {}; }
  void secured(const std::vector<Identity>& peer) override;
  [[nodiscard]] bool wants_close() const override { return closing_; }
  void drain() override { dismiss("the grid is being stopped"); }
  [[nodiscard]] bool expired(Nanoseconds now) const override;
  void expire() override;

 private:
  void take_line(const Line& line);
  void greet(std::string_view line);
  void take_answer(std::string_view line);
  void send(const AgentRequest& request);
  void write(LogLevel level, std::string_view event, std::string_view detail) const;

  SessionId id_;
  AgentDesk& desk_;
  const Clock& clock_;
  Log& log_;
  std::string peer_;
  AgentLimits limits_;
  LineDecoder decoder_;
  std::string output_;
  std::vector<Identity> identities_;
  std::optional<SlotNumber> slot_;
  std::optional<AgentRequest::Kind> under_way_;
  std::optional<AgentRequest> next_;  // waits for the answer to a STATE
  std::uint32_t number_ = 0;
  Nanoseconds last_progress_{0};
  bool secured_ = false;
  bool closing_ = false;
};

}  // namespace cose::grid
