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
#include "grid/access.h"
#include "grid/keep_table.h"
#include "grid/line_decoder.h"
#include "grid/request.h"
#include "grid/seid_table.h"
#include "grid/session.h"
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

// Runs work on cards, one piece at a time for each slot, in the order given.
class SlotService {
 public:
  virtual ~SlotService() = default;

  // Gives the result at once (cards that only compute), or nothing and calls finish() of the owner's session later.
  [[nodiscard]] virtual std::optional<WorkResult> start(SlotNumber slot, const SlotWork& work, SessionId owner) = 0;

  // The owner does not want the slot any more: forget what it has waiting there, then power the card down.
  virtual void release(SlotNumber slot, SessionId owner) = 0;

  // An administrator takes its power, whoever has it: behind what runs, whose end is still told to its session.
  virtual void seize(SlotNumber slot) { release(slot, 0); }
};

// What all sessions of a rack share.
struct SessionContext {
  SlotTable& slots;
  SlotService& service;
  const Clock& clock;
  Log& log;
  SessionSettings settings;
  KeepTable* keeps = nullptr;  // null: nothing is kept, and KEEP is not offered
  AccessMaker access = {};     // empty: whoever comes may do everything
  // Under which names slots are judged and written down; null: under their numbers.
  const SeidTable* seids = nullptr;
};

// The work of a parked use has ended: its reply waits to be fetched.
void finish_parked(KeptUse& use, const WorkResult& result);
// Gives back what nobody came back for; the rack calls it now and then. `everything`: at the end, patience or not.
enum class Parked { kExpired, kAll };
void release_parked(SessionContext& context, Parked which);

class AsciiSession final : public Session {
 public:
  AsciiSession(SessionContext& context, SessionId id, std::string peer);
  // Releases the slots, or parks them if they are kept and the client has not taken its leave.
  ~AsciiSession() override;

  [[nodiscard]] SessionId id() const override { return id_; }
  // By whom slots and work are booked: the session, or the use that it keeps.
  [[nodiscard]] SessionId owner() const { return kept_ == nullptr ? id_ : kept_->owner; }

  // Puts the greeting into output(). First call.
  void start() override;

  void receive(ByteView octets) override;
  void finish(const WorkResult& result) override;

  // What waits to be sent; the driver takes octets off the front and calls sent().
  [[nodiscard]] std::string& output() override { return output_; }
  // All of output() has gone out: lines that waited for that go on.
  void sent() override;

  [[nodiscard]] bool wants_input() const override;
  // The peer asked for TLS: the driver starts a server handshake with take_tls_octets() as its first input.
  [[nodiscard]] bool wants_tls() const override { return secure_state_ == SecureState::kStarting; }
  [[nodiscard]] Bytes take_tls_octets() override { return decoder_.take_rest(); }
  void secured(const std::vector<Identity>& peer) override;
  // The session is over once its output has gone out.
  [[nodiscard]] bool wants_close() const override { return closing_ && !running_; }

  // Ends after the command that runs, with a reply to what else comes.
  void drain() override;
  // Past its idle limit, or its handshake limit. A session with a running command never is: the card has a deadline.
  [[nodiscard]] bool expired(Nanoseconds now) const override;
  void expire() override;
  void surrender() override;

 private:
  enum class SecureState {
    kPlain,
    kOffered,   // SECURE was sent: the next octet decides
    kStarting,  // it was a TLS record
    kSecured,
  };

  // kKeep: work of the session before, whose end is waited for.
  struct Running {
    Verb verb;
    SlotNumber slot;
    SlotWork::Kind kind;
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
  void keep();
  void keep_new();
  void take_up();
  void end_take_up();
  // Another session takes up what this one kept.
  void park();
  // True: the command has been answered, from memory or with a refusal.
  [[nodiscard]] bool answer_from_memory();
  void remember(std::string_view reply);
  // What the card calls the command of this id: nobody else's, and not that of a key which went from TLS to clear.
  void name_request(std::string_view key);
  // A command of a use that the grid has forgotten, and the card may know.
  void recall();
  void end_vain_recall(const Error& error);

  void run(const SlotWork& work);
  void end_work(const WorkResult& result, const Running& running);
  void end_use(const WorkResult& result, SlotNumber slot);
  void end_command(const WorkResult& result, SlotNumber slot);
  void release_all();
  void forget(SlotNumber slot);
  [[nodiscard]] bool owns_slot();
  // False: refused, and the reply says why.
  [[nodiscard]] bool come_in();
  [[nodiscard]] Visitor visitor() const;
  [[nodiscard]] bool may_take(SlotNumber slot);
  void hide_cards(std::vector<BoardInventory>& boards) const;
  void seize(SlotNumber slot);
  [[nodiscard]] bool allow(const std::optional<Refusal>& refusal);
  [[nodiscard]] bool may_see(SlotNumber slot) const { return access_ == nullptr || access_->may_use(seid_of(slot)); }
  [[nodiscard]] std::string seid_of(SlotNumber slot) const;
  void tell_access(const WorkResult& result, const Running& running);
  [[nodiscard]] SlotWork work_of(const Running& running) const;
  void drop_lost();

  void reply(ReplyCode code, std::string_view detail = {});
  void reply_octets(ByteView octets);
  void end_line();
  void trace(ByteView response) const;
  void log(LogLevel level, std::string_view event, std::string_view detail = {}) const;

  SessionContext& context_;
  SessionId id_;
  std::string peer_;
  std::vector<Identity> peer_identities_;
  std::unique_ptr<Access> access_;  // null until the first command for a card, and without a policy
  LineDecoder decoder_;
  Request request_;
  std::string request_name_;
  std::string output_;
  std::vector<SlotNumber> owned_;
  std::vector<SlotNumber> powered_;  // of those
  std::optional<Running> running_;
  KeptUse* kept_ = nullptr;  // in the rack's table
  ChangeCounts seen_changes_;
  Nanoseconds opened_;
  Nanoseconds last_progress_;
  SecureState secure_state_ = SecureState::kPlain;
  bool greeted_ = false;  // HELLO was said, or something else that it should have come before
  bool carriage_return_ = false;
  bool draining_ = false;
  bool closing_ = false;
  bool leaving_ = false;  // nothing is kept: the client said so, or the grid ends the session
};

}  // namespace cose::grid
