// SPDX-License-Identifier: Apache-2.0
// cose cap: CAP and export files.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

#include <fmt/core.h>

#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/dump.h"
#include "cap/export_file.h"
#include "cap/verify.h"
#include "cap_subcommands.h"
#include "command.h"
#include "console.h"
#include "host/files.h"

namespace cose::app {

namespace {

using namespace std::string_view_literals;

constexpr auto kDescription =
    "Shows, verifies and makes CAP files (Java Card 2.1 to 3.1), and what they are made with.";

constexpr auto kExamples = R"(Examples:
  cose cap dump wallet.cap                 readable, with disassembly; what `cose cap asm` reads
  cose cap dump --json javacard/framework.exp
  cose cap verify *.cap
  cose cap asm tiny.jca -o tiny.cap
  cose cap asm tiny.jca --load-file -o tiny.bin
  cose cap stubs -o api                    what javac compiles applets against

A CAP file may be a zip or jar, or the concatenated components of a load file, with or without Descriptor.
The assembly language is in docs/formats/cap-assembly.md.)";

// A compact CAP file has some twenty parts of at most 64 KiB; an extended one may have more.
constexpr std::size_t kMaximumFile = 16U << 20;

struct CapOptions {
  std::vector<std::string> files;
  std::string output;
  bool json = false;
  bool plain = false;
  bool load_file = false;
  bool descriptor = false;
};

Result<std::string> load(const std::string& name) {
  return host::read_file(name, kMaximumFile);
}

bool is_export_file(std::string_view content) {
  return content.starts_with("\x00\xFA\xCA\xDE"sv);
}

Result<std::string> dump_export_file(const CapOptions& options, ByteView content) {
  COSE_TRY(const auto file, cap::parse_export_file(content));
  return options.json ? cap::to_json(file) : cap::to_text(file);
}

Result<std::string> dump_cap(const CapOptions& options, ByteView content) {
  COSE_TRY(const auto components, cap::read_cap(content));
  if (options.json) return cap::dump_json(components);
  return cap::dump_text(components, options.plain ? cap::Comments::kNo : cap::Comments::kYes);
}

int dump(const CapOptions& options) {
  for (const auto& name : options.files) {
    const auto content = load(name);
    if (!content) return complain(content.error());
    const auto octets = as_bytes(*content);
    const auto text = is_export_file(*content) ? dump_export_file(options, octets) : dump_cap(options, octets);
    if (!text) return complain(text.error().within(name));
    fmt::print("{}{}", *text, text->ends_with('\n') ? "" : "\n");
  }
  return kSuccess;
}

Result<cap::Report> verify_file(const std::string& name) {
  COSE_TRY(const auto content, load(name));
  auto components = cap::read_cap(as_bytes(content));
  if (!components) return std::unexpected(components.error().within(name));
  return cap::verify(*components);
}

// All files are looked at, also after a bad one.
int verify(const CapOptions& options) {
  int code = kSuccess;
  for (const auto& name : options.files) {
    const auto report = verify_file(name);
    if (!report) {
      complain(report.error());
      code = kFailure;
      continue;
    }
    if (report->has_errors()) code = kFailure;
    if (options.json) {
      fmt::print("{}\n", cap::to_json(*report));
      continue;
    }
    fmt::print("{}: {}\n{}", name,
               report->has_errors() ? coloured(Colour::kBad, "refused") : coloured(Colour::kGood, "good"),
               cap::to_text(*report));
  }
  return code;
}

Result<Bytes> assembled(const CapOptions& options, std::string_view source) {
  COSE_TRY(const auto components, cap::assemble(source));
  if (!options.load_file) return cap::write_zip(components);
  return cap::write_load_file(components, options.descriptor ? cap::WithDescriptor::kYes : cap::WithDescriptor::kNo);
}

int assemble(const CapOptions& options) {
  const auto& name = options.files.front();
  const auto source = load(name);
  if (!source) return complain(source.error());
  const auto file = assembled(options, *source);
  if (!file) return complain(file.error().within(name));
  const auto output =
      options.output.empty() ? std::filesystem::path(name).replace_extension(".cap").string() : options.output;
  if (const auto written = host::write_file(output, *file); !written) return complain(written.error());
  fmt::print("{}: {} octets\n", output, file->size());
  return kSuccess;
}

}  // namespace

Command make_cap(CLI::App& parent) {
  auto* app = parent.add_subcommand("cap", kDescription);
  app->require_subcommand(1);
  app->footer(kExamples);
  const auto options = std::make_shared<CapOptions>();

  auto* dumped = app->add_subcommand("dump", "show CAP or export files");
  dumped->add_option("FILE", options->files, "CAP files, load files or export files")->required();
  dumped->add_flag("--json", options->json, "for machines");
  dumped->add_flag("--plain", options->plain, "without comments");

  auto* verified = app->add_subcommand("verify", "check the structure of CAP files; exit code 1 if one is refused");
  verified->add_option("FILE", options->files, "CAP files or load files")->required();
  verified->add_flag("--json", options->json, "one JSON object a file");

  auto* assembler = app->add_subcommand("asm", "make a CAP file from assembly text");
  assembler->add_option("SOURCE", options->files, "assembly text")->required()->expected(1);
  assembler->add_option("-o,--output", options->output, "the CAP file; default: the source's name with .cap");
  assembler->add_flag("--load-file", options->load_file, "components one after the other, as they are sent to a card");
  assembler->add_flag("--descriptor", options->descriptor, "with the Descriptor in the load file");

  const std::vector<Command> commands = {{dumped, [options] { return dump(*options); }},
                                         {verified, [options] { return verify(*options); }},
                                         {assembler, [options] { return assemble(*options); }},
                                         make_cap_stubs(*app),
                                         make_cap_api(*app),
                                         make_cap_exports(*app),
                                         make_cap_build(*app),
                                         make_cap_convert(*app)};
  return {app, [commands] { return std::ranges::find_if(commands, &CLI::App::parsed, &Command::app)->run(); }};
}

}  // namespace cose::app
