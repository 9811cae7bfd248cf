// SPDX-License-Identifier: Apache-2.0
// A front with cards that follow a script, and the clients of it: tests/web/README.md says how scripts read.
#pragma once

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/testing/policy_script.h"
#include "grid/testing/script.h"
#include "web/desk.h"
#include "web/front.h"
#include "web/testing/openapi.h"

namespace cose::web::testing {

// `*` stands for anything.
inline bool is_like(std::string_view pattern, std::string_view text) {
  while (!pattern.empty() && pattern.front() != '*') {
    if (text.empty() || pattern.front() != text.front()) return false;
    pattern.remove_prefix(1);
    text.remove_prefix(1);
  }
  if (pattern.empty()) return text.empty();
  for (std::size_t skip = 0; skip <= text.size(); ++skip)
    if (is_like(pattern.substr(1), text.substr(skip))) return true;
  return false;
}

// As a client sends it: masked.
inline std::string client_frame(unsigned first, std::string_view payload) {
  constexpr std::string_view kMask = "\x11\x22\x33\x44";
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(payload.size() <= 0xFFFF ? 0xFE : 0xFF);
    for (int left = payload.size() <= 0xFFFF ? 2 : 8; left > 0; --left)
      frame += static_cast<char>(payload.size() >> (8 * (left - 1)));
  }
  frame += kMask;
  for (std::size_t at = 0; at < payload.size(); ++at) frame += static_cast<char>(payload[at] ^ kMask[at % 4]);
  return frame;
}

class Exchange {
 public:
  explicit Exchange(const OpenApi& api) : api_(api) {}
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  // Cards that are given back at the end are nobody's news.
  ~Exchange() { slots_.watch({}); }

  // Empty when all went as written, else what did not.
  std::string run(std::istream& script) {
    std::string line;
    for (int number = 1; std::getline(script, line); ++number) {
      if (line.empty() || line.starts_with("# ")) continue;
      if (auto complaint = step(line); !complaint.empty())
        return "line " + std::to_string(number) + ": " + line.substr(0, 200) + "\n  " + complaint;
    }
    for (const auto& [name, client] : clients_)
      if (client.answer) return name + " has an answer that nobody expected: " + client.answer->body;
    return {};
  }

  // "GET /path/{name} 200" of all that was answered.
  [[nodiscard]] const std::set<std::string>& exercised() const { return exercised_; }

 private:
  struct Client {
    std::unique_ptr<Desk> desk;
    std::vector<Field> fields;  // of the next request
    Request request;
    std::optional<Response> answer;
    std::string stream;  // not looked at yet
  };

  std::string step(const std::string& line) {
    const auto space = std::min(line.find(' '), line.size());
    const auto word = line.substr(0, space);
    const auto rest = expand(line.substr(std::min(space + 1, line.size())));
    if (word.size() == 2 && word[0] >= 'A' && word[0] <= 'Z') return speak(word.substr(0, 1), word[1], rest);
    if (word == "repeat") return repeat(line.substr(space + 1));
    return control(word, rest);
  }

  std::string speak(const std::string& name, char what, const std::string& rest) {
    switch (what) {
      case '+': return header(client(name), rest);
      case '>': return send(client(name), rest);
      case '<': return expect(client(name), rest);
      case '=': return expect_event(client(name), rest);
      case '!': return say(client(name), rest);
      case '?': return hear(client(name), rest);
      default: return "what is " + std::string(1, what);
    }
  }

