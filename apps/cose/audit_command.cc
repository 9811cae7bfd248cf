// SPDX-License-Identifier: Apache-2.0
// cose audit: the audit log of a grid, checked and read.
#include <algorithm>
#include <cstdio>
#include <fstream>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "command.h"
#include "console.h"
#include "host/audit_file.h"
#include "host/key_file.h"

namespace cose::app {

namespace {

using nlohmann::json;

constexpr auto kDescription = "Checks and shows audit logs: who did what to which card when.";

constexpr auto kExamples = R"(Examples:
  cose audit verify audit.log.* audit.log            the files of a log in their order, as one chain
  cose audit verify audit.log --anchor 812:6F0A...   and line 812 is still what it was (verify prints the last line so)
  cose audit verify audit.log --key audit.key        a chain of HMACs
  cose audit show audit.log --user seven --seid pay1 --event command --since 2026-01-31T12:00
  cose audit show audit.log --json

A file that ends in the middle of a line is told, and is no failure: that is how a crash leaves it.)";

struct AuditSelection {
  std::string user;
  std::string seid;
  std::string event;
  std::string front;
  std::string since;
  std::string until;
};

struct AuditCommandOptions {
  std::vector<std::string> files;
  std::string key_file;
  std::string anchor;
  AuditSelection selection;
  bool as_json = false;
};

int verify(const AuditCommandOptions& options) {
  Secret key;
  if (!options.key_file.empty()) {
    auto read = host::read_key_file(options.key_file);
    if (!read) return complain(read.error());
    key = *std::move(read);
  }
  std::optional<host::AuditAnchor> anchor;
  if (!options.anchor.empty()) {
    const auto parsed = host::AuditAnchor::parse(options.anchor);
    if (!parsed) return complain_of_usage(parsed.error());
    anchor = *parsed;
  }
  host::AuditChain chain(std::move(key));
  std::uint64_t lines = 0;
  bool anchored = false;
  for (const auto& file : options.files) {
    const auto reading = host::read_audit_file(file, chain, anchor ? &*anchor : nullptr);
    if (!reading) return complain(reading.error());
    if (lines == 0 && reading->lines > 0 && reading->first > 1)
      fmt::print("{} begins with line {} of the log; what was before it is not checked\n", file, reading->first);
    if (reading->torn > 0)
      fmt::print("{} ends with {} octets of a line without its end, as after a crash\n", file, reading->torn);
    lines += reading->lines;
    anchored = anchored || reading->anchored;
  }
  if (anchor && !anchored)
    return complain({ErrorKind::kInvalid,
                     fmt::format("line {} of the anchor is not there: lines were taken off the end", anchor->number)});
  fmt::print("{} lines follow one another; the last is {}\n", lines, chain.last().text());
  return kSuccess;
}

std::string text_of(const json& line, const char* name) {
  const auto found = line.find(name);
  if (found == line.end()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

bool is_selected(const json& line, const AuditSelection& wanted) {
  const auto time = text_of(line, "time");
  if (time < wanted.since || (!wanted.until.empty() && time > wanted.until)) return false;
  const auto fits = [&](const std::string& value, const char* name) {
    return value.empty() || text_of(line, name) == value;
  };
  return fits(wanted.user, "user") && fits(wanted.seid, "seid") && fits(wanted.event, "event") &&
         fits(wanted.front, "front");
}

// For people: what a peer chose to be called is escaped as it is in the file.
std::string shown(const json& line, const char* name) {
  const auto text = json(text_of(line, name)).dump(-1, ' ', true, json::error_handler_t::replace);
  return text.size() <= 2 ? "-" : text.substr(1, text.size() - 2);
}

void print_line(const json& line) {
  auto text = fmt::format("{:6}  {}  {:12}  {:6}{:5}  {:10}  {:16}", text_of(line, "n"), shown(line, "time"),
                          shown(line, "event"), shown(line, "front"), shown(line, "session"), shown(line, "user"),
                          shown(line, "seid"));
  for (const auto* name : {"header", "status", "detail"})
    if (line.contains(name)) text += "  " + shown(line, name);
  text.erase(text.find_last_not_of(' ') + 1);
  fmt::print("{}\n", text);
}

int show(const AuditCommandOptions& options) {
  for (const auto& file : options.files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) return complain({ErrorKind::kNotFound, file + ": no such file, or no right to read it"});
    std::string text;
    for (std::size_t number = 1; std::getline(stream, text); ++number) {
      if (stream.eof()) break;
      const auto line = json::parse(text, nullptr, false);
      if (!line.is_object())
        return complain({ErrorKind::kInvalid, fmt::format("{}:{}: no line of an audit log", file, number)});
      if (!is_selected(line, options.selection)) continue;
      if (options.as_json)
        fmt::print("{}\n", text);
      else
        print_line(line);
    }
  }
  return kSuccess;
}

void add_show(CLI::App& app, AuditCommandOptions& options) {
  app.add_option("FILE", options.files)->required();
  app.add_option("--user", options.selection.user, "of the policy");
  app.add_option("--seid", options.selection.seid);
  app.add_option("--event", options.selection.event, "login, lock, command, refused, failed, seize, ...");
  app.add_option("--front", options.selection.front, "ascii, racs or http");
  app.add_option("--since", options.selection.since, "UTC, such as 2026-01-31 or 2026-01-31T12:00")->type_name("TIME");
  app.add_option("--until", options.selection.until)->type_name("TIME");
  app.add_flag("--json", options.as_json, "the lines as they are");
}

}  // namespace

Command make_audit(CLI::App& parent) {
  auto* app = parent.add_subcommand("audit", kDescription);
  const auto options = std::make_shared<AuditCommandOptions>();
  app->footer(kExamples);
  app->require_subcommand(1);
  auto* checker = app->add_subcommand("verify", "Checks the chain of a log and names the first line that breaks it.");
  checker->add_option("FILE", options->files, "in the order of their lines")->required();
  checker->add_option("--key", options->key_file, "of a chain of HMACs")->type_name("FILE");
  checker->add_option("--anchor", options->anchor, "a line that must be there unchanged")->type_name("NUMBER:CHAIN");
  auto* viewer = app->add_subcommand("show", "Prints events.");
  add_show(*viewer, *options);
  return {app, [options, checker] { return *checker ? verify(*options) : show(*options); }};
}

}  // namespace cose::app
