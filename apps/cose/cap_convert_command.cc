// SPDX-License-Identifier: Apache-2.0
// cose cap convert: class files to a CAP file and an export file.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "archive/zip.h"
#include "cap_subcommands.h"
#include "console.h"
#include "convert/convert.h"
#include "host/cap_project.h"
#include "host/files.h"

namespace cose::app {

namespace {

constexpr auto kExamples = R"(Examples:
  cose cap convert classes --aid A00000006203010C01 --applet A00000006203010C0101=Wallet -o wallet.cap
  cose cap convert wallet.jar --project applets/wallet/cap.toml
  cose cap convert classes --aid F276A288BC01 --package com.example.loyalty --version 1.2   a library
  cose cap convert classes --aid F276A288BC02 --exp loyalty.exp --applet F276A288BC0201=Shop --int
  cose cap convert classes --project cap.toml --json                                        problems for machines

INPUT is a class file, a jar, or a folder of classes. Compile with javac -source 8 -target 8 -g against the classes of
`cose cap stubs`; `cose cap build` does all of it. Beside the CAP file an export file (.exp) is written when the
package exports something. A package without --applet is a library. --project reads a cap.toml; options on the line go
before what it says.)";

constexpr std::size_t kMaximumFile = 16U << 20;

struct ConvertOptions {
  std::vector<std::string> inputs;
  std::string project;
  std::string package;
  std::string aid;
  std::string version;
  std::vector<std::string> applets;
  std::vector<std::string> exports;
  std::string format;
  std::string output;
  bool ints = false;
  bool debug = false;
  bool json = false;
};

Status add_jar(const std::string& path, ByteView jar, std::vector<convert::Input>& inputs) {
  const auto is_class = [](std::string_view name) -> Result<bool> { return name.ends_with(".class"); };
  auto entries = archive::read_zip(jar, {}, is_class);
  if (!entries) return std::unexpected(entries.error().within(path));
  for (auto& entry : *entries) inputs.push_back({path + "/" + entry.name, std::move(entry.content)});
  return {};
}

Status add_file(const std::string& path, std::vector<convert::Input>& inputs) {
  COSE_TRY(const auto content, host::read_file(path, kMaximumFile));
  if (archive::is_zip(as_bytes(content))) return add_jar(path, as_bytes(content), inputs);
  inputs.push_back({path, to_bytes(as_bytes(content))});
  return {};
}

Result<std::vector<std::string>> files_below(const std::string& folder, std::string_view ending) {
  std::vector<std::string> files;
  std::error_code failure;
  for (auto each = std::filesystem::recursive_directory_iterator(folder, failure);
       !failure && each != std::filesystem::recursive_directory_iterator(); each.increment(failure))
    if (each->path().string().ends_with(ending)) files.push_back(each->path().string());
  if (failure) return fail(ErrorKind::kIo, folder + ": " + failure.message());
  std::ranges::sort(files);
  return files;
}

Result<std::vector<convert::Input>> read_inputs(const std::vector<std::string>& paths) {
  std::vector<convert::Input> inputs;
  for (const auto& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      COSE_CHECK(add_file(path, inputs));
      continue;
    }
    COSE_TRY(const auto files, files_below(path, ".class"));
    for (const auto& file : files) COSE_CHECK(add_file(file, inputs));
  }
  return inputs;
}

Result<std::vector<cap::ExportFile>> read_exports(const std::vector<std::string>& paths) {
  std::vector<cap::ExportFile> libraries;
  for (const auto& path : paths) {
    std::vector<std::string> files = {path};
    if (std::filesystem::is_directory(path)) {
      COSE_TRY(files, files_below(path, ".exp"));
    }
    for (const auto& file : files) {
      COSE_TRY(const auto content, host::read_file(file, kMaximumFile));
      auto library = cap::parse_export_file(as_bytes(content));
      if (!library) return std::unexpected(library.error().within(file));
      libraries.push_back(*std::move(library));
    }
  }
  return libraries;
}

Result<convert::AppletOption> parse_applet(const std::string& text) {
  const auto equals = text.find('=');
  if (equals == std::string::npos)
    return fail(ErrorKind::kInvalid, fmt::format("--applet {}: expected AID=CLASS", text));
  COSE_TRY(auto aid, host::parse_aid(text.substr(0, equals)));
  return convert::AppletOption{std::move(aid), text.substr(equals + 1)};
}

// A folder with a cap.toml, or such a file by any name.
Result<host::CapProject> load_project(const std::string& path) {
  if (std::filesystem::is_directory(path)) return host::CapProject::load(path);
  COSE_TRY(const auto text, host::read_file(path, kMaximumFile));
  return host::CapProject::parse(text, path, std::filesystem::path(path).parent_path().string());
}

Status read_project(const std::string& path, convert::Options& options) {
  COSE_TRY(const auto project, load_project(path));
  options.package = project.package;
  options.aid = project.aid;
  options.version = project.version;
  if (project.uses_int) options.ints = convert::IntSupport::kYes;
  for (const auto& applet : project.applets) options.applets.push_back({applet.aid, applet.class_name});
  return {};
}

