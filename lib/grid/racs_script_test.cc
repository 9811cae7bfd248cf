// SPDX-License-Identifier: Apache-2.0
// Runs the dialogues in tests/racs/*.session against real RACS sessions of one rack, with cards that follow the script.
// How the files read is in tests/racs/README.md; a new case is a new file.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/racs_session.h"
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
    if (word.size() == 2 && word[1] == '>') return send(word.substr(0, 1), with_key(unescape(rest)) + "\r\n");
    if (word.size() == 2 && word[1] == '~') return send(word.substr(0, 1), unescape(rest));
    if (word.size() == 2 && word[1] == '<') return expect(word.substr(0, 1), unescape(rest));
    return control(word, rest);
  }

  std::string control(const std::string& word, const std::string& rest) {
    std::istringstream words(rest);
    std::string first;
    std::string second;
    words >> first >> second;
    if (word == "set") return set(first, second);
    if (word == "card") return card(first, second);
    if (word == "range") return range(first, second);
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
    if (word == "repeat") return repeat(first, rest);
    if (auto done = users_.control(word, rest)) return *done;
    return {};
  }

  std::string set(const std::string& name, const std::string& value) {
    auto& settings = context_.settings;
    if (name == "mode") settings.mode = value == "reference" ? RacsMode::kReference : RacsMode::kDraft;
    if (name == "line") settings.maximum_line = std::stoul(value);
    if (name == "idle") settings.idle_limit = std::chrono::seconds(std::stoi(value));
    return {};
  }

  // card SEID SLOT
  std::string card(const std::string& seid, const std::string& slot) {
    const auto number = SlotNumber::parse(slot).value();
    if (const auto added = seids_.add(seid, number); !added) return added.error().message;
    slots_.configure(number);
    slots_.set_presence(number, iso7816::Presence::kPresent);
    service_.answers[slot + " up"] = testing::parse_answer("3B80800101");
    return {};
  }

  // range PREFIX COUNT: names of slots from 101 on.
  std::string range(const std::string& prefix, const std::string& count) {
    for (unsigned at = 0; at < std::stoul(count); ++at)
      if (const auto added = seids_.add(prefix + std::to_string(at), SlotNumber::from_index(at)); !added)
        return added.error().message;
    return {};
  }

  // answer SLOT up|cold|warm|off|COMMAND OCTETS
  std::string answer(const std::string& rest) {
    std::istringstream words(rest);
    std::string slot;
    std::string work;
    std::string octets;
    words >> slot >> work >> octets;
    service_.answers[slot + " " + work] = testing::parse_answer(octets);
    return {};
  }

  std::string send(const std::string& name, const std::string& text) {
    auto& session = sessions_[name];
    if (!session) {
      session = std::make_unique<RacsSession>(context_, ++last_id_, name);
      session->start();
      session->secured(users_.identities(name));
    }
    session->receive(as_bytes(text));
    return {};
  }

  std::string expect(const std::string& name, const std::string& expected) {
    auto& session = *sessions_.at(name);
    const auto end = session.output().find("\r\n");
    if (end == std::string::npos) return "no reply: " + session.output();
    const auto line = session.output().substr(0, end);
    session.output().erase(0, end + 2);
    if (session.output().empty()) session.sent();
    constexpr std::string_view kKey = "$key";
    if (expected.ends_with(kKey)) key_ = line.substr(std::min(expected.size() - kKey.size(), line.size()));
    return matches(with_key(expected), line) ? "" : "got " + line;
  }

  std::string finish(const std::string& name) {
    auto& session = *sessions_.at(name);
    const auto waiting = service_.waiting.extract(session.owner());
    if (waiting.empty()) return "nothing is running";
    session.finish(service_.result_for(waiting.mapped()));
    return {};
  }

  // The next thing that was asked of the cards; "nothing" when there must be none.
  std::string started(const std::string& expected) {
    if (service_.started.empty()) return expected == "nothing" ? "" : "nothing was started";
    const auto work = service_.started.front();
    service_.started.erase(service_.started.begin());
    return work == expected ? "" : "started " + work;
  }

  std::string advance(int seconds) {
    clock_.advance(std::chrono::seconds(seconds));
    for (auto& [name, session] : sessions_)
      if (session->expired(clock_.monotonic())) session->expire();
    release_parked(rack_, Parked::kExpired);
    return {};
  }

  // What breaks is kept for so many seconds.
  std::string keep(int seconds) {
    keeps_ = std::make_unique<KeepTable>(rng_, std::chrono::seconds(seconds));
    context_.keeps = rack_.keeps = keeps_.get();
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

  // "$key" stands for what a status that ends with it brought.
  [[nodiscard]] std::string with_key(std::string text) const {
    if (const auto at = text.find("$key"); at != std::string::npos) text.replace(at, 4, key_);
    return text;
  }

  // repeat A COUNT text: the same line many times.
  std::string repeat(const std::string& name, const std::string& rest) {
    std::istringstream words(rest);
    std::string skipped;
    int count = 0;
    words >> skipped >> count;
    std::string text;
    std::getline(words, text);
    for (int at = 0; at < count; ++at) send(name, unescape(text.substr(1)) + "\r\n");
    return {};
  }

  cose::testing::ManualClock clock_;
  NullLog log_;
  SlotTable slots_;
  ScriptedService service_;
  SeidTable seids_;
  testing::PolicyScript users_{clock_};
  RacsContext context_{slots_, service_, seids_, clock_, log_, {}, users_.maker()};
  cose::testing::SeededRng rng_{1};
  std::unique_ptr<KeepTable> keeps_;
  std::string key_;
  SessionContext rack_{slots_, service_, clock_, log_, {}};
  SessionId last_id_ = 0;
  std::map<std::string, std::unique_ptr<RacsSession>> sessions_;
};

