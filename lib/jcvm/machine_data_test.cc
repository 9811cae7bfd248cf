// SPDX-License-Identifier: Apache-2.0
// Programs from text: tests/jcvm/*.jca. The comments at the head of a file say what becomes of it.
//
//   ; with library.jca                        loaded before, from tests/jcvm/with/
//   ; refused: part of the message
//   ; unverified                              kinds are not compared: for what must be contained all the same
//   ; expect NAME 3 4 = 7                     an exported static method and its arguments
//   ; expect NAME = throws ISOException 27013
//   ; expect NAME = exhausted                 by the watchdog
//
// Methods run in the order of the lines, on one card, as an applet of a context that no package has. Applets in
// packages loaded before are installed.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "cap/parse.h"
#include "jcvm/detail/method_code.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm {
namespace {

const std::filesystem::path kFolder = std::filesystem::path(COSE_TESTS_DIR) / "jcvm";

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Expectation {
  std::string method;
  std::vector<std::uint16_t> cells;
  std::string outcome;
};

struct Program {
  std::string source;
  std::vector<std::string> with;
  std::string refused;
  KindChecks kinds = KindChecks::kOn;
  std::vector<Expectation> expectations;
  std::vector<std::string> exported;  // names of the methods of class 0
};

Expectation parse_expectation(const std::string& text) {
  Expectation made;
  const auto equals = text.find('=');
  std::istringstream left(text.substr(0, equals));
  left >> made.method;
  for (int cell = 0; left >> cell;) made.cells.push_back(static_cast<std::uint16_t>(cell));
  made.outcome = text.substr(equals + 2);
  return made;
}

Program read_program(const std::filesystem::path& path) {
  Program program{read_text(path), {}, {}, KindChecks::kOn, {}, {}};
  std::istringstream lines(program.source);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with("; with ")) program.with.push_back(line.substr(7));
    if (line.starts_with("; refused: ")) program.refused = line.substr(11);
    if (line == "; unverified") program.kinds = KindChecks::kOff;
    if (line.starts_with("; expect ")) program.expectations.push_back(parse_expectation(line.substr(9)));
    if (const auto at = line.find(".export_methods "); at != std::string::npos && program.exported.empty()) {
      std::istringstream names(line.substr(at + 16));
      for (std::string name; names >> name;) program.exported.push_back(name);
    }
  }
  return program;
}

std::vector<std::string> programs() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder))
    if (entry.path().extension() == ".jca") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

std::string to_text(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kExhausted) return "exhausted";
  if (outcome.kind == Outcome::Kind::kReturned) return std::to_string(outcome.value);
  std::string name = outcome.exception_class == nullptr ? "nothing" : outcome.exception_class->name;
  name = name.substr(name.rfind('/') + 1);
  return "throws " + name + (outcome.reason == 0 ? "" : " " + std::to_string(outcome.reason));
}

class Card {
 public:
  Card() : machine_(options()) {
    for (const auto& package : testing::test_api()) EXPECT_TRUE(machine_.load(package));
  }

  Result<std::shared_ptr<const Package>> load(const std::string& source, KindChecks kinds) {
    COSE_TRY(const auto components, cap::assemble(source));
    const auto available = machine_.packages();
    COSE_TRY(auto package, link(components, available, {as_identity(source), kinds}));
    COSE_TRY([[maybe_unused]] const auto number, machine_.load(package));
    return package;
  }

  // As the runtime does, with nothing for the parameters.
  void install(const Package& package) {
    const auto context = machine_.loaded(*machine_.find_package(package.exports[0].info.aid))->context;
    for (const auto& applet : package.applets) {
      const auto outcome = machine_.invoke_static(*applet.install, std::array<std::uint16_t, 3>{}, {context, 1});
      EXPECT_EQ(outcome.kind, Outcome::Kind::kReturned);
    }
  }

  Machine& machine() { return machine_; }