Result<convert::Options> read_options(const ConvertOptions& given) {
  convert::Options options;
  if (!given.project.empty()) COSE_CHECK(read_project(given.project, options));
  if (!given.package.empty()) options.package = given.package;
  if (!given.aid.empty()) {
    COSE_TRY(options.aid, host::parse_aid(given.aid));
  }
  if (!given.version.empty()) {
    COSE_TRY(options.version, host::parse_package_version(given.version));
  }
  if (!given.format.empty()) {
    COSE_TRY(options.format, host::parse_package_version(given.format));
  }
  if (!given.applets.empty()) options.applets.clear();
  for (const auto& text : given.applets) {
    COSE_TRY(auto applet, parse_applet(text));
    options.applets.push_back(std::move(applet));
  }
  if (given.ints) options.ints = convert::IntSupport::kYes;
  if (given.debug) options.debug = convert::DebugInfo::kYes;
  COSE_TRY(options.libraries, read_exports(given.exports));
  return options;
}

nlohmann::ordered_json to_json(const convert::Problem& problem) {
  nlohmann::ordered_json json;
  json["file"] = problem.file;
  if (problem.line) json["line"] = *problem.line;
  json["class"] = problem.class_name;
  json["method"] = problem.method;
  json["reason"] = problem.reason;
  return json;
}

void print_json(const convert::Conversion& conversion, const std::string& output) {
  nlohmann::ordered_json json;
  json["ok"] = conversion.converted.has_value();
  json["problems"] = nlohmann::ordered_json::array();
  for (const auto& problem : conversion.problems) json["problems"].push_back(to_json(problem));
  if (conversion.converted) {
    const auto& statistics = conversion.converted->statistics;
    json["cap"] = output;
    json["classes"] = statistics.classes;
    json["methods"] = statistics.methods;
    json["java_octets"] = statistics.java_octets;
    json["card_octets"] = statistics.card_octets;
    json["instructions"] = statistics.instructions;
  }
  fmt::print("{}\n", json.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace));
}

Status write_results(const convert::Converted& converted, const std::string& output) {
  COSE_TRY(const auto zip, cap::write_zip(converted.components));
  COSE_CHECK(host::write_file(output, zip));
  if (converted.export_file.empty()) return {};
  return host::write_file(std::filesystem::path(output).replace_extension(".exp").string(), converted.export_file);
}

std::string default_output(const convert::Converted& converted) {
  const auto& path = converted.components.path;
  const auto slash = path.rfind('/');
  return (slash == std::string::npos ? path : path.substr(slash + 1)) + ".cap";
}

int run(const ConvertOptions& given) {
  const auto options = read_options(given);
  if (!options) return complain_of_usage(options.error());
  const auto inputs = read_inputs(given.inputs);
  if (!inputs) return complain(inputs.error());
  const auto conversion = convert::convert(*inputs, *options);
  auto output = given.output;
  if (conversion.converted) {
    if (output.empty()) output = default_output(*conversion.converted);
    if (const auto written = write_results(*conversion.converted, output); !written) return complain(written.error());
  }
  if (given.json) {
    print_json(conversion, output);
    return conversion.converted ? kSuccess : kFailure;
  }
  for (const auto& problem : conversion.problems) fmt::print(stderr, "{}\n", convert::to_text(problem));
  if (!conversion.converted) return kFailure;
  const auto& statistics = conversion.converted->statistics;
  fmt::print("{}: {} classes, {} methods, {} octets of code ({} in the class files)\n", output, statistics.classes,
             statistics.methods, statistics.card_octets, statistics.java_octets);
  return kSuccess;
}

}  // namespace

Command make_cap_convert(CLI::App& cap) {
  auto* app = cap.add_subcommand("convert", "make a CAP file from Java class files");
  app->footer(kExamples);
  const auto options = std::make_shared<ConvertOptions>();
  app->add_option("INPUT", options->inputs, "class files, jars, folders of classes")->required();
  app->add_option("--project", options->project, "a cap.toml: AIDs, version, int");
  app->add_option("--package", options->package, "the package, when the input has several");
  app->add_option("--aid", options->aid, "the package's AID");
  app->add_option("--version", options->version, "the package's version; default 1.0");
  app->add_option("--applet", options->applets, "AID=CLASS of an applet; may be repeated");
  app->add_option("--exp", options->exports, "export files of libraries, or folders of them; may be repeated");
  app->add_option("--format", options->format, "CAP format 2.1 (default), 2.2 or 2.3");
  app->add_option("-o,--output", options->output, "the CAP file; default: the package's last name");
  app->add_flag("--int", options->ints, "allow 32-bit instructions: the card must support int");
  app->add_flag("--debug", options->debug, "with a Debug component: names and lines");
  app->add_flag("--json", options->json, "problems and figures as JSON");
  return {app, [options] { return run(*options); }};
}

}  // namespace cose::app
