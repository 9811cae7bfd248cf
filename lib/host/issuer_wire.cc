// SPDX-License-Identifier: Apache-2.0
#include "host/issuer_wire.h"

#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "net/line_client.h"

namespace cose::host {

namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr std::size_t kMaximumObjects = 300;
constexpr std::size_t kMaximumScripts = 16;
constexpr std::chrono::seconds kConnectPatience{3};
constexpr std::chrono::seconds kAnswerPatience{10};

Result<json> parse(std::string_view line) {
  auto parsed = json::parse(line, nullptr, false);
  if (parsed.is_discarded() || !parsed.is_object()) return fail(ErrorKind::kInvalid, "expected a JSON object");
  return parsed;
}

Result<std::string> text_in(const json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end()) return std::string();
  if (!found->is_string()) return fail(ErrorKind::kInvalid, std::string(key) + ": expected a text");
  return found->get<std::string>();
}

Result<Bytes> octets_in(const json& object, const char* key) {
  COSE_TRY(const auto text, text_in(object, key));
  auto octets = from_hex(text);
  if (!octets) return std::unexpected(octets.error().within(key));
  return octets;
}

}  // namespace

std::string to_line(const emv::AuthorisationRequest& request) {
  ordered_json line{{"kind", request.kind == emv::AuthorisationKind::kRequest ? "request" : "confirmation"}};
  for (const auto& [tag, value] : request.objects) line["objects"][tag.to_string()] = to_hex(value);
  if (!request.pin_block.empty()) line["pin_block"] = to_hex(request.pin_block);
  if (!request.script_results.empty()) line["script_results"] = to_hex(request.script_results);
  return line.dump();
}

std::string to_line(const emv::AuthorisationResponse& response) {
  ordered_json line{{"response_code", response.response_code}};
  if (!response.authorisation_code.empty()) line["authorisation_code"] = response.authorisation_code;
  if (!response.issuer_authentication_data.empty())
    line["issuer_authentication_data"] = to_hex(response.issuer_authentication_data);
  for (const auto& script : response.scripts) line["scripts"].push_back(to_hex(script));
  if (!response.reason.empty()) line["reason"] = response.reason;
  return line.dump(-1, ' ', true, ordered_json::error_handler_t::replace);
}

Result<emv::AuthorisationRequest> request_of_line(std::string_view line) {
  COSE_TRY(const auto object, parse(line));
  emv::AuthorisationRequest request;
  COSE_TRY(const auto kind, text_in(object, "kind"));
  if (kind != "request" && kind != "confirmation")
    return fail(ErrorKind::kInvalid, "kind: expected request or confirmation");
  if (kind == "confirmation") request.kind = emv::AuthorisationKind::kConfirmation;
  const auto objects = object.find("objects");
  if (objects == object.end() || !objects->is_object() || objects->size() > kMaximumObjects)
    return fail(ErrorKind::kInvalid, "objects: expected an object of 300 data objects at most");
  for (const auto& [name, value] : objects->items()) {
    COSE_TRY(const auto tag, tlv::Tag::from_hex(name));
    if (!value.is_string()) return fail(ErrorKind::kInvalid, name + ": expected a text");
    COSE_TRY(request.objects[tag], from_hex(value.get<std::string>()));
  }
  COSE_TRY(request.pin_block, octets_in(object, "pin_block"));
  COSE_TRY(request.script_results, octets_in(object, "script_results"));
  return request;
}

Result<emv::AuthorisationResponse> response_of_line(std::string_view line) {
  COSE_TRY(const auto object, parse(line));
  emv::AuthorisationResponse response;
  COSE_TRY(response.response_code, text_in(object, "response_code"));
  COSE_TRY(response.authorisation_code, text_in(object, "authorisation_code"));
  COSE_TRY(response.issuer_authentication_data, octets_in(object, "issuer_authentication_data"));
  COSE_TRY(response.reason, text_in(object, "reason"));
  const auto scripts = object.find("scripts");
  if (scripts == object.end()) return response;
  if (!scripts->is_array() || scripts->size() > kMaximumScripts)
    return fail(ErrorKind::kInvalid, "scripts: expected a list of 16 at most");
  for (const auto& script : *scripts) {
    if (!script.is_string()) return fail(ErrorKind::kInvalid, "scripts: expected texts");
    COSE_TRY(auto octets, from_hex(script.get<std::string>()));
    response.scripts.push_back(std::move(octets));
  }
  return response;
}

std::string answer_line(emv::AuthorisationHost& issuer, std::string_view line) {
  constexpr auto kFormatError = "30";
  constexpr auto kSystemError = "96";
  emv::AuthorisationResponse response;
  const auto request = request_of_line(line);
  const auto answered = request ? issuer.authorise(*request) : std::unexpected(request.error());
  if (answered) return to_line(*answered);
  response.response_code = request ? kSystemError : kFormatError;
  response.reason = answered.error().message;
  return to_line(response);
}

Result<emv::AuthorisationResponse> RemoteIssuer::authorise(const emv::AuthorisationRequest& request) {
  if (!channel_) {
    net::LineClientOptions options;
    options.endpoint = endpoint_;
    options.secure = grid::SecureMode::kOff;
    options.opening = net::LineClientOptions::Opening::kSilent;
    COSE_TRY(channel_, net::LineClient(std::move(options)).connect(kConnectPatience));
  }
  std::string reply;
  if (const auto exchanged = channel_->exchange(to_line(request), reply, kAnswerPatience); !exchanged) {
    channel_.reset();
    return std::unexpected(exchanged.error());
  }
  return response_of_line(reply);
}

}  // namespace cose::host
