// SPDX-License-Identifier: Apache-2.0
#include "grid/racs_session.h"

#include <algorithm>
#include <utility>

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
  if (context_.settings.channel == RacsSettings::Channel::kPlain) come_in({});
}

void RacsSession::come_in(const std::vector<Identity>& peer) {
  identities_ = peer;
  access_ = context_.access({"racs", id_, peer_, identities_});
  const auto refused = access_->admission();
  if (!refused) return;
  log(LogLevel::kInfo, "session.turned_away", refused->text);
  answer_now({detail::class_of(refused->kind), RacsVerb::kNone, refused->text});
  disconnect();
}

void RacsSession::secured(const std::vector<Identity>& peer) {
  come_in(peer);
  last_progress_ = context_.clock.monotonic();
  log(LogLevel::kInfo, "session.secured", peer.empty() ? std::string_view("no certificate") : peer[0].value);
}

RacsSession::~RacsSession() {
  if (kept_ != nullptr && !quitting_ && !draining_ && !held_.empty()) park();
  release_all();
  if (kept_ != nullptr) context_.keeps->drop(kept_->owner);
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

void RacsSession::refuse(const Refusal& refusal) {
  // The author's server knows no class for it.
  fail(reference() ? RacsClass::kInUse : detail::class_of(refusal.kind), refusal.text);
}

void RacsSession::refuse_seid() {
  // Whether it exists is nobody's business who may not use it. GET-SEN as the author's server.
  const bool name_command = reference() && request_.verb == RacsVerb::kGetSen;
  fail(name_command ? RacsClass::kSyntax : RacsClass::kIllegalValue, "invalid SEID");
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
  quitting_ = true;
  closing_ = true;
}

void RacsSession::log(LogLevel level, std::string_view event, std::string_view detail) const {
  if (!context_.log.enabled(level)) return;
  context_.log.write(level, event,
                     {{"session", std::to_string(id_)}, {"peer", peer_}, {"detail", std::string(detail)}});
}

}  // namespace cose::grid
