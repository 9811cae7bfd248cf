// SPDX-License-Identifier: Apache-2.0
// cose cap build: from Java sources to a CAP file.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "cap/container.h"
#include "cap_subcommands.h"
#include "console.h"
#include "host/cap_build.h"
#include "host/files.h"

namespace cose::app {

namespace {

namespace fs = std::filesystem;

constexpr auto kExamples = R"(Examples:
  cose cap build applets/wallet                wallet.cap, as its cap.toml says; a library: wallet.exp as well
  cose cap build applets/wallet -o out/wallet.cap
  cose cap build src --package com.example.purse --aid F04578616D --applet Purse=F04578616D01

Needs javac (Debian: openjdk-17-jdk-headless). docs/formats/cap-toml.md has the keys of cap.toml; flags come on top.)";

struct BuildOptions {
  std::string folder;
  std::string output;
  std::string package;
  std::string aid;
  std::string version;
  std::vector<std::string> applets;
  std::vector<std::string> uses;
  bool uses_int = false;
  bool debug = false;
};

Result<host::ProjectApplet> parse_applet(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos)
    return fail(ErrorKind::kInvalid, "--applet: expected CLASS=AID, found \"" + text + "\"");
  COSE_TRY(const auto aid, host::parse_aid(text.substr(equals + 1)));
  return host::ProjectApplet{.class_name = text.substr(0, equals), .aid = aid, .instance = aid, .parameters = {}};
}

Result<host::CapProject> project_of(const BuildOptions& options) {
  host::CapProject project;
  project.folder = options.folder;
  if (fs::exists(fs::path(options.folder) / host::kProjectFile)) {
    COSE_TRY(project, host::CapProject::load(options.folder));
  }
  if (!options.package.empty()) project.package = options.package;
  if (!options.aid.empty()) {
    COSE_TRY(project.aid, host::parse_aid(options.aid));
  }
  if (!options.version.empty()) {
    COSE_TRY(project.version, host::parse_package_version(options.version));
  }
  for (const auto& text : options.applets) {
    COSE_TRY(auto applet, parse_applet(text));
    project.applets.push_back(std::move(applet));
  }
  for (const auto& used : options.uses) project.uses.push_back(used);
  project.uses_int = project.uses_int || options.uses_int;
  COSE_CHECK(project.check());
  return project;
}

Status write_package(const host::BuiltPackage& built, const fs::path& output) {
  std::error_code failure;
  if (output.has_parent_path()) fs::create_directories(output.parent_path(), failure);
  if (failure) return fail(ErrorKind::kIo, output.parent_path().string() + ": " + failure.message());
  COSE_TRY(const auto file, cap::write_zip(built.converted.components));
  COSE_CHECK(host::write_file(output.string(), file));
  const auto& statistics = built.converted.statistics;
  fmt::print("{}: {} octets, {} classes, {} methods, {} octets of code\n", output.string(), file.size(),
             statistics.classes, statistics.methods, statistics.card_octets);
  if (!built.not_for_us.empty())
    fmt::print("{}: our own cards cannot run it: {}\n", coloured(Colour::kWarning, "note"), built.not_for_us);
  if (built.converted.export_file.empty()) return {};
  auto exports = output;
  exports.replace_extension(".exp");
  COSE_CHECK(host::write_file(exports.string(), built.converted.export_file));
  fmt::print("{}: {} octets\n", exports.string(), built.converted.export_file.size());
  return {};
}

int build(const BuildOptions& options) {
  const auto project = project_of(options);
  if (!project) return complain_of_usage(project.error());
  const auto built = host::build_packages(*project, options.debug ? convert::DebugInfo::kYes : convert::DebugInfo::kNo);
  if (!built) return complain(built.error());
  const fs::path output = options.output.empty() ? project->short_name() + ".cap" : options.output;
  if (const auto written = write_package(built->back(), output); !written) return complain(written.error());
  return kSuccess;
}

}  // namespace

Command make_cap_build(CLI::App& cap) {
  auto* app = cap.add_subcommand("build", "make a CAP file from a folder of Java sources");
  app->footer(kExamples);
  const auto options = std::make_shared<BuildOptions>();
  app->add_option("FOLDER", options->folder, "the sources, with or without a cap.toml")
      ->required()
      ->check(CLI::ExistingDirectory);
  app->add_option("-o,--output", options->output, "the CAP file; default: the last part of the package's name");
  app->add_option("--package", options->package, "its name, as com.example.purse");
  app->add_option("--aid", options->aid, "its AID");
  app->add_option("--package-version", options->version, "major.minor; default 1.0");
  app->add_option("--applet", options->applets, "CLASS=AID; may be given several times");
  app->add_option("--uses", options->uses, "the folder of a package that it imports; may be given several times");
  app->add_flag("--int", options->uses_int, "may use 32-bit arithmetic");
  app->add_flag("--debug", options->debug, "with a Debug component");
  return {app, [options] { return build(*options); }};
}

}  // namespace cose::app