std::vector<std::filesystem::path> scripts() {
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(COSE_TESTS_DIR "/racs"))
    if (entry.path().extension() == ".session") found.push_back(entry.path());
  std::ranges::sort(found);
  return found;
}

class RacsScript : public ::testing::TestWithParam<std::filesystem::path> {};

TEST_P(RacsScript, GoesAsWritten) {
  std::ifstream file(GetParam());
  ASSERT_TRUE(file);
  EXPECT_EQ(Dialogue().run(file), "");
}

INSTANTIATE_TEST_SUITE_P(Files, RacsScript, ::testing::ValuesIn(scripts()), [](const auto& tested) {
  auto name = tested.param.stem().string();
  std::ranges::replace(name, '-', '_');
  return name;
});

// The runner itself must be able to fail.
TEST(RacsScriptRunner, FindsAWrongReply) {
  std::istringstream script("A> BEGIN\nA> END\nA< BEGIN\nA< +002 000 Success\n");
  EXPECT_NE(Dialogue().run(script), "");
  std::istringstream silent("A> BEGIN\nA> END\n");
  EXPECT_NE(Dialogue().run(silent), "");
}

TEST(SeidTable, RefusesWhatIsNoNameAndASecondSlot) {
  SeidTable table;
  const auto slot = SlotNumber::from_value(101).value();
  EXPECT_TRUE(table.add("device#45", slot));
  EXPECT_EQ(table.add("device#45", slot).error().kind, ErrorKind::kBusy);
  for (const auto* bad : {"", "a b", "a[1]", "a;b", "\x7F"})
    EXPECT_EQ(table.add(bad, slot).error().kind, ErrorKind::kInvalid) << bad;
  EXPECT_EQ(table.add(std::string(64, 'a'), slot).error().kind, ErrorKind::kInvalid);
  EXPECT_TRUE(table.add(std::string(63, 'a'), slot));
}

TEST(SeidList, IsShortenedAndExpandedAgain) {
  const std::vector<std::string_view> names = {"Device1",  "Device2", "Device3",   "Device7",  "Device10",
                                               "Device11", "other",   "Serial007", "Serial008"};
  const auto list = compact_seid_list(names);
  EXPECT_EQ(list, "Device[1-3;7;10;11] Serial[007;008] other");
  auto expanded = expand_seid_list(list).value();
  std::ranges::sort(expanded);
  auto sorted = names;
  std::ranges::sort(sorted);
  EXPECT_TRUE(std::ranges::equal(expanded, sorted));
}

TEST(SeidList, IsReadAsTheDraftWritesIt) {
  EXPECT_EQ(expand_seid_list("Device[1000-1002] SerialNumber[567;789;243]").value(),
            (std::vector<std::string>{"Device1000", "Device1001", "Device1002", "SerialNumber567", "SerialNumber789",
                                      "SerialNumber243"}));
  EXPECT_TRUE(expand_seid_list("").value().empty());
  for (const auto* bad : {"a[", "a[]", "a[1", "a[1]b", "a[x]", "a[2-1]", "a[1-]", "a[1;]", "a[99999999999]"})
    EXPECT_EQ(expand_seid_list(bad).error().kind, ErrorKind::kInvalid) << bad;
  EXPECT_EQ(expand_seid_list("a[0-999999999]").error().kind, ErrorKind::kLimit);
}

}  // namespace
}  // namespace cose::grid
