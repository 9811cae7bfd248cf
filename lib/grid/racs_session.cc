// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_session.h"

#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "grid/detail/racs_text.h"

namespace cose::grid {

using detail::Outcome;

namespace {

// An idle connection keeps no more than this of a buffer that a long command or answer once needed.
constexpr std::size_t kKeptCapacity = 1024;

}  // namespace

RacsSession::RacsSession(RacsContext& context, SessionId id, std::string peer)
    : context_(context),
      id_(id),
      peer_(std::move(peer)),
      decoder_(context.settings.maximum_line),
      last_progress_(context.clock.monotonic()) {}

void RacsSession::start() {
  log(LogLevel::kInfo, "session.open");
  started_ = true;
  if (context_.settings.channel == RacsSettings::Channel::kPlain) access_ = context_.access({});
}

void RacsSession::secured(const std::vector<Identity>& peer) {
  access_ = context_.access(peer);
  last_progress_ = context_.clock.monotonic();
  log(LogLevel::kInfo, "session.secured", peer.empty() ? std::string_view("no certificate") : peer[0].value);
}

RacsSession::~RacsSession() {
  release_all();
  log(LogLevel::kInfo, "session.close");
}

void RacsSession::receive(ByteView octets) {
  decoder_.feed(octets);
  process();
}

void RacsSession::sent() {
  // The server's own flight of a handshake is no progress of the peer's.
  if (!wants_tls()) last_progress_ = context_.clock.monotonic();
  process();
}

bool RacsSession::wants_input() const {
  return access_ != nullptr && !running_ && !closing_ && output_.size() < kOutputHighWater;
}

void RacsSession::process() {
  while (wants_input()) {
    const auto line = decoder_.next();
    if (!line) break;
    process_line(*line);
  }
  if (running_) return;
  decoder_.shrink();
  if (stage_ != Stage::kOutside) return;
  if (line_.capacity() > kKeptCapacity) std::string().swap(line_);
  if (request_.command.capacity() > kKeptCapacity) Bytes().swap(request_.command);
  if (output_.empty() && output_.capacity() > kKeptCapacity) std::string().swap(output_);
}

// ---- framing ----

void RacsSession::process_line(const Line& line) {
  last_progress_ = context_.clock.monotonic();
  const bool defect = line.defect != LineDefect::kNone;
  if (stage_ == Stage::kOutside && line.text.empty() && !defect && !reference()) return;
  if (reference() && detail::is_silently_refused(line.text)) return disconnect();
  line_ = line.text;
  const auto parsed = parse_racs_line(line_, context_.settings.mode, request_);
  if (stage_ == Stage::kOutside) {
    if (request_.verb != RacsVerb::kBegin) return stray_line(line);
    if (!parsed) return answer_now(detail::label_refusal(parsed.error(), context_.settings.mode));
    return open_request();
  }
  if (request_.verb == RacsVerb::kEnd && parsed) return close_request();
  if (stage_ == Stage::kSkipping) return;
  // A request has no line that three digits cannot number.
  if (line_number_ == kMaximumRacsLines)
    return fail(RacsClass::kIllegal, "Illegal command, a request has 999 lines at most");
  ++line_number_;
  if (line.defect == LineDefect::kTooLong) return fail({RacsClass::kSyntax, RacsVerb::kNone, "line too long"});
  if (defect) return fail({RacsClass::kSyntax, RacsVerb::kNone, "line holds an octet that is not printable ASCII"});
  if (request_.verb == RacsVerb::kBegin) {
    fail(RacsClass::kIllegal, "Illegal command, BEGIN condition not satisfied");
    if (reference()) disconnect();
    return;
  }
  if (!parsed) {
    fail(parsed.error());
    if (reference() && parsed.error().event == RacsClass::kUnknown) disconnect();
    return;
  }
  execute();
}

// What comes before BEGIN is answered by a response of its own.
void RacsSession::stray_line(const Line& line) {
  if (line.defect != LineDefect::kNone) request_.verb = RacsVerb::kNone;
  const auto verb = request_.verb == RacsVerb::kEnd ? RacsVerb::kNone : request_.verb;
  answer_now({RacsClass::kIllegal, reference() ? RacsVerb::kNone : verb,
              reference() ? "Error, waiting for BEGIN" : "Illegal command, BEGIN condition not satisfied"});
}

void RacsSession::open_request() {
  label_ = request_.text;
  statuses_.clear();
  last_status_.clear();
  line_number_ = 0;
  answered_ = false;
  stage_ = Stage::kExecuting;
}

void RacsSession::close_request() {
  if (!std::exchange(answered_, false)) {
    if (statuses_.empty() && last_status_.empty())
      last_status_ = detail::status_line(Outcome::kSuccess, {}, RacsVerb::kBegin, 0,
                                         reference() ? "No error" : "Success", context_.settings.mode);
    detail::append_response(output_, context_.settings.mode, label_, statuses_, last_status_);
  }
  std::string().swap(statuses_);
  last_status_.clear();
  stage_ = Stage::kOutside;
  if (draining_ || quitting_) closing_ = true;
}

void RacsSession::answer_now(const RacsRefusal& refusal) {
  const auto status =
      detail::status_line(Outcome::kFailure, refusal.event, refusal.verb, 0, refusal.text, context_.settings.mode);
  detail::append_response(output_, context_.settings.mode, {}, {}, status);
  if (reference()) closing_ = true;
}

void RacsSession::disconnect() {
  closing_ = true;
}

// ---- statuses ----

void RacsSession::succeed(std::string_view text) {
  keep_status(detail::status_line(Outcome::kSuccess, {}, request_.verb, line_number_, text, context_.settings.mode),
              request_.append ? Kept::kAlways : Kept::kIfLast);
}

void RacsSession::fail(const RacsRefusal& refusal) {
  log(LogLevel::kInfo, "racs.refused", refusal.text);
  const auto text = detail::failure_text(refusal, line_number_);
  keep_status(
      detail::status_line(Outcome::kFailure, refusal.event, refusal.verb, line_number_, text, context_.settings.mode),
      Kept::kAlways);
  stage_ = Stage::kSkipping;
  if (!reference()) return;
  // The author's server does not wait for END.
  detail::append_response(output_, context_.settings.mode, label_, statuses_, last_status_);
  answered_ = true;
}

void RacsSession::keep_status(std::string line, Kept kept) {
  last_status_.clear();
  if (statuses_.size() + line.size() > kMaximumRacsAnswer) {
    statuses_ += detail::status_line(Outcome::kFailure, RacsClass::kSystem, request_.verb, line_number_,
                                     "the answer to this request is too long", context_.settings.mode);
    stage_ = Stage::kSkipping;
    return;
  }
  if (kept == Kept::kAlways)
    statuses_ += line;
  else
    last_status_ = std::move(line);
}

void RacsSession::refuse_seid() {
  // Whether it exists is nobody's business who may not use it. GET-SEN as the author's server.
  const bool name_command = reference() && request_.verb == RacsVerb::kGetSen;
  fail(name_command ? RacsClass::kSyntax : RacsClass::kIllegalValue, "invalid SEID");
}

// ---- commands ----

void RacsSession::execute() {
  switch (request_.verb) {
    case RacsVerb::kGetVersion: return succeed(detail::version(context_.settings.mode));
    case RacsVerb::kSetVersion: return set_version();
    case RacsVerb::kList: return list();
    case RacsVerb::kEcho: return succeed(request_.text);
    case RacsVerb::kSen:
      // Names of secure elements are their SEIDs here.
      if (!access_->may_use(request_.text) || !context_.seids.find(request_.text)) return refuse_seid();
      return succeed(request_.text);
    case RacsVerb::kGetSen:
      if (slot_of_seid()) succeed(request_.seid);
      return;
    case RacsVerb::kQuit: quitting_ = true; return succeed("the session ends with this request");
    case RacsVerb::kShutdown:
      if (const auto slot = slot_of_seid()) shut_down(*slot);
      return pump();
    default: use_element(); return pump();
  }
}

void RacsSession::set_version() {
  if (detail::speaks_version(request_.text, context_.settings.mode))
    return succeed(detail::version_set_text(request_.text, context_.settings.mode));
  fail(RacsClass::kIllegalValue, "RACS " + std::string(request_.text) + " is not supported");
}

void RacsSession::list() {
  auto names = context_.seids.names();
  std::erase_if(names, [&](std::string_view name) { return !access_->may_use(name); });
  auto text = plain_seid_list(names);
  if (!reference() && text.size() > kLongestPlainList) text = compact_seid_list(names);
  if (reference() && !text.empty()) text += ' ';
  succeed(text);
}

std::optional<SlotNumber> RacsSession::slot_of_seid() {
  const auto slot = access_->may_use(request_.seid) ? context_.seids.find(request_.seid) : std::nullopt;
  if (!slot) refuse_seid();
  return slot;
}

// The slot, owned by this session from now on; `fresh` if it was not before. Nothing: refused.
std::optional<SlotNumber> RacsSession::locked_slot(bool& fresh) {
  const auto slot = slot_of_seid();
  if (!slot) return std::nullopt;
  fresh = !context_.slots.is_owner(*slot, id_);
  if (!fresh) return slot;
  if (fresh && owned_.size() >= access_->maximum_elements()) {
    fail(RacsClass::kUnauthorized, "as many secure elements as you may have are yours already");
    return std::nullopt;
  }
  const bool needs_power = request_.verb == RacsVerb::kApdu || request_.verb == RacsVerb::kReset;
  const auto refusal = context_.slots.check_owner(*slot, id_);
  if (refusal == ReplyCode::kInUse) {
    fail(RacsClass::kInUse, detail::in_use_text(context_.settings.mode));
  } else if (reference() && needs_power && refusal == ReplyCode::kNotInUse) {
    fail(RacsClass::kInUse, "is powered off, POWERON is required");
  } else if (context_.slots.claim(*slot, id_)) {
    fail(RacsClass::kHardware, "nothing is in this slot");
  } else {
    owned_.push_back(*slot);
    return slot;
  }
  return std::nullopt;
}

void RacsSession::use_element() {
  bool fresh = false;
  const auto slot = locked_slot(fresh);
  if (!slot) return;
  // Draft §5: the first authorized command locks. What the policy refuses, neither locks nor powers.
  if (request_.verb == RacsVerb::kApdu) {
    if (auto refusal = access_->refusal(request_.seid, request_.command)) {
      if (fresh) forget(*slot);
      return fail(reference() ? RacsClass::kInUse : RacsClass::kUnauthorized, *refusal);
    }
    exchange_.start(request_);
  }
  if (fresh) return plan({*slot, Purpose::kPowerFirst, SlotWork::Kind::kPowerUp});
  if (reference() && request_.verb == RacsVerb::kPowerOn)
    return succeed("warning SEID " + std::string(request_.seid) + " was already powered, POWERON has been ignored");
  send_to_element();
}

// The work of the command itself, on a card that has power.
void RacsSession::send_to_element() {
  const auto slot = *context_.seids.find(request_.seid);
  const auto kind = request_.verb == RacsVerb::kApdu    ? SlotWork::Kind::kTransmit
                    : request_.verb == RacsVerb::kReset ? SlotWork::Kind::kReset
                                                        : SlotWork::Kind::kPowerUp;
  plan({slot, Purpose::kMain, kind});
}

void RacsSession::shut_down(SlotNumber slot) {
  const auto refusal = context_.slots.check_owner(slot, id_);
  if (refusal == ReplyCode::kInUse) return fail(RacsClass::kInUse, detail::in_use_text(context_.settings.mode));
  // Nobody uses it: it has no power.
  if (refusal == ReplyCode::kNotInUse) return succeed(std::string(request_.seid) + " has been powered down");
  if (refusal) return fail(RacsClass::kHardware, "nothing is in this slot");
  plan({slot, Purpose::kMain, SlotWork::Kind::kPowerDown});
}

// ---- work ----

void RacsSession::pump() {
  while (next_) {
    running_ = *std::exchange(next_, std::nullopt);
    const auto reset = request_.warm ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
    const auto command = running_->kind == SlotWork::Kind::kTransmit ? exchange_.command() : ByteView();
    const auto result = context_.service.start(running_->slot, {running_->kind, reset, command}, id_);
    if (!result) return;
    const auto work = *std::exchange(running_, std::nullopt);
    handle(*result, work);
  }
  exchange_.forget();
}

void RacsSession::finish(const WorkResult& result) {
  COSE_ASSERT(running_.has_value());
  last_progress_ = context_.clock.monotonic();
  const auto work = *std::exchange(running_, std::nullopt);
  handle(result, work);
  pump();
  process();
}

void RacsSession::handle(const WorkResult& result, const Work& work) {
  if (work.kind == SlotWork::Kind::kTransmit) return end_transmit(result);
  if (work.kind == SlotWork::Kind::kPowerDown) {
    if (!result) context_.service.release(work.slot, id_);
    forget(work.slot);
    return succeed(std::string(request_.seid) + " has been powered down");
  }
  if (!result) {
    if (work.purpose == Purpose::kPowerFirst) {
      context_.service.release(work.slot, id_);
      forget(work.slot);
    }
    return fail(detail::class_of(result.error().kind), result.error().message);
  }
  access_->restarted(request_.seid);
  const bool more_to_do = request_.verb == RacsVerb::kApdu || (request_.verb == RacsVerb::kReset && request_.warm);
  if (work.purpose == Purpose::kPowerFirst && more_to_do) return send_to_element();
  end_element(result, work.slot);
}

void RacsSession::end_element(const WorkResult& result, SlotNumber slot) {
  const std::string seid(request_.seid);
  log(LogLevel::kInfo, "slot.use", slot.text());
  switch (request_.verb) {
    case RacsVerb::kReset: return succeed(seid + (request_.warm ? " Warm Reset Done" : " Reset Done"));
    case RacsVerb::kGetAtr: return succeed(to_hex(*result));
    default: return succeed(seid + " Has been powered up");
  }
}

void RacsSession::end_transmit(const WorkResult& result) {
  if (!result) return fail(detail::class_of(result.error().kind), result.error().message);
  access_->answered(request_.seid, exchange_.command(), *result);
  take_answer(exchange_.take(*result));
}

void RacsSession::take_answer(RacsExchange::Step step) {
  switch (step) {
    case RacsExchange::Step::kSend:
      // FETCH is the client's: without this it would be a way around the policy.
      if (auto refusal = access_->refusal(request_.seid, exchange_.command()))
        return fail(RacsClass::kUnauthorized, *refusal);
      return send_to_element();
    case RacsExchange::Step::kTooLong: return fail(RacsClass::kExecution, "the response has too many parts");
    case RacsExchange::Step::kNoAnswer: return fail(RacsClass::kHardware, "the card gave no status word");
    case RacsExchange::Step::kDone: break;
  }
  if (reference() && exchange_.response().size() > detail::kReferenceResponse) {
    fail(RacsClass::kInUse, "response overflow");
    return disconnect();
  }
  if (exchange_.stops())
    return fail(RacsClass::kExecution, detail::wrong_status_text(exchange_.status(), context_.settings.mode));
  succeed(to_hex(exchange_.response()));
}

void RacsSession::forget(SlotNumber slot) {
  std::erase(owned_, slot);
  context_.slots.release(slot);
}

void RacsSession::release_all() {
  for (const auto slot : std::exchange(owned_, {})) {
    context_.service.release(slot, id_);
    context_.slots.release(slot);
    log(LogLevel::kInfo, "slot.free", slot.text());
  }
}

// ---- its end ----

void RacsSession::drain() {
  draining_ = true;
  if (stage_ == Stage::kOutside && !running_) closing_ = true;
}

bool RacsSession::expired(Nanoseconds now) const {
  const auto& settings = context_.settings;
  const auto limit = access_ == nullptr ? settings.handshake_limit : settings.idle_limit;
  return !running_ && !closing_ && now - last_progress_ > limit;
}

void RacsSession::expire() {
  log(LogLevel::kInfo, "session.idle");
  closing_ = true;
}

void RacsSession::log(LogLevel level, std::string_view event, std::string_view detail) const {
  if (!context_.log.enabled(level)) return;
  context_.log.write(level, event,
                     {{"session", std::to_string(id_)}, {"peer", peer_}, {"detail", std::string(detail)}});
}

}  // namespace cose::grid
