// SPDX-License-Identifier: Apache-2.0
// Runs the dialogues in tests/sessions/*.session against real sessions of one rack, with cards that follow the
// script. How the files read is in tests/sessions/README.md; a new case is a new file.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/ascii_session.h"
#include "grid/testing/policy_script.h"
#include "grid/testing/script.h"

namespace cose::grid {
namespace {

using testing::matches;
using testing::ScriptedService;
using testing::unescape;

class Dialogue {
 public:
  // Empty when all went as written, else what did not.
  std::string run(std::istream& script) {
    std::string line;
    for (int number = 1; std::getline(script, line); ++number) {
      if (line.empty() || line.starts_with('#')) continue;
      if (auto complaint = step(line); !complaint.empty())
        return "line " + std::to_string(number) + ": " + line.append("\n  ").append(complaint);
    }
    for (auto& [name, session] : sessions_)
      if (!session->output().empty()) return name + " has unexpected output: " + session->output();
    return {};
  }

 private:
  std::string step(const std::string& line) {
    const auto space = std::min(line.find(' '), line.size());
    const std::string word = line.substr(0, space);
    const std::string rest = line.substr(std::min(space + 1, line.size()));
    if (word.size() == 2 && word[1] == '>') return send(word.substr(0, 1), unescape(rest) + "\n");
    if (word.size() == 2 && word[1] == '~') return send(word.substr(0, 1), unescape(rest));
    if (word.size() == 2 && word[1] == '<') return expect(word.substr(0, 1), unescape(rest));
    return control(word, rest);
  }

  std::string control(const std::string& word, const std::string& rest) {
    std::istringstream words(rest);
    std::string first;
    words >> first;
    if (word == "set") return set(first, rest.substr(std::min(first.size() + 1, rest.size())));
    if (word == "card") return card(first);
    if (word == "remove") context_.slots.set_presence(SlotNumber::parse(first).value(), iso7816::Presence::kAbsent);
    if (word == "empty") context_.slots.configure(SlotNumber::parse(first).value());
    if (word == "answer") return answer(rest);
    if (word == "defer") service_.deferred[first] = true;
    if (word == "finish") return finish(first);
    if (word == "started") return started(rest);
    if (word == "advance") return advance(std::stoi(first));
    if (word == "disconnect") sessions_.erase(first);
    if (word == "keep") return keep(std::stoi(first));
    if (word == "finish-parked") return finish_parked_work();
    if (word == "drain") sessions_.at(first)->drain();
    if (word == "closed") return sessions_.at(first)->wants_close() ? "" : "still open";
    if (word == "open") return sessions_.at(first)->wants_close() ? "wants to close" : "";
    if (word == "tls") return starts_tls(*sessions_.at(first)) ? "" : "asks for no TLS";
    if (word == "secured") sessions_.at(first)->secured(users_.identities(first));
    if (word == "policy") context_.access = users_.maker();
    if (auto done = users_.control(word, rest)) return *done;
    if (word == "flood") return flood(first, rest.substr(std::min(first.size() + 1, rest.size())));
    return {};
  }

  // What breaks is kept for so many seconds.
  std::string keep(int seconds) {
    keeps_ = std::make_unique<KeepTable>(rng_, std::chrono::seconds(seconds));
    context_.keeps = keeps_.get();
    return {};
  }

  // As the rack does with a result that no connection waits for.
  std::string finish_parked_work() {
    for (const auto& [owner, work] : service_.waiting) {
      auto* use = keeps_->find_owner(owner);
      if (use == nullptr || use->attached != nullptr) continue;
      finish_parked(*use, service_.result_for(work));
      service_.waiting.erase(owner);
      return {};
    }
    return "nothing is parked";
  }

  // "$key" stands for what a reply "000 $key" brought.
  std::string with_key(std::string text) const {
    if (const auto at = text.find("$key"); at != std::string::npos) text.replace(at, 4, key_);
    return text;
  }

  static bool starts_tls(AsciiSession& session) {
    return session.wants_tls() && session.take_tls_octets().front() == 0x16;
  }

  std::string set(const std::string& name, const std::string& value) {
    if (name == "secure")
      settings_.secure = value == "require" ? SecureMode::kRequire
                         : value == "offer" ? SecureMode::kOffer
                                            : SecureMode::kOff;
    if (name == "line") settings_.maximum_line = std::stoul(value);
    if (name == "idle") settings_.idle_limit = std::chrono::seconds(std::stoi(value));
    context_.settings = settings_;
    return {};
  }

