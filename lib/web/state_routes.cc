// SPDX-License-Identifier: Apache-2.0
// What only looks: the state of the grid, its slots and cards, and what happens to them.
#include <algorithm>
#include <charconv>

#include "web/detail/json.h"
#include "web/detail/openapi_document.h"
#include "web/detail/routes.h"
#include "web/limits.h"

namespace cose::web::detail {

namespace {

std::string_view name_of(grid::SlotState state) {
  switch (state) {
    case grid::SlotState::kEmpty: return "empty";
    case grid::SlotState::kFree: return "free";
    case grid::SlotState::kInUse: break;
  }
  return "in_use";
}

struct Named {
  std::string seid;
  grid::SlotNumber slot;
};

// The names that this client may know, in order.
std::vector<Named> visible_names(const grid::SeidTable& seids, const grid::Access& access) {
  std::vector<Named> found;
  for (const auto name : seids.names())
    if (access.may_use(name)) found.push_back({std::string(name), *seids.find(name)});
  return found;
}

Json slot_json(const Call& call, grid::SlotNumber slot, const std::vector<Named>& names) {
  auto seids = Json::array();
  for (const auto& each : names)
    if (each.slot == slot) seids.push_back(each.seid);
  return {{"slot", slot.value()},
          {"seids", std::move(seids)},
          {"state", name_of(call.front.context().slots.state(slot))},
          {"present", call.front.context().slots.is_present(slot)}};
}

Json card_json(const Call& call, const Named& named) {
  return {{"seid", named.seid},
          {"slot", named.slot.value()},
          {"state", name_of(call.front.context().slots.state(named.slot))}};
}

// What a client may see of an event: of slots and cards that he may use.
std::string event_text(const grid::SeidTable& seids, const grid::Access& access, const Event& event) {
  if (!event.seid.empty()) {
    if (!access.may_use(event.seid)) return {};
    return text_of({{"slot", event.slot.value()}, {"seid", event.seid}});
  }
  auto names = Json::array();
  for (const auto& each : visible_names(seids, access))
    if (each.slot == event.slot) names.push_back(each.seid);
  if (names.empty()) return {};
  return text_of({{"slot", event.slot.value()}, {"seids", std::move(names)}});
}

}  // namespace

std::optional<Response> get_health(Call& call) {
  return respond_json(200, {{"status", "ok"}, {"grid", call.front.context().settings.grid_name}});
}

std::optional<Response> get_metrics(Call& call) {
  metrics::Exposition exposition;
  call.front.write_metrics(exposition);
  return Response{.status = 200, .type = std::string(metrics::kContentType), .body = exposition.text(), .fields = {}};
}

std::optional<Response> get_description(Call&) {
  return Response{.status = 200, .type = "application/json", .body = std::string(openapi_document()), .fields = {}};
}

std::optional<Response> get_slots(Call& call) {
  const auto access = call.front.access_of(call.caller);
  const auto names = visible_names(call.front.context().seids, *access);
  std::vector<grid::SlotNumber> numbers;
  for (const auto& each : names) numbers.push_back(each.slot);
  std::ranges::sort(numbers);
  const auto repeated = std::ranges::unique(numbers);
  numbers.erase(repeated.begin(), repeated.end());
  auto slots = Json::array();
  for (const auto slot : numbers) slots.push_back(slot_json(call, slot, names));
  return respond_json(200, {{"slots", std::move(slots)}});
}

std::optional<Response> get_slot(Call& call) {
  const auto access = call.front.access_of(call.caller);
  const auto names = visible_names(call.front.context().seids, *access);
  const auto slot = grid::SlotNumber::parse(call.names[0]);
  if (!slot || std::ranges::find(names, *slot, &Named::slot) == names.end())
    return respond(Problem{404, "not found", "no such slot"});
  return respond_json(200, slot_json(call, *slot, names));
}

std::optional<Response> get_cards(Call& call) {
  const auto access = call.front.access_of(call.caller);
  auto cards = Json::array();
  for (const auto& each : visible_names(call.front.context().seids, *access))
    if (call.front.context().slots.is_present(each.slot)) cards.push_back(card_json(call, each));
  return respond_json(200, {{"cards", std::move(cards)}});
}

std::optional<Response> get_card(Call& call) {
  const auto access = call.front.access_of(call.caller);
  const auto& seid = call.names[0];
  const auto slot = access->may_use(seid) ? call.front.context().seids.find(seid) : std::nullopt;
  if (!slot || !call.front.context().slots.is_present(*slot)) return respond(Problem{404, "not found", "no such card"});
  return respond_json(200, card_json(call, {seid, *slot}));
}

std::optional<Response> get_events(Call& call) {
  auto from = call.front.events().last();
  if (const auto text = call.request.field("last-event-id"); !text.empty()) {
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, from);
    if (stop != end || error != std::errc())
      return respond(Problem{400, "invalid", "Last-Event-ID: expected the number of an event"});
  }
  auto view = [&front = call.front, access = std::shared_ptr(call.front.access_of(call.caller))](const Event& event) {
    return event_text(front.context().seids, *access, event);
  };
  const auto follower = std::make_shared<Follower>(call.front.events(), from, std::move(view), call.pending->wake);
  if (const auto followed = call.front.follow(follower); !followed) return respond(followed.error());
  call.pending->follower = follower;
  return Response{
      .status = 200, .type = "text/event-stream", .body = {}, .fields = {}, .then = Response::Then::kEvents};
}

}  // namespace cose::web::detail
