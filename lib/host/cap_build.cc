// SPDX-License-Identifier: Apache-2.0
#include "host/cap_build.h"

#include <algorithm>
#include <filesystem>

#include "cap/export_file.h"
#include "cap/verify.h"
#include "jcapi/binding.h"
#include "jcvm/link.h"

namespace cose::host {

namespace {

convert::Options options_of(const CapProject& project, const std::vector<cap::ExportFile>& libraries,
                            convert::DebugInfo debug) {
  convert::Options options;
  options.package = project.package;
  options.aid = project.aid;
  options.version = project.version;
  for (const auto& applet : project.applets)
    options.applets.push_back({.aid = applet.aid, .class_name = applet.class_name});
  options.ints = project.uses_int ? convert::IntSupport::kYes : convert::IntSupport::kNo;
  options.debug = debug;
  options.libraries = libraries;
  return options;
}

std::string text_of(const std::vector<convert::Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + convert::to_text(problem);
  return text;
}

class Builder {
 public:
  explicit Builder(convert::DebugInfo debug) : debug_(debug), card_(jcapi::make_api()) {}

  Status build(const CapProject& project) {
    COSE_CHECK(project.check());
    COSE_CHECK(build_used(project));
    ClassFiles libraries;
    std::vector<cap::ExportFile> exports;
    for (const auto& built : built_) {
      std::ranges::copy(built.classes, std::back_inserter(libraries));
      if (built.converted.export_file.empty()) continue;
      COSE_TRY(auto file, cap::parse_export_file(built.converted.export_file));
      exports.push_back(std::move(file));
    }
    COSE_TRY(auto classes, compile_java(project.folder, libraries));
    COSE_TRY(auto converted, convert(project, classes, exports));
    COSE_CHECK(verify(project, converted.components));
    return link({.project = project,
                 .classes = std::move(classes),
                 .converted = std::move(converted),
                 .not_for_us = {},
                 .linked = {}});
  }

  std::vector<BuiltPackage> take() { return std::move(built_); }

 private:
  Status build_used(const CapProject& project) {
    open_.push_back(project.aid);
    for (const auto& folder : project.uses) {
      COSE_TRY(const auto used, CapProject::load(folder));
      if (std::ranges::find(open_, used.aid) != open_.end())
        return fail(ErrorKind::kInvalid, used.package + " uses itself by way of " + project.package);
      if (open_.size() > kMaximumUses)
        return fail(ErrorKind::kLimit, "more than " + std::to_string(kMaximumUses) + " packages that use each other");
      const bool known = std::ranges::any_of(built_, [&](const auto& each) { return each.project.aid == used.aid; });
      if (!known) COSE_CHECK(build(used));
    }
    open_.pop_back();
    return {};
  }

  Result<convert::Converted> convert(const CapProject& project, const ClassFiles& classes,
                                     const std::vector<cap::ExportFile>& exports) const {
    std::vector<convert::Input> inputs;
    inputs.reserve(classes.size());
    for (const auto& file : classes) inputs.push_back({.path = file.name, .content = file.content});
    auto conversion = convert::convert(inputs, options_of(project, exports, debug_));
    if (conversion.converted) return *std::move(conversion.converted);
    return fail(ErrorKind::kInvalid, text_of(conversion.problems));
  }

  // What comes out must pass where strangers' files must pass; a finding is a defect of the converter.
  static Status verify(const CapProject& project, const cap::Components& components) {
    const auto report = cap::verify(components);
    if (!report.has_errors()) return {};
    return fail(ErrorKind::kInternal, project.package + ": the converter made a bad file\n" + cap::to_text(report));
  }

  // The strictest reader that we have: it proves types, and that all imports are there.
  Status link(BuiltPackage package) {
    auto linked = jcvm::link(package.converted.components, card_, {});
    if (linked) {
      package.linked = *linked;
      card_.push_back(*std::move(linked));
    } else if (linked.error().kind == ErrorKind::kUnsupported || linked.error().kind == ErrorKind::kNotFound) {
      package.not_for_us = linked.error().message;
    } else {
      return std::unexpected(linked.error().within("the converter made a bad file"));
    }
    built_.push_back(std::move(package));
    return {};
  }

  convert::DebugInfo debug_;
  std::vector<std::shared_ptr<const jcvm::Package>> card_;
  std::vector<BuiltPackage> built_;
  std::vector<Bytes> open_;  // packages on the way to the one that is being built
};

}  // namespace

Result<std::vector<BuiltPackage>> build_packages(const CapProject& project, convert::DebugInfo debug) {
  Builder builder(debug);
  COSE_CHECK(builder.build(project));
  return builder.take();
}

}  // namespace cose::host