  std::string card(const std::string& slot) {
    context_.slots.configure(SlotNumber::parse(slot).value());
    context_.slots.set_presence(SlotNumber::parse(slot).value(), iso7816::Presence::kPresent);
    service_.answers[slot + " up"] = {from_hex("3B80800101").value(), std::nullopt};
    return {};
  }

  // answer SLOT up|cold|warm|COMMAND OCTETS    or    answer SLOT WORK !kind
  std::string answer(const std::string& rest) {
    std::istringstream words(rest);
    std::string slot, work, octets;
    words >> slot >> work >> octets;
    service_.answers[slot + " " + work] = testing::parse_answer(octets);
    return {};
  }

  std::string send(const std::string& name, const std::string& text) {
    auto& session = sessions_[name];
    if (!session) {
      session = std::make_unique<AsciiSession>(context_, ++last_id_, name);
      session->start();
      session->output().clear();
    }
    session->receive(as_bytes(with_key(text)));
    return {};
  }

  std::string expect(const std::string& name, const std::string& expected) {
    auto& session = *sessions_.at(name);
    const auto end = session.output().find('\n');
    if (end == std::string::npos) return "no reply: " + session.output();
    const auto line = session.output().substr(0, end);
    session.output().erase(0, end + 1);
    if (session.output().empty()) session.sent();
    if (expected == "000 $key") {
      key_ = line.substr(4);
      return line.starts_with("000 ") && line.size() > 32 ? "" : "got " + line;
    }
    return matches(expected, line) ? "" : "got " + line;
  }

  std::string finish(const std::string& name) {
    auto& session = *sessions_.at(name);
    const auto waiting = service_.waiting.extract(session.owner());
    if (waiting.empty()) return "nothing is running";
    session.finish(service_.result_for(waiting.mapped()));
    return {};
  }

  // The next thing that was asked of the cards.
  std::string started(const std::string& expected) {
    if (service_.started.empty()) return "nothing was started";
    const auto work = service_.started.front();
    service_.started.erase(service_.started.begin());
    return work == expected ? "" : "started " + work;
  }

  std::string advance(int seconds) {
    clock_.advance(std::chrono::seconds(seconds));
    for (auto& [name, session] : sessions_)
      if (session->expired(clock_.monotonic())) session->expire();
    release_parked(context_, Parked::kExpired);
    return {};
  }

  // The same line many times without reading a reply: what a session may keep is bounded.
  std::string flood(const std::string& name, const std::string& text) {
    auto& session = *sessions_.at(name);
    for (int count = 0; count < 100'000 && session.wants_input(); ++count) session.receive(as_bytes(text + "\n"));
    if (session.wants_input()) return "still reads";
    if (session.output().size() > 2 * kOutputHighWater) return "holds " + std::to_string(session.output().size());
    session.output().clear();
    session.sent();
    return {};
  }

  cose::testing::ManualClock clock_;
  NullLog log_;
  SlotTable slots_;
  ScriptedService service_;
  SessionSettings settings_;
  SessionContext context_{slots_, service_, clock_, log_, settings_};
  testing::PolicyScript users_{clock_};
  cose::testing::SeededRng rng_{1};
  std::unique_ptr<KeepTable> keeps_;
  std::string key_;
  SessionId last_id_ = 0;
  std::map<std::string, std::unique_ptr<AsciiSession>> sessions_;
};

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/sessions"))
    if (entry.path().extension() == ".session") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class SessionScript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(SessionScript, GoesAsWritten) {
  std::ifstream file(GetParam());
  ASSERT_TRUE(file);
  EXPECT_EQ(Dialogue().run(file), "");
}

INSTANTIATE_TEST_SUITE_P(Files, SessionScript, ::testing::ValuesIn(scripts()), [](const auto& tested) {
  auto name = tested.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

// The runner itself must be able to fail.
TEST(SessionScriptRunner, FindsAWrongReply) {
  std::istringstream script("card 101\nA> USE 101\nA< 000 3B00\n");
  EXPECT_NE(Dialogue().run(script), "");
  std::istringstream silent("card 101\nA> USE 101\n");
  EXPECT_NE(Dialogue().run(silent), "");
}

}  // namespace
}  // namespace cose::grid
