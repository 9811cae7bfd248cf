// SPDX-License-Identifier: Apache-2.0
// cose cap stubs, cose cap exports: the API as class files for javac and as export files for converters.
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include <fmt/core.h>

#include "cap_subcommands.h"
#include "console.h"
#include "host/files.h"
#include "stubs/stubs.h"

namespace cose::app {

namespace {

constexpr auto kStubsExamples = R"(Examples:
  cose cap stubs -o api.jar
  javac -source 8 -target 8 -Xlint:-options -g -bootclasspath api.jar -d classes com/example/*.java

Then java.lang is that of Java Card: javac itself refuses what a card has not. `cose cap build` does all this.)";

constexpr auto kExportsExamples = R"(Examples:
  cose cap exports -o exports               exports/javacard/framework/javacard/framework.exp, ...
  cose cap exports --format 2.3 -o exports  with the packages that each refers to)";

Status write_files(const std::string& folder, const std::vector<stubs::File>& files) {
  for (const auto& file : files) {
    const auto path = std::filesystem::path(folder) / file.name;
    std::error_code failure;
    std::filesystem::create_directories(path.parent_path(), failure);
    if (failure) return fail(ErrorKind::kIo, path.parent_path().string() + ": " + failure.message());
    COSE_CHECK(host::write_file(path.string(), file.content));
  }
  return {};
}

int write_all(const std::string& folder, const std::vector<stubs::File>& files) {
  if (const auto written = write_files(folder, files); !written) return complain(written.error());
  fmt::print("{}: {} files\n", folder, files.size());
  return kSuccess;
}

int write_jar(const std::string& name) {
  const auto jar = stubs::class_jar();
  if (!jar) return complain(jar.error());
  if (const auto written = host::write_file(name, *jar); !written) return complain(written.error());
  fmt::print("{}: {} octets\n", name, jar->size());
  return kSuccess;
}

int write_stubs(const std::string& output) {
  return output.ends_with(".jar") ? write_jar(output) : write_all(output, stubs::class_files());
}

int write_exports(const std::string& folder, const std::string& format) {
  const auto files = stubs::export_files(format == "2.1" ? stubs::ExportFormat::k21 : stubs::ExportFormat::k23);
  return files ? write_all(folder, *files) : complain(files.error());
}

}  // namespace

Command make_cap_stubs(CLI::App& cap) {
  auto* app = cap.add_subcommand("stubs", "write the API's classes, without code, to compile applets against");
  app->footer(kStubsExamples);
  const auto output = std::make_shared<std::string>();
  app->add_option("-o,--output", *output, "the folder to write to, or a file that ends in .jar")->required();
  return {app, [output] { return write_stubs(*output); }};
}

Command make_cap_exports(CLI::App& cap) {
  auto* app = cap.add_subcommand("exports", "write the API's export files, for converters");
  app->footer(kExportsExamples);
  const auto folder = std::make_shared<std::string>();
  const auto format = std::make_shared<std::string>("2.1");
  app->add_option("-o,--output", *folder, "the folder to write to")->required();
  app->add_option("--format", *format, "2.1, which every converter reads, or 2.3")
      ->check(CLI::IsMember({"2.1", "2.3"}))
      ->capture_default_str();
  return {app, [folder, format] { return write_exports(*folder, *format); }};
}

}  // namespace cose::app
