// SPDX-License-Identifier: Apache-2.0
#include "web/batch.h"

#include <charconv>

#include "bytes/hex.h"
#include "grid/limits.h"
#include "web/detail/json.h"
#include "web/limits.h"

namespace cose::web {

using detail::Json;

namespace {

constexpr std::size_t kShortestCommand = 4;

Result<Bytes> command_of(const Json& json) {
  if (!json.is_string()) return fail(ErrorKind::kInvalid, "expected a command in hexadecimal");
  COSE_TRY(auto octets, from_hex(json.get_ref<const std::string&>()));
  if (octets.size() < kShortestCommand || octets.size() > grid::kMaximumCommand)
    return fail(ErrorKind::kInvalid, "a command has 4 to 65544 octets, found " + std::to_string(octets.size()));
  return octets;
}

// A member of exactly so many hexadecimal digits; nothing: it is not there.
Result<std::optional<std::uint32_t>> number_member(const Json& object, const char* name, std::size_t digits) {
  COSE_TRY(const auto text, detail::text_member(object, name));
  if (text.empty() && !object.contains(name)) return std::nullopt;
  std::uint32_t number = 0;
  const auto* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number, 16);
  if (text.size() != digits || stop != end || error != std::errc())
    return fail(ErrorKind::kInvalid,
                std::string(name) + ": expected " + std::to_string(digits) + " hexadecimal digits");
  return number;
}

Result<Step> step_of(const Json& json) {
  Step step;
  if (!json.is_object()) {
    COSE_TRY(step.command, command_of(json));
    return step;
  }
  COSE_CHECK(detail::check_members(json, {"command", "continue", "more", "fetch"}));
  COSE_TRY(step.command, command_of(json.value("command", Json())));
  COSE_TRY(const auto continue_on, number_member(json, "continue", 4));
  COSE_TRY(const auto more_on, number_member(json, "more", 2));
  COSE_TRY(const auto fetch, number_member(json, "fetch", 8));
  if (continue_on) step.continue_on = static_cast<std::uint16_t>(*continue_on);
  if (more_on) step.more_on = static_cast<std::uint8_t>(*more_on);
  if (fetch) step.fetch = *fetch;
  return step;
}

Result<std::vector<Step>> steps_of(const Json& object) {
  std::vector<Step> steps;
  if (object.contains("command") == object.contains("commands"))
    return fail(ErrorKind::kInvalid, "expected either command or commands");
  if (object.contains("command")) {
    auto step = step_of(object);
    if (!step) return std::unexpected(step.error());
    steps.push_back(*std::move(step));
    return steps;
  }
  const auto& commands = object["commands"];
  if (!commands.is_array() || commands.empty()) return fail(ErrorKind::kInvalid, "commands: expected a list of them");
  if (commands.size() > kMaximumBatch)
    return fail(ErrorKind::kInvalid, "commands: a batch has 256 at most, found " + std::to_string(commands.size()));
  for (const auto& command : commands) {
    auto step = step_of(command);
    if (!step) return std::unexpected(step.error().within("command " + std::to_string(steps.size() + 1)));
    steps.push_back(*std::move(step));
  }
  return steps;
}

Result<bool> warm_of(const std::string& kind) {
  if (kind.empty() || kind == "cold") return false;
  if (kind == "warm") return true;
  return fail(ErrorKind::kInvalid, "a reset is cold or warm");
}

}  // namespace

Result<std::vector<Step>> parse_batch(std::string_view json) {
  COSE_TRY(const auto object, detail::read_object(json, {"command", "commands", "continue", "more", "fetch"}));
  return steps_of(object);
}

Result<Message> parse_message(std::string_view json) {
  Message message;
  COSE_TRY(const auto object, detail::read_object(json, {"command", "commands", "continue", "more", "fetch", "reset"}));
  if (!object.contains("reset")) {
    COSE_TRY(message.steps, steps_of(object));
    return message;
  }
  if (object.size() != 1) return fail(ErrorKind::kInvalid, "a reset comes alone");
  COSE_TRY(const auto kind, detail::text_member(object, "reset"));
  COSE_TRY(message.warm_reset, warm_of(kind));
  return message;
}

Result<bool> parse_reset(std::string_view json) {
  COSE_TRY(const auto object, detail::read_object(json, {"kind"}));
  COSE_TRY(const auto kind, detail::text_member(object, "kind"));
  return warm_of(kind);
}

std::string batch_text(const Outcome& outcome) {
  auto responses = Json::array();
  for (const auto& response : outcome.responses) {
    const ByteView octets(response);
    responses.push_back({{"data", to_hex(octets.first(octets.size() - 2))}, {"status", to_hex(octets.last(2))}});
  }
  Json json{{"responses", std::move(responses)}, {"complete", !outcome.problem && !outcome.stopped}};
  if (outcome.problem) json["problem"] = detail::to_json(*outcome.problem);
  return detail::text_of(json);
}

Response batch_response(const Outcome& outcome) {
  // What has been done to a card is told, even if it was not all.
  if (outcome.problem && outcome.responses.empty()) return respond(*outcome.problem);
  return {.status = 200, .type = "application/json", .body = batch_text(outcome), .fields = {}};
}

}  // namespace cose::web
