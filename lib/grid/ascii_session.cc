// SPDX-License-Identifier: Apache-2.0
#include "grid/ascii_session.h"

#include <algorithm>
#include <utility>

#include "grid/detail/result_line.h"
#include "iso7816/masking.h"

namespace cose::grid {

namespace {

// First octet of a TLS record that carries a handshake (RFC 8446 §5.1): never the first octet of a line.
constexpr int kTlsHandshakeRecord = 0x16;

// An idle connection keeps no more than this of a buffer that a long command or answer once needed.
constexpr std::size_t kKeptCapacity = 1024;

}  // namespace

AsciiSession::AsciiSession(SessionContext& context, SessionId id, std::string peer)
    : context_(context),
      id_(id),
      peer_(std::move(peer)),
      decoder_(context.settings.maximum_line),
      seen_changes_(context.slots.changes()),
      opened_(context.clock.monotonic()),
      last_progress_(opened_) {}

AsciiSession::~AsciiSession() {
  if (kept_ != nullptr && !leaving_ && !owned_.empty()) park();
  release_all();
  if (kept_ != nullptr) context_.keeps->drop(kept_->owner);
  log(LogLevel::kInfo, "session.close");
}

void AsciiSession::start() {
  log(LogLevel::kInfo, "session.open");
  reply(ReplyCode::kOk, context_.settings.grid_name + " grid of secure elements");
}

void AsciiSession::receive(ByteView octets) {
  decoder_.feed(octets);
  process();
}

void AsciiSession::sent() {
  // The server's own flight of a handshake is no progress of the peer's.
  if (!wants_tls()) last_progress_ = context_.clock.monotonic();
  process();
}

bool AsciiSession::wants_input() const {
  return !running_ && !closing_ && !wants_tls() && output_.size() < kOutputHighWater;
}

void AsciiSession::process() {
  while (wants_input()) {
    if (secure_state_ == SecureState::kOffered && !handle_offered()) return;
    const auto line = decoder_.next();
    if (!line) break;
    process_line(*line);
  }
  if (!running_) shrink();
}

void AsciiSession::shrink() {
  decoder_.shrink();
  if (request_.command.capacity() > kKeptCapacity) Bytes().swap(request_.command);
  if (output_.empty() && output_.capacity() > kKeptCapacity) std::string().swap(output_);
}

// True when lines in clear go on. Whatever came before the TLS record was handled in clear, and nothing received in
// clear is kept beyond it, so nothing can be slipped into the secured part (the flaw of many STARTTLS servers).
bool AsciiSession::handle_offered() {
  const int first = decoder_.peek();
  if (first < 0) return false;
  secure_state_ = first == kTlsHandshakeRecord ? SecureState::kStarting : SecureState::kPlain;
  last_progress_ = context_.clock.monotonic();
  return !wants_tls();
}

void AsciiSession::secured(const std::vector<Identity>& peer) {
  peer_identities_ = peer;
  secure_state_ = SecureState::kSecured;
  last_progress_ = context_.clock.monotonic();
  log(LogLevel::kInfo, "session.secured", peer.empty() ? std::string_view("no identity") : peer[0].value);
}

void AsciiSession::process_line(const Line& line) {
  last_progress_ = context_.clock.monotonic();
  carriage_return_ = line.carriage_return;
  if (line.defect == LineDefect::kTooLong) return reply(ReplyCode::kLineTooLong);
  if (line.defect == LineDefect::kNotText) return reply(ReplyCode::kNotText);
  if (const auto parsed = parse_request(line.text, request_); !parsed)
    return reply(parsed.error().code, parsed.error().detail);
  dispatch();
}

void AsciiSession::dispatch() {
  const auto verb = request_.verb;
  const bool allowed_in_clear = verb == Verb::kHello || verb == Verb::kQuit;
  if (context_.settings.secure == SecureMode::kRequire && secure_state_ != SecureState::kSecured && !allowed_in_clear)
    return reply(ReplyCode::kSecureRequired);
  if (draining_) return reply(ReplyCode::kDraining);
  // HELLO comes first: what was set up in clear, a slot or a card's state, must not be found again inside TLS.
  if (verb != Verb::kHello) greeted_ = true;
  // Who takes up what he kept is let in by that.
  const bool goes_on = verb == Verb::kKeep && !request_.key.empty();
  if (!allowed_in_clear && !goes_on && !come_in()) return;
  switch (verb) {
    case Verb::kHello: return hello();
    case Verb::kContent: return content();
    case Verb::kUse: return use();
    case Verb::kFree: return free_slot();
    case Verb::kReset: return reset();
    case Verb::kApdu:
    case Verb::kTpdu: return transmit();
    case Verb::kKeep: return keep();
    case Verb::kQuit: break;
  }
  leaving_ = true;
  reply(ReplyCode::kOk);
  closing_ = true;
}

void AsciiSession::hello() {
  if (std::exchange(greeted_, true)) return reply(ReplyCode::kHelloTooLate);
  log(LogLevel::kInfo, "session.hello", request_.client);
  output_ += "000 ";
  output_ += context_.settings.grid_name;
  if (request_.keep && context_.keeps != nullptr) output_ += " KEEP";
  if (context_.settings.secure != SecureMode::kOff) {
    output_ += " SECURE";
    secure_state_ = SecureState::kOffered;
  }
  end_line();
}

// The existence of cards that are not for this user is hidden.
void AsciiSession::content() {
  auto boards = context_.slots.inventory(seen_changes_);
  if (access_ != nullptr) hide_cards(boards);
  seen_changes_ = context_.slots.changes();
  output_ += "000 ";
  append_inventory(output_, boards);
  end_line();
}

void AsciiSession::use() {
  const auto slot = *request_.slot;
  if (!may_see(slot)) return reply(ReplyCode::kSlotNotConfigured);
  drop_lost();
  const bool fresh = !context_.slots.is_owner(slot, owner());
  if (const auto refusal = context_.slots.claim(slot, owner())) {
    log(LogLevel::kInfo, "slot.refused", text_of(*refusal));
    return reply(*refusal);
  }
  if (!may_take(slot)) {
    if (fresh) context_.slots.release(slot);
    return;
  }
  if (fresh) owned_.push_back(slot);
  run({.kind = SlotWork::Kind::kPowerUp, .command = {}});
}

// FREE comes before USE as well ("steal" in the original), so a slot that nobody uses is no error.
void AsciiSession::free_slot() {
  const auto refusal = context_.slots.check_owner(*request_.slot, owner());
  if (refusal && !may_see(*request_.slot)) return reply(ReplyCode::kSlotNotConfigured);
  if (refusal == ReplyCode::kNotInUse) return reply(ReplyCode::kOk);
  if (refusal == ReplyCode::kInUse && access_ != nullptr && access_->may_administer(seid_of(*request_.slot)))
    return seize(*request_.slot);
  if (refusal) return reply(*refusal);
  run({.kind = SlotWork::Kind::kPowerDown, .command = {}});
}

void AsciiSession::reset() {
  if (!request_.slot) {
    // The whole array: as far as this connection goes, since a slot in use belongs to its connection.
    release_all();
    return reply(ReplyCode::kOk);
  }
  if (owns_slot() && may_take(*request_.slot))
    run({.kind = SlotWork::Kind::kReset, .reset = request_.reset, .command = {}});
}

void AsciiSession::transmit() {
  if (!owns_slot()) return;
  if (request_.key.empty() && answer_from_memory()) return;
  if (!may_take(*request_.slot)) return;
  if (!request_.key.empty()) return recall();
  if (access_ != nullptr && !allow(access_->refusal(seid_of(*request_.slot), request_.command))) return;
  if (request_.id != 0)
    name_request(kept_->key);
  else
    request_name_.clear();
  run({.kind = SlotWork::Kind::kTransmit, .command = request_.command, .request = as_bytes(request_name_)});
}

bool AsciiSession::owns_slot() {
  if (!may_see(*request_.slot)) {
    reply(ReplyCode::kSlotNotConfigured);
    return false;
  }
  const auto refusal = context_.slots.check_owner(*request_.slot, owner());
  if (refusal) reply(*refusal);
  return !refusal;
}

void AsciiSession::run(const SlotWork& work) {
  running_ = Running{request_.verb, *request_.slot, work.kind};
  if (const auto result = context_.service.start(running_->slot, work, owner())) {
    const auto running = *std::exchange(running_, std::nullopt);
    end_work(*result, running);
  }
}

void AsciiSession::finish(const WorkResult& result) {
  COSE_ASSERT(running_.has_value());
  last_progress_ = context_.clock.monotonic();
  const auto running = *std::exchange(running_, std::nullopt);
  switch (running.verb) {
    case Verb::kKeep:
      finish_parked(*kept_, result);
      end_take_up();
      break;
    default: end_work(result, running); break;
  }
  if (draining_) closing_ = true;
  process();
}

void AsciiSession::end_work(const WorkResult& result, const Running& running) {
  tell_access(result, running);
  running.verb == Verb::kUse ? end_use(result, running.slot) : end_command(result, running.slot);
}

void AsciiSession::end_use(const WorkResult& result, SlotNumber slot) {
  if (result) {
    log(LogLevel::kInfo, "slot.use", slot.text());
    return reply_octets(*result);
  }
  context_.service.release(slot, owner());
  forget(slot);
  log(LogLevel::kWarning, "slot.use_failed", slot.text() + ": " + result.error().message);
  const auto kind = result.error().kind;
  const bool nothing_there = kind == ErrorKind::kCardRemoved || kind == ErrorKind::kNotFound;
  reply(nothing_there ? ReplyCode::kNoCard : reply_code_for(kind), result.error().message);
}

void AsciiSession::end_command(const WorkResult& result, SlotNumber slot) {
  if (request_.verb == Verb::kFree) {
    forget(slot);
    log(LogLevel::kInfo, "slot.free", slot.text());
    return reply(ReplyCode::kOk);
  }
  if (!request_.key.empty() && request_.verb == Verb::kApdu && !result) return end_vain_recall(result.error());
  if (!result)
    log(LogLevel::kWarning, "slot.failed", slot.text() + ": " + result.error().message);
  else if (context_.log.enabled(LogLevel::kTrace))
    trace(*result);
  const auto begin = output_.size();
  append_result(output_, result);
  if (request_.verb == Verb::kApdu && request_.id != 0 && request_.key.empty())
    remember(std::string_view(output_).substr(begin));
  end_line();
}

void AsciiSession::forget(SlotNumber slot) {
  if (kept_ != nullptr) kept_->last.erase(slot);
  std::erase(owned_, slot);
  std::erase(powered_, slot);
  if (access_ != nullptr) access_->gave_back(seid_of(slot));
  if (context_.slots.is_owner(slot, owner())) context_.slots.release(slot);
}

void AsciiSession::release_all() {
  drop_lost();
  for (const auto slot : std::vector(owned_)) {
    context_.service.release(slot, owner());
    forget(slot);
    log(LogLevel::kInfo, "slot.free", slot.text());
  }
  if (kept_ != nullptr) kept_->last.clear();
}

void AsciiSession::drain() {
  draining_ = true;
  leaving_ = true;
  if (!running_) closing_ = true;
}

bool AsciiSession::expired(Nanoseconds now) const {
  if (running_ || closing_) return false;
  const auto& settings = context_.settings;
  // Where TLS is required, nobody stays long without it, whatever else he says.
  if (settings.secure == SecureMode::kRequire && secure_state_ != SecureState::kSecured)
    return now - opened_ > 2 * settings.handshake_limit ||
           (wants_tls() && now - last_progress_ > settings.handshake_limit);
  return now - last_progress_ > (wants_tls() ? settings.handshake_limit : settings.idle_limit);
}

void AsciiSession::expire() {
  log(LogLevel::kInfo, "session.idle");
  // In a handshake there is nobody to read a line.
  if (!wants_tls()) reply(ReplyCode::kIdle);
  closing_ = true;
  leaving_ = true;
}

void AsciiSession::reply(ReplyCode code, std::string_view detail) {
  append_reply(output_, code, detail);
  end_line();
}

void AsciiSession::reply_octets(ByteView octets) {
  append_result(output_, octets);
  end_line();
}

// The client gets the line ends it sends.
void AsciiSession::end_line() {
  output_ += carriage_return_ ? "\r\n" : "\n";
}

void AsciiSession::trace(ByteView response) const {
  context_.log.write(LogLevel::kTrace, "apdu",
                     {{"session", std::to_string(id_)},
                      {"slot", request_.slot->text()},
                      {"command", iso7816::loggable_command(request_.command)},
                      {"response", iso7816::loggable_response(request_.command, response)}});
}

void AsciiSession::log(LogLevel level, std::string_view event, std::string_view detail) const {
  if (!context_.log.enabled(level)) return;
  context_.log.write(level, event,
                     {{"session", std::to_string(id_)}, {"peer", peer_}, {"detail", std::string(detail)}});
}

}  // namespace cose::grid