  std::string control(const std::string& word, const std::string& rest) {
    std::istringstream words(rest);
    std::string first;
    std::string second;
    words >> first >> second;
    if (word == "card") return card(first, second);
    if (word == "answer") return answer(rest);
    if (word == "present") return present(first, second);
    if (word == "defer") service_.deferred[first] = true;
    if (word == "undefer") service_.deferred.erase(first);
    if (word == "finish") return finish();
    if (word == "started") return started(rest);
    if (word == "advance") return advance(std::stoi(first));
    if (word == "disconnect") clients_.erase(first);
    if (word == "save") return save(client(first), second);
    if (word == "set") return set(first);
    if (word == "crowd") return crowd(std::stoi(first), rest.substr(first.size() + 1));
    if (word == "as")
      callers_[first] = {
          .peer = first, .loopback = true, .proven = true, .identities = {{grid::Identity::Kind::kCommonName, second}}};
    if (word == "nobody") callers_[first] = {.peer = first, .loopback = second == "here", .identities = {}};
    if (word == "seize") return seize(first);
    if (word != "as")
      if (auto done = policy_.control(word, rest)) return *done;
    return {};
  }

  std::string expand(std::string text) const {
    for (const auto& [name, value] : names_)
      for (auto at = text.find("{" + name + "}"); at != std::string::npos; at = text.find("{" + name + "}"))
        text.replace(at, name.size() + 2, value);
    return text;
  }

  Client& client(const std::string& name) {
    auto& found = clients_[name];
    if (found.desk) return found;
    if (!front_) make_front();
    Caller caller = callers_.contains(name) ? callers_[name]
                                            : Caller{.peer = name,
                                                     .loopback = true,
                                                     .proven = true,
                                                     .identities = {{grid::Identity::Kind::kCommonName, name}}};
    caller.connection = ++last_id_;
    found.desk = std::make_unique<Desk>(*front_, caller, [] {});
    return found;
  }

  void make_front() {
    front_ = std::make_unique<Front>(FrontContext{.slots = slots_,
                                                  .service = service_,
                                                  .seids = seids_,
                                                  .clock = clock_,
                                                  .log = log_,
                                                  .rng = rng_,
                                                  .settings = settings_,
                                                  .access = policy_.maker(),
                                                  .next_owner = [this] { return ++last_id_; }});
    slots_.watch([this](grid::SlotNumber slot, grid::SlotChange change) { front_->slot_changed(slot, change); });
  }

  static std::string header(Client& client, const std::string& rest) {
    const auto colon = rest.find(": ");
    client.fields.emplace_back(rest.substr(0, colon), rest.substr(colon + 2));
    return {};
  }

  // METHOD TARGET [BODY]
  std::string send(Client& client, const std::string& rest) {
    if (client.answer) return "nobody looked at the last answer";
    const auto method = rest.substr(0, rest.find(' '));
    const auto behind = rest.substr(method.size() + 1);
    const auto target = behind.substr(0, behind.find(' '));
    client.request = {.method = method, .target = target, .fields = std::exchange(client.fields, {}), .body = {}};
    if (target.size() < behind.size()) client.request.body = behind.substr(target.size() + 1);
    if (client.request.field("host").empty()) client.request.fields.emplace_back("host", "localhost:8080");
    client.desk->handle(client.request);
    client.answer = client.desk->take_response();
    return {};
  }

  // STATUS [BODY]; or "nothing yet"
  std::string expect(Client& client, const std::string& rest) {
    if (!client.answer) client.answer = client.desk->take_response();
    if (rest == "nothing yet") return client.answer ? "there is an answer: " + client.answer->body : "";
    if (!client.answer) return "no answer";
    const auto answer = *std::exchange(client.answer, std::nullopt);
    names_["last"] = answer.body;
    if (auto complaint = check_described(client.request, answer); !complaint.empty()) return complaint;
    const auto status = rest.substr(0, rest.find(' '));
    const auto body = status.size() < rest.size() ? rest.substr(status.size() + 1) : std::string();
    std::string text = answer.body;
    for (const auto& [name, value] : answer.fields) text += "\n" + name + ": " + value;
    std::ranges::replace(text, '\n', ' ');
    std::erase(text, '\r');
    const bool right = std::to_string(answer.status) == status && is_like(body + "*", text);
    return right ? "" : "got " + std::to_string(answer.status) + " " + text;
  }

