// SPDX-License-Identifier: Apache-2.0
// cose cap api: what of the Java Card and GlobalPlatform APIs a software card has.
#include <algorithm>
#include <array>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "cap_subcommands.h"
#include "console.h"
#include "jcapi/coverage.h"

namespace cose::app {

namespace {

using jcapi::Presence;

constexpr auto kDescription = "What of the Java Card and GlobalPlatform APIs a software card has.";

constexpr auto kExamples = R"(Examples:
  cose cap api                             how much of each package is done
  cose cap api javacard/framework          every class and method of one package; * for all packages
  cose cap api --missing                   what a card lacks, and why
  cose cap api --json

A CAP file that calls a missing method, or one left out, is refused when it is loaded. "applets" are methods that
applets implement.)";

struct ApiOptions {
  std::string package;
  bool missing = false;
  bool json = false;
};

constexpr std::array kAll = {Presence::kDone, Presence::kApplets, Presence::kMissing, Presence::kLeftOut};
using Counts = std::array<std::size_t, kAll.size()>;

void print_summary(const std::vector<jcapi::PackageCoverage>& all) {
  constexpr auto kLine = "{:<44} {:>8} {:>6} {:>8} {:>8} {:>9}\n";
  fmt::print(kLine, "package", "version", "done", "applets", "missing", "left out");
  Counts sum{};
  for (const auto& each : all) {
    const auto& version = each.package->version;
    Counts counts{};
    std::ranges::transform(kAll, counts.begin(), [&](Presence presence) { return each.count(presence); });
    for (std::size_t at = 0; at < sum.size(); ++at) sum[at] += counts[at];
    fmt::print(kLine, each.package->name, fmt::format("{}.{}", version.major, version.minor), counts[0], counts[1],
               counts[2], counts[3]);
  }
  fmt::print(kLine, "all", "", sum[0], sum[1], sum[2], sum[3]);
}

bool wanted(const ApiOptions& options, const jcapi::MethodCoverage& each) {
  return !options.missing || each.presence == Presence::kMissing || each.presence == Presence::kLeftOut;
}

void print_methods(const ApiOptions& options, const jcapi::PackageCoverage& package) {
  for (const auto& type : package.classes) {
    if (std::ranges::none_of(type.methods, [&](const auto& each) { return wanted(options, each); }) &&
        (options.missing || !type.methods.empty()))
      continue;
    fmt::print("{}{}{}\n", type.type->name, type.reason.empty() ? "" : ": ", type.reason);
    for (const auto& each : type.methods)
      if (wanted(options, each))
        fmt::print("  {:<8} {}{}\n", to_string(each.presence), each.method->name, each.method->descriptor);
  }
}

nlohmann::ordered_json to_json(const jcapi::PackageCoverage& package) {
  const auto& version = package.package->version;
  nlohmann::ordered_json made = {{"name", package.package->name},
                                 {"version", fmt::format("{}.{}", version.major, version.minor)}};
  for (const auto presence : kAll) made[std::string(to_string(presence))] = package.count(presence);
  auto& classes = made["classes"] = nlohmann::ordered_json::array();
  for (const auto& type : package.classes) {
    nlohmann::ordered_json methods = nlohmann::ordered_json::object();
    for (const auto& each : type.methods)
      methods[fmt::format("{}{}", each.method->name, each.method->descriptor)] = to_string(each.presence);
    nlohmann::ordered_json made_of = {{"name", type.type->name}, {"methods", std::move(methods)}};
    if (!type.reason.empty()) made_of["reason"] = type.reason;
    classes.push_back(std::move(made_of));
  }
  return made;
}

int show(const ApiOptions& options) {
  auto all = jcapi::coverage();
  if (!options.package.empty() && options.package != "*")
    std::erase_if(all, [&](const auto& each) { return each.package->name != options.package; });
  if (all.empty())
    return complain_of_usage(Error{ErrorKind::kNotFound, fmt::format("there is no package {}", options.package)});
  if (options.json) {
    nlohmann::ordered_json packages = nlohmann::ordered_json::array();
    for (const auto& each : all) packages.push_back(to_json(each));
    fmt::print("{}\n", nlohmann::ordered_json{{"packages", std::move(packages)}}.dump(2));
  } else if (options.package.empty() && !options.missing) {
    print_summary(all);
  } else {
    for (const auto& each : all) print_methods(options, each);
  }
  return kSuccess;
}

}  // namespace

Command make_cap_api(CLI::App& cap) {
  auto* app = cap.add_subcommand("api", kDescription);
  app->footer(kExamples);
  auto options = std::make_shared<ApiOptions>();
  app->add_option("package", options->package, "Every class and method of this package, or of all: *");
  app->add_flag("--missing", options->missing, "Only what is missing");
  app->add_flag("--json", options->json, "As JSON, everything");
  return {app, [options] { return show(*options); }};
}

}  // namespace cose::app
