// SPDX-License-Identifier: Apache-2.0
// cose admin URI run | shell: GPShell scripts, from a file, standard input or a person.
#include <algorithm>
#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <iterator>

#include <fmt/core.h>

#include "admin/interpreter.h"
#include "admin_subcommands.h"
#include "host/files.h"
#include "line_editor.h"

namespace cose::app {

namespace {

std::optional<std::string> environment_of(const std::string& name) {
  const auto* value = std::getenv(name.c_str());
  if (value == nullptr) return std::nullopt;
  return std::string(value);
}

void print_line(std::string_view line) {
  fmt::print("{}\n", line);
  std::fflush(stdout);
}

// All that an interpreter borrows.
struct ScriptDesk {
  host::SystemClock clock;
  host::CardOpener opener;
  host::AdminCards cards;
  crypto::SystemRng rng;
  admin::FileLedger ledger{ledger_file()};
  admin::Interpreter interpreter;

  ScriptDesk(const AdminOptions& options, host::CardDefaults defaults)
      : opener(clock, std::move(defaults)),
        cards(opener, options.uri.empty() ? std::vector<std::string>() : std::vector{options.uri}),
        interpreter({cards, rng, ledger, clock, print_line, environment_of, options.insists}) {}
};

int run_script(const AdminOptions& options, const std::string& file) {
  auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  Result<std::string> script = std::string();
  if (file.empty() || file == "-")
    script = std::string(std::istreambuf_iterator<char>(std::cin), {});
  else
    script = host::read_file(file, admin::kMaximumScript);
  if (!script) return complain_of_usage(script.error());
  ScriptDesk desk(options, *std::move(defaults));
  const auto ran = desk.interpreter.run(*script);
  if (ran) return kSuccess;
  complain(ran.error());
  return ran.error().kind == ErrorKind::kRefused ? kCardRefused : kFailure;
}

// Commands at the start of a line, options behind.
std::vector<std::string> complete(std::string_view line) {
  const auto blank = line.find_last_of(" \t");
  const auto word = blank == std::string_view::npos ? line : line.substr(blank + 1);
  std::vector<std::string> candidates;
  if (blank == std::string_view::npos) {
    for (const auto name : admin::Interpreter::command_names())
      if (name.starts_with(word)) candidates.emplace_back(name);
  } else if (word.starts_with('-')) {
    std::string typed(word.substr(1));
    std::ranges::transform(typed, typed.begin(), [](unsigned char each) { return std::tolower(each); });
    for (const auto name : admin::ScriptCommand::option_names())
      if (name.starts_with(typed)) candidates.push_back("-" + std::string(name));
  }
  return candidates;
}

int run_shell(const AdminOptions& options) {
  auto defaults = options.tls.defaults();
  if (!defaults) return complain_of_usage(defaults.error());
  ScriptDesk desk(options, *std::move(defaults));
  LineEditor editor(complete);
  fmt::print("The commands of GPShell; tab completes, help lists them, exit ends. First: card_connect\n");
  while (const auto line = editor.read("gp> ")) {
    if (*line == "help") {
      for (const auto name : admin::Interpreter::command_names()) fmt::print("  {}\n", name);
      continue;
    }
    const auto goes_on = desk.interpreter.run_line(*line);
    if (!goes_on) complain(goes_on.error());
    if (goes_on && !*goes_on) break;
  }
  return kSuccess;
}

}  // namespace

void add_script_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* run_verb = add_verb(admin, "run", "runs a GPShell script; its card_connect connects to URI");
  const auto file = std::make_shared<std::string>();
  run_verb->add_option("SCRIPT", *file, "the script; without one, standard input");
  verbs.push_back({run_verb, [options, file] { return run_script(*options, *file); }});
  auto* shell_verb = add_verb(admin, "shell", "the same commands, typed, with history and completion");
  verbs.push_back({shell_verb, [options] { return run_shell(*options); }});
}

}  // namespace cose::app
