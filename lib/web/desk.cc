// SPDX-License-Identifier: Apache-2.0
#include "web/desk.h"

#include <utility>

#include "grid/racs_http.h"
#include "web/detail/routes.h"
#include "web/limits.h"

namespace cose::web {

namespace {

// A form's last line ends its last request, so that none stays open between two of HTTP.
bool is_whole(std::string_view lines) {
  return lines.ends_with("\nEND\r\n");
}

}  // namespace

Desk::Desk(Front& front, Caller caller, std::function<void()> wake)
    : front_(front), caller_(std::move(caller)), wake_(std::move(wake)) {}

Desk::~Desk() = default;

void Desk::handle(const Request& request) {
  COSE_ASSERT(!is_busy());
  pending_ = std::make_shared<Pending>();
  pending_->wake = wake_;
  begun_ = front_.now();
  if (auto refusal = detail::refusal_of(front_, caller_, request)) {
    pending_->response = std::move(refusal);
    return;
  }
  const bool form = request.method == "GET" || request.method == "POST";
  if (form && request.path() == detail::kRacsPath) return handle_racs(request);
  pending_->response = detail::dispatch(front_, caller_, request, pending_);
}

std::optional<Response> Desk::take_response() {
  if (!pending_ || !pending_->response) return std::nullopt;
  const auto pending = std::exchange(pending_, nullptr);
  front_.count(*pending->response, front_.now() - begun_);
  if (pending->socket) socket_ = std::make_unique<CardSocket>(std::move(pending->socket), wake_);
  follower_ = pending->follower;
  return std::move(pending->response);
}

// ---- the form of RACS ----

void Desk::handle_racs(const Request& request) {
  const bool post = request.method == "POST";
  if (post && !request.field("content-type").starts_with("application/x-www-form-urlencoded")) {
    pending_->response = respond(Problem{415, "unsupported", "expected application/x-www-form-urlencoded"});
    return;
  }
  const auto lines = grid::racs_lines_of_query(post ? std::string_view(request.body) : request.query());
  if (!lines || !is_whole(*lines)) {
    pending_->response =
        respond(lines ? Error{ErrorKind::kInvalid, "RACS query: expected BEGIN=...&...&END="} : lines.error());
    return;
  }
  if (!racs_) {
    racs_ = std::make_unique<grid::RacsSession>(front_.racs(), caller_.connection, caller_.peer);
    racs_->start();
    racs_->secured(caller_.identities);
  }
  racs_->receive(as_bytes(*lines));
  if (drain_racs()) end_racs();
}

bool Desk::drain_racs() {
  while (!racs_->output().empty()) {
    racs_output_ += std::exchange(racs_->output(), {});
    if (racs_output_.size() > kMaximumXmlAnswer) return true;
    racs_->sent();
  }
  return racs_->wants_input() || racs_->wants_close();
}

void Desk::end_racs() {
  const auto output = std::exchange(racs_output_, {});
  const bool too_long = output.size() > kMaximumXmlAnswer;
  if (too_long || racs_->wants_close()) racs_.reset();
  if (too_long)
    pending_->answer(respond(Problem{400, "limit", "the answers to this form are too long; the session has ended"}));
  else
    pending_->answer({.status = 200, .type = "application/xml", .body = grid::racs_xml(output), .fields = {}});
}

void Desk::finish(const grid::WorkResult& result) {
  if (!racs_) return;
  racs_->finish(result);
  if (drain_racs()) end_racs();
}

}  // namespace cose::web
