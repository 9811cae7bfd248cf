// SPDX-License-Identifier: Apache-2.0
// Sessions: a card for one client, from POST to DELETE or until nobody uses it; and the WebSocket, which is one, too.
#include <algorithm>
#include <utility>

#include "bytes/hex.h"
#include "crypto/digest.h"
#include "web/detail/json.h"
#include "web/detail/routes.h"
#include "web/limits.h"
#include "web/websocket.h"

namespace cose::web::detail {

namespace {

Json session_json(const Session& session) {
  return {{"id", session.id},
          {"seid", session.use->seid()},
          {"slot", session.use->slot().value()},
          {"atr", to_hex(session.use->atr())},
          {"busy", session.use->is_busy()},
          {"idle_seconds", std::chrono::duration_cast<std::chrono::seconds>(session.idle_limit).count()}};
}

// The key in the words of its user, who may have the same keys as another.
std::string request_name(const Caller& caller, std::string_view key) {
  std::string name = "http";
  for (const auto& identity : caller.identities) name.append("\n").append(identity.value);
  return name.append("\n\n").append(key);
}

// What a card selects must be known to be done now, and not to have been done once: the policy follows it.
bool selects(ByteView command) {
  constexpr std::uint8_t kSelect = 0xA4;
  constexpr std::uint8_t kManageChannel = 0x70;
  return command[1] == kSelect || command[1] == kManageChannel;
}

Response no_session() {
  return respond(Problem{404, "not found", "no such session"});
}

Response busy() {
  return respond(Problem{409, "busy", "the session's card works on another request"});
}

struct Opening {
  std::string seid;
  Nanoseconds idle_limit = kSessionIdle;
};

Result<Opening> parse_opening(std::string_view json) {
  Opening opening;
  COSE_TRY(const auto object, read_object(json, {"seid", "idle_seconds"}));
  COSE_TRY(opening.seid, text_member(object, "seid"));
  if (opening.seid.empty()) return fail(ErrorKind::kInvalid, "seid: expected the name of a card");
  const auto idle = object.find("idle_seconds");
  if (idle == object.end()) return opening;
  if (!idle->is_number_unsigned() || *idle < 1U || *idle > kMaximumSessionIdle)
    return fail(ErrorKind::kInvalid, "idle_seconds: expected a number from 1 to 3600");
  opening.idle_limit = std::chrono::seconds(idle->get<std::int64_t>());
  return opening;
}

// Locks a card for a client and gives it power, then goes on with `ready`; what fails is answered here.
using Ready = std::function<void(std::unique_ptr<CardUse>)>;

std::optional<Response> open_card(Call& call, const std::string& seid, Ready ready) {
  auto opened = CardUse::open(call.front.cards(), call.caller, seid);
  if (!opened) return respond(opened.error());
  auto& use = call.front.hold(*std::move(opened));
  use.power_up([&front = call.front, owner = use.owner(), waiting = std::weak_ptr(call.pending),
                ready = std::move(ready)](const Outcome& outcome) {
    auto held = front.take(owner);
    const auto pending = waiting.lock();
    // Nobody waits any more: the card is given back.
    if (!pending) return;
    if (outcome.problem) return pending->answer(respond(*outcome.problem));
    ready(std::move(held));
  });
  return std::exchange(call.pending->response, std::nullopt);
}

}  // namespace

std::optional<Response> get_sessions(Call& call) {
  auto sessions = Json::array();
  for (const auto* session : call.front.sessions().of(call.caller.identities))
    sessions.push_back(session_json(*session));
  return respond_json(200, {{"sessions", std::move(sessions)}});
}

std::optional<Response> post_session(Call& call) {
  const auto opening = parse_opening(call.request.body);
  if (!opening) return respond(opening.error());
  auto id = call.front.sessions().make_id(call.front.context().rng);
  if (!id) return respond(id.error());
  Session session{.id = *std::move(id),
                  .owner = call.caller.identities,
                  .use = nullptr,
                  .keys = {},
                  .idle_limit = opening->idle_limit,
                  .last_use = call.front.now()};
  return open_card(call, opening->seid,
                   [&front = call.front, waiting = std::weak_ptr(call.pending),
                    kept = std::make_shared<Session>(std::move(session))](std::unique_ptr<CardUse> use) {
                     kept->use = std::move(use);
                     kept->last_use = front.now();
                     const auto& opened = front.open_session(std::move(*kept));
                     auto response = respond_json(201, session_json(opened));
                     response.fields.emplace_back("Location", "/api/v1/sessions/" + opened.id);
                     waiting.lock()->answer(std::move(response));
                   });
}

std::optional<Response> get_session(Call& call) {
  const auto* session = call.front.sessions().find(call.names[0], call.caller.identities);
  return session == nullptr ? no_session() : respond_json(200, session_json(*session));
}

std::optional<Response> delete_session(Call& call) {
  const auto* session = call.front.sessions().find(call.names[0], call.caller.identities);
  if (session == nullptr) return no_session();
  if (session->use->is_busy()) return busy();
  call.front.close_session(*session);
  return Response{.status = 204, .type = {}, .body = {}, .fields = {}};
}

std::optional<Response> post_reset(Call& call) {
  auto* session = call.front.sessions().find(call.names[0], call.caller.identities);
  if (session == nullptr) return no_session();
  const auto warm = parse_reset(call.request.body);
  if (!warm) return respond(warm.error());
  if (session->use->is_busy()) return busy();
  const auto kind = *warm ? iso7816::ResetKind::kWarm : iso7816::ResetKind::kCold;
  session->use->reset(
      kind, [session, &front = call.front, waiting = std::weak_ptr(call.pending)](const Outcome& outcome) {
        session->last_use = front.now();
        if (const auto pending = waiting.lock())
          pending->answer(outcome.problem ? respond(*outcome.problem) : respond_json(200, session_json(*session)));
      });
  return std::exchange(call.pending->response, std::nullopt);
}

std::optional<Response> post_exchange(Call& call) {
  auto* session = call.front.sessions().find(call.names[0], call.caller.identities);
  if (session == nullptr) return no_session();
  auto steps = parse_batch(call.request.body);
  if (!steps) return respond(steps.error());
  const std::string key(call.request.field("idempotency-key"));
  if (!key.empty() && !is_idempotency_key(key))
    return respond(Problem{400, "invalid", "Idempotency-Key: expected 1 to 64 printable characters without blanks"});
  const auto digest = crypto::digest(crypto::DigestKind::kSha256, as_bytes(call.request.body));
  if (!digest) return respond(digest.error());
  if (!key.empty() && (!session->use->is_busy() || session->keys.knows(key)))
    if (auto answer = session->keys.begin(key, *digest, call.front.now())) return answer;
  if (session->use->is_busy()) return busy();
  // One command alone can be known again by a card that keeps its state, even after the grid has started anew.
  if (!key.empty() && steps->size() == 1 && !steps->front().more_on && !selects(steps->front().command))
    steps->front().name = request_name(call.caller, key);
  session->use->run(*std::move(steps),
                    [session, key, &front = call.front, waiting = std::weak_ptr(call.pending)](const Outcome& outcome) {
                      session->last_use = front.now();
                      auto response = batch_response(outcome);
                      // What the card has not seen may be asked again.
                      if (!key.empty() && outcome.untouched) session->keys.forget(key);
                      if (!key.empty() && !outcome.untouched) session->keys.end(key, response);
                      if (const auto pending = waiting.lock()) pending->answer(std::move(response));
                    });
  return std::exchange(call.pending->response, std::nullopt);
}

std::optional<Response> get_socket(Call& call) {
  const auto& request = call.request;
  if (request.field("upgrade") != "websocket" || request.field("sec-websocket-version") != "13") {
    auto response = respond(Problem{426, "unsupported", "expected a WebSocket of version 13"});
    response.fields.emplace_back("Upgrade", "websocket");
    response.fields.emplace_back("Sec-WebSocket-Version", "13");
    return response;
  }
  const auto accept = socket_accept(request.field("sec-websocket-key"));
  if (!accept) return respond(accept.error());
  return open_card(call, call.names[0],
                   [waiting = std::weak_ptr(call.pending), accept = *accept](std::unique_ptr<CardUse> use) {
                     const auto pending = waiting.lock();
                     pending->socket = std::move(use);
                     pending->answer({.status = 101,
                                      .type = {},
                                      .body = {},
                                      .fields = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Accept", accept}},
                                      .then = Response::Then::kSocket});
                   });
}

}  // namespace cose::web::detail
