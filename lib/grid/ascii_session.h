// SPDX-License-Identifier: Apache-2.0
// One connection of the ASCII grid protocol (SIM Array), without any I/O: octets in, octets out, work for slots.
//
// The driver (net) feeds received octets, sends output(), runs the slot work and reports its end; a test does the
// same with strings. One command runs at a time; what arrives meanwhile waits, and the driver stops reading when
// wants_input() is false, so a peer can make neither the input nor the output grow.
//
// Every line gets exactly one reply, in order. A slot belongs to the session from USE to FREE or its end.
// Owner: the driver; the rack's SlotTable, the SlotService, the Log and the Clock outlive the session. One thread.
// Source: SIM Array protocol and the HELLO of Urien & Piramuthu (MobiCASE 2013) as read in docs/protocols/simarray.md.
#pragma once

#include <cstddef>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/clock.h"
#include "bytes/log.h"
#include "bytes/result.h"
#include "grid/line_decoder.h"
#include "grid/request.h"
#include "grid/slot_table.h"

namespace cose::grid {

enum class SecureMode {
  kOff,      // HELLO answers with the name alone
  kOffer,    // HELLO answers SECURE; the client may start TLS or go on in clear
  kRequire,  // nothing but HELLO works before TLS
};

struct SessionSettings {
  std::string grid_name = "CoSE";  // no blanks
  SecureMode secure = SecureMode::kOff;
  Nanoseconds idle_limit = std::chrono::seconds(600);
  Nanoseconds handshake_limit = std::chrono::seconds(10);
  std::size_t maximum_line = kMaximumLine;
};

// kPowerUp on a card that has power only says its answer to reset again; kReset always resets.
struct SlotWork {
  enum class Kind { kPowerUp, kReset, kTransmit, kPowerDown };

  Kind kind = Kind::kPowerDown;
  iso7816::ResetKind reset = iso7816::ResetKind::kCold;
  ByteView command;  // the session's, for the length of start(): a service that goes on after it keeps a copy
};

// An answer to reset or a response; empty after kPowerDown. Borrowed for the length of the call that hands it over.
using WorkResult = std::expected<ByteView, Error>;

// Runs work on cards, one piece at a time for each slot, in the order given.
class SlotService {
 public:
  virtual ~SlotService() = default;

  // Gives the result at once (cards that only compute), or nothing and calls AsciiSession::finish later.
  [[nodiscard]] virtual std::optional<WorkResult> start(SlotNumber slot, const SlotWork& work, SessionId session) = 0;

  // The session does not want the slot any more: forget what it has waiting there, then power the card down.
  virtual void release(SlotNumber slot, SessionId session) = 0;
};

// What all sessions of a rack share.
struct SessionContext {
  SlotTable& slots;
  SlotService& service;
  const Clock& clock;
  Log& log;
  SessionSettings settings;
};

class AsciiSession {
 public:
  AsciiSession(SessionContext& context, SessionId id, std::string peer);
  AsciiSession(const AsciiSession&) = delete;
  AsciiSession& operator=(const AsciiSession&) = delete;
  // Releases the slots.
  ~AsciiSession();

  [[nodiscard]] SessionId id() const { return id_; }

  // Puts the greeting into output(). First call.
  void start();

  void receive(ByteView octets);
  void finish(const WorkResult& result);

  // What waits to be sent; the driver takes octets off the front and calls sent().
  [[nodiscard]] std::string& output() { return output_; }
  // All of output() has gone out: lines that waited for that go on.
  void sent();

  [[nodiscard]] bool wants_input() const;
  // The peer asked for TLS: the driver starts a server handshake with take_tls_octets() as its first input.
  [[nodiscard]] bool wants_tls() const { return secure_state_ == SecureState::kStarting; }
  [[nodiscard]] Bytes take_tls_octets() { return decoder_.take_rest(); }
  void secured();
  // The session is over once its output has gone out.
  [[nodiscard]] bool wants_close() const { return closing_ && !running_; }

  // Ends after the command that runs, with a reply to what else comes.
  void drain();
  // Past its idle limit, or its handshake limit. A session with a running command never is: the card has a deadline.
  [[nodiscard]] bool expired(Nanoseconds now) const;
  void expire();

 private:
  enum class SecureState {
    kPlain,
    kOffered,   // SECURE was sent: the next octet decides
    kStarting,  // it was a TLS record
    kSecured,
  };

  struct Running {
    Verb verb;
    SlotNumber slot;
  };

  void process();
  void shrink();
  void process_line(const Line& line);
  [[nodiscard]] bool handle_offered();
  void dispatch();
  void hello();
  void content();
  void use();
  void free_slot();
  void reset();
  void transmit();

  void run(const SlotWork& work);
  void end_use(const WorkResult& result, SlotNumber slot);
  void end_command(const WorkResult& result, SlotNumber slot);
  void release_all();
  void forget(SlotNumber slot);
  [[nodiscard]] bool owns_slot();

  void reply(ReplyCode code, std::string_view detail = {});
  void reply_octets(ByteView octets);
  void end_line();
  void trace(ByteView response) const;
  void log(LogLevel level, std::string_view event, std::string_view detail = {}) const;

  SessionContext& context_;
  SessionId id_;
  std::string peer_;
  LineDecoder decoder_;
  Request request_;
  std::string output_;
  std::vector<SlotNumber> owned_;
  std::optional<Running> running_;
  ChangeCounts seen_changes_;
  Nanoseconds opened_;
  Nanoseconds last_progress_;
  SecureState secure_state_ = SecureState::kPlain;
  bool greeted_ = false;  // HELLO was said, or something else that it should have come before
  bool carriage_return_ = false;
  bool draining_ = false;
  bool closing_ = false;
};

}  // namespace cose::grid