  std::string check_described(const Request& request, const Response& answer) {
    const auto path = api_.path_of(std::string(request.path()));
    const auto method = request.method == "HEAD" ? "GET" : request.method;
    if (path.empty() || !api_.has(path, method) || answer.status == 405) return api_.check_problem(answer.body);
    exercised_.insert(method + " " + path + " " + std::to_string(answer.status));
    auto complaint = api_.check_response(path, method, answer.status, answer.type, answer.body);
    if (!complaint.empty() || answer.status >= 300) return complaint;
    const auto type = request.field("content-type").empty() ? "application/json" : request.field("content-type");
    return api_.check_request(path, method, std::string(type), request.body);
  }

  // The next line of events that is not empty; or "nothing".
  std::string expect_event(Client& client, const std::string& expected) {
    auto* follower = client.desk->follower();
    if (follower == nullptr) return "follows no events";
    std::string line;
    while (line.empty()) {
      if (client.stream.empty()) follower->pull(client.stream, 1024, clock_.monotonic());
      if (client.stream.empty()) return expected == "nothing" ? "" : "no event";
      line = client.stream.substr(0, client.stream.find('\n'));
      client.stream.erase(0, line.size() + 1);
    }
    return is_like(expected, line) ? "" : "got " + line;
  }

  // text TEXT, binary HEX, raw HEX, ping, close
  static std::string say(Client& client, const std::string& rest) {
    auto* socket = client.desk->socket();
    if (socket == nullptr) return "no WebSocket";
    const auto word = rest.substr(0, rest.find(' '));
    const auto what = word.size() < rest.size() ? rest.substr(word.size() + 1) : std::string();
    std::string octets;
    if (word == "text") octets = client_frame(0x81, what);
    if (word == "binary") octets = client_frame(0x82, as_text(from_hex(what).value()));
    if (word == "ping") octets = client_frame(0x89, what);
    if (word == "close") octets = client_frame(0x88, "");
    if (word == "first") octets = client_frame(0x01, what);
    if (word == "last") octets = client_frame(0x80, what);
    if (word == "raw") octets = as_text(from_hex(what).value());
    socket->receive(as_bytes(octets));
    return {};
  }

  // The next frame of the server: text PATTERN, binary HEX, pong TEXT, close CODE; or "nothing".
  static std::string hear(Client& client, const std::string& expected) {
    auto* socket = client.desk->socket();
    if (socket == nullptr) return "no WebSocket";
    client.stream += std::exchange(socket->output(), {});
    if (client.stream.empty()) return expected == "nothing" ? "" : "no message";
    const auto& stream = client.stream;
    const auto first = static_cast<std::uint8_t>(stream[0]);
    std::size_t size = static_cast<std::uint8_t>(stream[1]);
    std::size_t begin = 2;
    if (size >= 126) {
      const std::size_t octets = size == 126 ? 2 : 8;
      size = 0;
      for (std::size_t at = 0; at < octets; ++at) size = size << 8 | static_cast<std::uint8_t>(stream[2 + at]);
      begin += octets;
    }
    const auto payload = stream.substr(begin, size);
    client.stream.erase(0, begin + size);
    std::string text;
    if (first == 0x81) text = "text " + payload;
    if (first == 0x82) text = "binary " + to_hex(as_bytes(payload));
    if (first == 0x8A) text = "pong " + payload;
    if (first == 0x88)
      text =
          "close " + std::to_string(static_cast<std::uint8_t>(payload[0]) << 8 | static_cast<std::uint8_t>(payload[1]));
    return is_like(expected, text) ? "" : "got " + text;
  }

  std::string card(const std::string& seid, const std::string& slot) {
    const auto number = grid::SlotNumber::parse(slot).value();
    if (const auto added = seids_.add(seid, number); !added) return added.error().message;
    slots_.configure(number);
    slots_.set_presence(number, iso7816::Presence::kPresent);
    service_.answers[slot + " up"] = grid::testing::parse_answer("3B80800101");
    return {};
  }