 private:
  static MachineOptions options() {
    MachineOptions made;
    made.instruction_budget = 1'000'000;
    return made;
  }
  static Bytes as_identity(const std::string& source) {
    const auto hash = std::hash<std::string>()(source);
    return to_bytes({reinterpret_cast<const std::uint8_t*>(&hash), sizeof(hash)});
  }

  Machine machine_;
};

constexpr Principal kApplet{7, 0};

class ProgramOnCard : public ::testing::TestWithParam<std::string> {};

TEST_P(ProgramOnCard, DoesAsItsHeadSays) {
  const auto program = read_program(GetParam());
  Card card;
  for (const auto& name : program.with) {
    const auto loaded = card.load(read_text(kFolder / "with" / name), KindChecks::kOn);
    ASSERT_TRUE(loaded) << loaded.error().message;
    card.install(**loaded);
  }
  const auto package = card.load(program.source, program.kinds);
  if (!program.refused.empty()) {
    ASSERT_FALSE(package);
    EXPECT_NE(package.error().message.find(program.refused), std::string::npos) << package.error().message;
    return;
  }
  ASSERT_TRUE(package) << package.error().message;
  ASSERT_FALSE(program.expectations.empty());
  card.machine().set_selected_context(kApplet.context);
  const auto& methods = (*package)->exports[0].classes[0].static_methods;
  for (const auto& expectation : program.expectations) {
    const auto token = std::ranges::find(program.exported, expectation.method) - program.exported.begin();
    ASSERT_LT(token, std::ssize(methods)) << expectation.method;
    const auto outcome =
        card.machine().invoke_static(*methods[static_cast<std::size_t>(token)], expectation.cells, kApplet);
    EXPECT_EQ(to_text(outcome), expectation.outcome) << expectation.method;
  }
}

// Each expectation once more on a card restored from what the first one left.
TEST_P(ProgramOnCard, SurvivesARestart) {
  const auto program = read_program(GetParam());
  if (!program.refused.empty()) return;
  Card card;
  for (const auto& name : program.with) ASSERT_TRUE(card.load(read_text(kFolder / "with" / name), KindChecks::kOn));
  ASSERT_TRUE(card.load(program.source, program.kinds));
  const auto packages = card.machine().packages();
  const auto find = [&](ByteView identity) -> std::shared_ptr<const Package> {
    for (const auto& each : packages)
      if (equal(each->identity, identity)) return each;
    return nullptr;
  };
  const auto snapshot = card.machine().heap().memory().snapshot();
  EXPECT_EQ(Machine::loaded_identities(snapshot).size(), packages.size());
  Machine again;
  const auto restored = again.restore(snapshot, find);
  ASSERT_TRUE(restored) << restored.error().message;
  EXPECT_EQ(again.heap().all(), card.machine().heap().all());
  EXPECT_EQ(again.heap().free_persistent(), card.machine().heap().free_persistent());
}

std::string name_of_case(const ::testing::TestParamInfo<std::string>& tested) {
  auto name = std::filesystem::path(tested.param).stem().string();
  std::ranges::replace_if(name, [](char each) { return std::isalnum(static_cast<unsigned char>(each)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Jcvm, ProgramOnCard, ::testing::ValuesIn(programs()), name_of_case);

// Every opcode stands in the reachable code of a program whose outcome is checked.
TEST(Programs, CoverAllOpcodes) {
  std::set<std::uint8_t> seen;
  for (const auto& path : programs()) {
    const auto program = read_program(path);
    if (!program.refused.empty()) continue;
    const auto components = cap::assemble(program.source);
    ASSERT_TRUE(components) << path << components.error().message;
    const auto cap = cap::parse(*components);
    for (const auto& span : cap::method_spans(*cap))
      for (const auto& [at, instruction] : detail::read_code(*cap, span).instructions)
        seen.insert(instruction.info->opcode);
  }
  for (const auto& info : cap::kOpcodeTable) EXPECT_TRUE(seen.contains(info.opcode)) << info.mnemonic;
}

}  // namespace
}  // namespace cose::jcvm
