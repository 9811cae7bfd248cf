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
#pragma once

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cap/assemble.h"
#include "jcvm/testing/test_api.h"

namespace cose::jcvm::testing {

inline const std::filesystem::path& programs_folder() {
  static const std::filesystem::path kFolder = std::filesystem::path(COSE_TESTS_DIR) / "jcvm";
  return kFolder;
}

inline std::string read_text(const std::filesystem::path& path) {
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

inline Expectation parse_expectation(const std::string& text) {
  Expectation made;
  const auto equals = text.find('=');
  std::istringstream left(text.substr(0, equals));
  left >> made.method;
  for (int cell = 0; left >> cell;) made.cells.push_back(static_cast<std::uint16_t>(cell));
  made.outcome = text.substr(equals + 2);
  return made;
}

inline Program read_program(const std::filesystem::path& path) {
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

inline std::vector<std::string> program_paths() {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(programs_folder()))
    if (entry.path().extension() == ".jca") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

inline std::string to_text(const Outcome& outcome) {
  if (outcome.kind == Outcome::Kind::kExhausted) return "exhausted";
  if (outcome.kind == Outcome::Kind::kReturned) return std::to_string(outcome.value);
  std::string name = outcome.exception_class == nullptr ? "nothing" : outcome.exception_class->name;
  name = name.substr(name.rfind('/') + 1);
  return "throws " + name + (outcome.reason == 0 ? "" : " " + std::to_string(outcome.reason));
}

inline constexpr Principal kProgramApplet{7, 0};

class ProgramCard {
 public:
  ProgramCard() : machine_(options()) {
    for (const auto& package : test_api()) COSE_ASSERT(machine_.load(package).has_value());
    machine_.set_selected_context(kProgramApplet.context);
  }

  Result<std::shared_ptr<const Package>> load(const std::string& source, KindChecks kinds) {
    COSE_TRY(const auto components, cap::assemble(source));
    const auto available = machine_.packages();
    COSE_TRY(auto package, link(components, available, {as_identity(source), kinds}));
    COSE_TRY([[maybe_unused]] const auto number, machine_.load(package));
    return package;
  }

  // As the runtime does, with nothing for the parameters. False: an exception.
  bool install(const Package& package) {
    const auto context = machine_.loaded(*machine_.find_package(package.exports[0].info.aid))->context;
    return std::ranges::all_of(package.applets, [&](const auto& applet) {
      const auto outcome = machine_.invoke_static(*applet.install, std::array<std::uint16_t, 3>{}, {context, 1});
      return outcome.kind == Outcome::Kind::kReturned;
    });
  }

  // The outcome in words; empty: the program exports no such method.
  std::string run(const Package& package, const Program& program, const Expectation& expectation) {
    const auto& methods = package.exports[0].classes[0].static_methods;
    const auto token = std::ranges::find(program.exported, expectation.method) - program.exported.begin();
    if (token >= std::ssize(methods)) return {};
    return to_text(
        machine_.invoke_static(*methods[static_cast<std::size_t>(token)], expectation.cells, kProgramApplet));
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

}  // namespace cose::jcvm::testing
