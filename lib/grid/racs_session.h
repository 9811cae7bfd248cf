// SPDX-License-Identifier: Apache-2.0
// One connection of RACS (Remote APDU Call Secure), without any I/O: octets in, octets out, work for slots.
//
// Driven as an AsciiSession is (grid/ascii_session.h): the driver feeds octets, sends output(), runs the slot work and
// reports its end. Requests are executed line by line as they come and answered at their END. One command runs at a
// time; nothing a peer sends makes input, answer or a chain of follow-ups grow without bound.
//
// A secure element is locked by the first POWERON, RESET or APDU that reaches it, until SHUTDOWN or the end of the
// session. Locks are the owners of the rack's SlotTable, so they hold against sessions of other protocols, too.
// Owner: the driver; what the context refers to outlives the session. One thread.
// Source: draft-urien-core-racs-13; docs/protocols/racs.md decides what it leaves open.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bytes/clock.h"
#include "bytes/log.h"
#include "grid/access.h"
#include "grid/ascii_session.h"
#include "grid/keep_table.h"
#include "grid/line_decoder.h"
#include "grid/racs_exchange.h"
#include "grid/racs_request.h"
#include "grid/seid_table.h"

namespace cose::grid {

// Line numbers have three digits.
inline constexpr int kMaximumRacsLines = 999;
// Of the status lines of one request.
inline constexpr std::size_t kMaximumRacsAnswer = 1U << 20;
// A LIST that would be longer is written with prefixes and ranges.
inline constexpr std::size_t kLongestPlainList = 1024;

struct RacsSettings {
  RacsMode mode = RacsMode::kDraft;
  // kPlain is for tests and closed rooms: everybody is nobody in particular.
  enum class Channel : std::uint8_t { kSecure, kPlain } channel = Channel::kSecure;
  Nanoseconds idle_limit = std::chrono::seconds(600);
  Nanoseconds handshake_limit = std::chrono::seconds(10);
  std::size_t maximum_line = kMaximumLine;
};

struct RacsContext {
  SlotTable& slots;
  SlotService& service;
  const SeidTable& seids;
  const Clock& clock;
  Log& log;
  RacsSettings settings;
  AccessMaker access;
  KeepTable* keeps = nullptr;  // null: nothing is kept, and KEEP is an unknown command
};

// What is remembered of a command with a number: "+" and the answer, or "-", the class of the failure and its text.
void append_racs_result(std::string& to, const WorkResult& result);

class RacsSession final : public Session {
 public:
  RacsSession(RacsContext& context, SessionId id, std::string peer);
  // Gives the secure elements back and takes their power, or parks them if they are kept and nobody took his leave.
  ~RacsSession() override;

  [[nodiscard]] SessionId id() const override { return id_; }
  // By whom locks and work are booked: the session, or the use that it keeps.
  [[nodiscard]] SessionId owner() const { return kept_ == nullptr ? id_ : kept_->owner; }
  void start() override;
  void receive(ByteView octets) override;
  void finish(const WorkResult& result) override;

  [[nodiscard]] std::string& output() override { return output_; }
  void sent() override;
  [[nodiscard]] bool wants_input() const override;
  // From its first octet, unless the settings say otherwise: who comes decides what he may.
  [[nodiscard]] bool wants_tls() const override { return access_ == nullptr && started_ && !closing_; }
  [[nodiscard]] Bytes take_tls_octets() override { return decoder_.take_rest(); }
  void secured(const std::vector<Identity>& peer) override;
  [[nodiscard]] bool wants_close() const override { return closing_ && !running_; }

  // Ends after the request that is open, or at once.
  void drain() override;
  [[nodiscard]] bool expired(Nanoseconds now) const override;
  void expire() override;
  void surrender() override;

 private:
  enum class Stage : std::uint8_t {
    kOutside,
    kExecuting,
    kSkipping,  // a line failed: up to END nothing is done
  };
  // What a piece of slot work is for.
  enum class Purpose : std::uint8_t { kPowerFirst, kMain, kTakeUp };
  struct Work {
    SlotNumber slot;
    Purpose purpose;
    SlotWork::Kind kind;
  };
  struct Held {
    SlotNumber slot;
    std::string seid;  // under which it was locked, and no other: what is followed there is followed by name
    bool powered = false;
  };

  void come_in(const std::vector<Identity>& peer);
  void process();
  void process_line(const Line& line);
  void stray_line(const Line& line);
  void open_request();
  void close_request();
  void execute();
  void list();
  void set_version();
  void use_element();
  void send_to_element();
  void end_element(const WorkResult& result, SlotNumber slot);
  void end_failed(const Error& error, const Work& work);
  void end_transmit(const WorkResult& result);
  void take_answer(RacsExchange::Step step);
  [[nodiscard]] std::optional<SlotNumber> locked_slot(bool& fresh);
  [[nodiscard]] bool may_lock(SlotNumber slot, ReplyCode not_mine);
  [[nodiscard]] std::optional<SlotNumber> slot_of_seid();
  [[nodiscard]] Held* held(SlotNumber slot);
  [[nodiscard]] bool is_lost(const Held& held) const { return !context_.slots.is_owner(held.slot, owner()); }
  void drop_lost();
  void shut_down(SlotNumber slot);
  void seize(SlotNumber slot);

  // ---- racs_session_keep.cc ----
  void keep();
  void keep_new();
  void take_up();
  void end_take_up();
  void park();
  [[nodiscard]] bool answer_from_memory(SlotNumber slot);
  void remember(const WorkResult& result);

  void plan(const Work& work) { next_ = work; }
  void pump();
  void handle(const WorkResult& result, const Work& work);
  void forget(SlotNumber slot);
  void release_all();

  void succeed(std::string_view text);
  void fail(RacsClass event, std::string_view text) { fail({event, request_.verb, std::string(text)}); }
  void fail(const RacsRefusal& refusal);
  void refuse(const Refusal& refusal);
  void refuse_seid();
  enum class Kept : std::uint8_t { kIfLast, kAlways };
  void keep_status(std::string line, Kept kept);
  void answer_now(const RacsRefusal& refusal);
  void disconnect();
  [[nodiscard]] bool reference() const { return context_.settings.mode == RacsMode::kReference; }
  void log(LogLevel level, std::string_view event, std::string_view detail = {}) const;

  RacsContext& context_;
  SessionId id_;
  std::string peer_;
  std::unique_ptr<Access> access_;  // null: nobody knows yet who this is
  LineDecoder decoder_;
  RacsRequest request_;
  std::string line_;  // of the command that runs: the request's views point into it
  RacsExchange exchange_;
  std::string output_;
  std::string label_;
  std::string statuses_;     // that will be sent
  std::string last_status_;  // of the last command, unless it is among them
  int line_number_ = 0;
  Stage stage_ = Stage::kOutside;
  std::vector<Held> held_;
  std::vector<Identity> identities_;
  KeptUse* kept_ = nullptr;  // the table's
  std::optional<Work> next_;
  std::optional<Work> running_;
  Nanoseconds last_progress_;
  bool started_ = false;
  bool draining_ = false;
  bool quitting_ = false;  // nothing is kept of a session that took its leave
  bool answered_ = false;  // the author's server answers an error before END
  bool closing_ = false;
};

}  // namespace cose::grid
