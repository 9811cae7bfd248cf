// SPDX-License-Identifier: Apache-2.0
#include "web/detail/routes.h"

#include <algorithm>
#include <array>

namespace cose::web::detail {

namespace {

constexpr std::array kRoutes{
    Route{"GET", "/healthz", get_health, Effect::kLooks},
    Route{"GET", "/metrics", get_metrics, Effect::kLooks},
    Route{"GET", kRacsPath, nullptr},
    Route{"POST", kRacsPath, nullptr},
    Route{"GET", "/api/v1/openapi.json", get_description, Effect::kLooks},
    Route{"GET", "/api/v1/events", get_events},
    Route{"GET", "/api/v1/slots", get_slots, Effect::kLooks},
    Route{"GET", "/api/v1/slots/{slot}", get_slot, Effect::kLooks},
    Route{"GET", "/api/v1/cards", get_cards, Effect::kLooks},
    Route{"GET", "/api/v1/cards/{seid}", get_card, Effect::kLooks},
    Route{"GET", "/api/v1/cards/{seid}/applications", get_applications},
    Route{"GET", "/api/v1/cards/{seid}/socket", get_socket},
    Route{"GET", "/api/v1/sessions", get_sessions, Effect::kLooks},
    Route{"POST", "/api/v1/sessions", post_session},
    Route{"GET", "/api/v1/sessions/{id}", get_session, Effect::kLooks},
    Route{"DELETE", "/api/v1/sessions/{id}", delete_session},
    Route{"POST", "/api/v1/sessions/{id}/reset", post_reset},
    Route{"POST", "/api/v1/sessions/{id}/exchange", post_exchange},
};

bool is_open(std::string_view path) {
  return path == "/healthz" || path == "/metrics";
}

// The next segment of a path, cut off with its slash.
std::string_view cut_segment(std::string_view& path) {
  path.remove_prefix(1);
  const auto segment = path.substr(0, path.find('/'));
  path.remove_prefix(segment.size());
  return segment;
}

// What stands for the names of the pattern; nothing: another path.
std::optional<std::vector<std::string_view>> match(std::string_view pattern, std::string_view path) {
  std::vector<std::string_view> names;
  while (pattern.starts_with('/') && path.starts_with('/')) {
    const auto wanted = cut_segment(pattern);
    const auto found = cut_segment(path);
    if (wanted.starts_with('{') && !found.empty())
      names.push_back(found);
    else if (wanted != found)
      return std::nullopt;
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return names;
}

// Host without its port: "localhost", "127.0.0.1", "[::1]".
bool names_this_machine(std::string_view host) {
  const auto name = host.starts_with('[') ? host.substr(0, host.find(']') + 1) : host.substr(0, host.find(':'));
  const bool number = name.starts_with("127.") && name.find_first_not_of("0123456789.") == std::string_view::npos;
  return name == "localhost" || name == "[::1]" || number;
}

// A page of another origin in somebody's browser, which would send his certificate with it.
bool is_foreign_origin(const Request& request) {
  const auto site = request.field("sec-fetch-site");
  if (!site.empty() && site != "same-origin" && site != "none") return true;
  const auto origin = request.field("origin");
  const auto authority = origin.find("://");
  return !origin.empty() &&
         (authority == std::string_view::npos || origin.substr(authority + 3) != request.field("host"));
}

}  // namespace

std::span<const Route> routes() {
  return kRoutes;
}

std::optional<Response> refusal_of(const Front& front, const Caller& caller, const Request& request) {
  const auto& settings = front.context().settings;
  const bool plain = settings.channel == FrontSettings::Channel::kPlain;
  if (is_foreign_origin(request))
    return respond(Problem{403, "refused", "requests of pages of another origin are not taken"});
  if (plain && settings.loopback_only && !names_this_machine(request.field("host")))
    return respond(Problem{403, "refused", "expected a name of this machine as Host, such as localhost"});
  const bool known = caller.proven || caller.loopback || settings.open_status;
  if (is_open(request.path()) ? known : (plain || caller.proven)) return std::nullopt;
  return respond(Problem{403, "refused", "a client certificate is needed"});
}

std::optional<Response> dispatch(Front& front, const Caller& caller, const Request& request,
                                 std::shared_ptr<Pending> pending) {
  std::string allowed;
  for (const auto& route : kRoutes) {
    const auto found = match(route.path, request.path());
    if (!found) continue;
    const bool head = request.method == "HEAD" && route.effect == Effect::kLooks;
    if (route.method != request.method && !head) {
      allowed.append(allowed.empty() ? "" : ", ").append(route.method);
      continue;
    }
    Call call{front, caller, request, {}, std::move(pending)};
    for (const auto name : *found) {
      auto plain = decode_percent(name, Plus::kItself);
      if (!plain) return respond(Problem{404, "not found", plain.error().message});
      call.names.push_back(*std::move(plain));
    }
    return route.handler(call);
  }
  if (allowed.empty()) return respond(Problem{404, "not found", "there is nothing at this path"});
  auto response = respond(Problem{405, "unsupported", "this path takes " + allowed});
  response.fields.emplace_back("Allow", allowed);
  return response;
}

}  // namespace cose::web::detail