  std::string present(const std::string& slot, const std::string& yes) {
    slots_.set_presence(grid::SlotNumber::parse(slot).value(),
                        yes == "yes" ? iso7816::Presence::kPresent : iso7816::Presence::kAbsent);
    return {};
  }

  // SLOT up|cold|warm|off|COMMAND OCTETS; a command with a name is known as onceCOMMAND.
  std::string answer(const std::string& rest) {
    std::istringstream words(rest);
    std::string slot;
    std::string work;
    std::string octets;
    words >> slot >> work >> octets;
    service_.answers[slot + " " + work] = grid::testing::parse_answer(octets);
    return {};
  }

  std::string finish() {
    if (service_.waiting.empty()) return "nothing is running";
    const auto waiting = service_.waiting.extract(service_.waiting.begin());
    const auto result = service_.result_for(waiting.mapped());
    if (front_->finish(waiting.key(), result)) return {};
    for (auto& [name, client] : clients_)
      if (client.desk->caller().connection == waiting.key()) client.desk->finish(result);
    return {};
  }

  // As an administrator does it over another front.
  std::string seize(const std::string& slot) {
    const auto number = grid::SlotNumber::parse(slot).value();
    service_.seize(number);
    slots_.release(number);
    return {};
  }

  std::string started(const std::string& expected) {
    if (service_.started.empty()) return expected == "nothing" ? "" : "nothing was started";
    const auto work = service_.started.front();
    service_.started.erase(service_.started.begin());
    return work == expected ? "" : "started " + work;
  }

  std::string advance(int seconds) {
    clock_.advance(std::chrono::seconds(seconds));
    front_->tick();
    return {};
  }

  // A member of the last answer becomes {member}.
  std::string save(const Client&, const std::string& member) {
    const auto json = Json::parse(names_["last"], nullptr, false);
    if (!json.contains(member)) return "the answer has no " + member;
    names_[member] = json[member].get<std::string>();
    return {};
  }

  std::string set(const std::string& what) {
    if (what == "plain") settings_.channel = FrontSettings::Channel::kPlain;
    if (what == "everywhere") settings_.loopback_only = false;
    if (what == "open-status") settings_.open_status = true;
    return {};
  }

  // COUNT LINE; {n} in the line counts from 1.
  std::string repeat(const std::string& rest) {
    const auto space = rest.find(' ');
    for (int at = 1; at <= std::stoi(rest.substr(0, space)); ++at) {
      names_["n"] = std::to_string(at);
      std::istringstream lines(rest.substr(space + 1));
      for (std::string line; std::getline(lines, line, '|');)
        if (auto complaint = step(line); !complaint.empty()) return "time " + std::to_string(at) + ": " + complaint;
    }
    return {};
  }

  // COUNT METHOD TARGET: so many more connections send this and get 200.
  std::string crowd(int count, const std::string& request) {
    for (int at = 0; at < count; ++at) {
      auto& one = client("crowd " + std::to_string(clients_.size()));
      if (auto complaint = send(one, request); !complaint.empty()) return complaint;
      if (auto complaint = expect(one, "200"); !complaint.empty()) return complaint;
    }
    return {};
  }

  const OpenApi& api_;
  std::set<std::string> exercised_;
  std::map<std::string, std::string> names_;
  std::map<std::string, Caller> callers_;
  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  NullLog log_;
  grid::SlotTable slots_;
  grid::testing::ScriptedService service_;
  grid::SeidTable seids_;
  grid::testing::PolicyScript policy_{clock_};
  grid::SessionId last_id_ = 0;
  FrontSettings settings_;
  std::unique_ptr<Front> front_;
  std::map<std::string, Client> clients_;
};

}  // namespace cose::web::testing
