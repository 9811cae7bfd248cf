// SPDX-License-Identifier: Apache-2.0
// Which requests there are, and who answers them.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "web/desk.h"

namespace cose::web::detail {

inline constexpr std::string_view kRacsPath = "/RACS";

struct Call {
  Front& front;
  const Caller& caller;
  const Request& request;
  std::vector<std::string> names;  // what stood for {...} in the path
  std::shared_ptr<Pending> pending;
};

// Nothing: the answer goes to `pending` later.
using Handler = std::optional<Response> (*)(Call&);

// What only looks may be asked by HEAD, too.
enum class Effect : std::uint8_t { kLooks, kActs };

struct Route {
  std::string_view method;
  std::string_view path;  // {seid} stands for one segment
  Handler handler;        // null: the desk's own
  Effect effect = Effect::kActs;
};

[[nodiscard]] std::span<const Route> routes();

// Why a request is answered by nobody: who sent it, or from where. Nothing: it may go on.
[[nodiscard]] std::optional<Response> refusal_of(const Front& front, const Caller& caller, const Request& request);
[[nodiscard]] std::optional<Response> dispatch(Front& front, const Caller& caller, const Request& request,
                                               std::shared_ptr<Pending> pending);

// state_routes.cc
[[nodiscard]] std::optional<Response> get_health(Call& call);
[[nodiscard]] std::optional<Response> get_metrics(Call& call);
[[nodiscard]] std::optional<Response> get_description(Call& call);
[[nodiscard]] std::optional<Response> get_events(Call& call);
[[nodiscard]] std::optional<Response> get_slots(Call& call);
[[nodiscard]] std::optional<Response> get_slot(Call& call);
[[nodiscard]] std::optional<Response> get_cards(Call& call);
[[nodiscard]] std::optional<Response> get_card(Call& call);
// application_routes.cc
[[nodiscard]] std::optional<Response> get_applications(Call& call);
// session_routes.cc
[[nodiscard]] std::optional<Response> get_sessions(Call& call);
[[nodiscard]] std::optional<Response> post_session(Call& call);
[[nodiscard]] std::optional<Response> get_session(Call& call);
[[nodiscard]] std::optional<Response> delete_session(Call& call);
[[nodiscard]] std::optional<Response> post_reset(Call& call);
[[nodiscard]] std::optional<Response> post_exchange(Call& call);
[[nodiscard]] std::optional<Response> get_socket(Call& call);

}  // namespace cose::web::detail
