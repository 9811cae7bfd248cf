// SPDX-License-Identifier: Apache-2.0
#include "cap/verify.h"

#include <algorithm>

#include <fmt/format.h>

#include "cap/debug.h"
#include "cap/detail/json_writer.h"
#include "cap/detail/verification.h"

namespace cose::cap {

namespace {

using detail::Verification;

void report_absent_and_unreadable(Verification& verification) {
  for (const auto tag : kMandatoryComponents)
    if (verification.components().find(tag) == nullptr)
      verification.error(tag, 0, fmt::format("expected a {} component, found none", name_of(tag)));
  for (const auto& [tag, error] : verification.parsed().errors) verification.error(tag, 0, error.message);
  if (!verification.cap().debug) return;
  // Debug never reaches a card.
  if (const auto debug = parse_debug(*verification.cap().debug, verification.format()); !debug)
    verification.warning(ComponentTag::kDebug, 0, debug.error().message);
}

struct Part {
  ComponentTag tag;
  void (*verify)(Verification&);
};

constexpr std::array kParts = {
    Part{ComponentTag::kHeader, detail::verify_header},
    Part{ComponentTag::kDirectory, detail::verify_directory},
    Part{ComponentTag::kApplet, detail::verify_applet},
    Part{ComponentTag::kImport, detail::verify_import},
    Part{ComponentTag::kConstantPool, detail::verify_constant_pool},
    Part{ComponentTag::kClass, detail::verify_class},
    Part{ComponentTag::kMethod, detail::verify_methods},
    Part{ComponentTag::kStaticField, detail::verify_static_field},
    Part{ComponentTag::kExport, detail::verify_export},
    Part{ComponentTag::kDescriptor, detail::verify_descriptor},
    Part{ComponentTag::kStaticResources, detail::verify_static_resources},
};

}  // namespace

std::string_view to_string(Severity severity) {
  return severity == Severity::kError ? "error" : "warning";
}

bool Report::has_errors() const {
  return std::ranges::any_of(findings, [](const Finding& finding) { return finding.severity == Severity::kError; });
}

Report verify(const Components& components) {
  Verification verification(components);
  report_absent_and_unreadable(verification);
  // Without a Header nothing else was read.
  if (verification.has(ComponentTag::kHeader))
    for (const auto& part : kParts)
      if (verification.has(part.tag)) part.verify(verification);
  return verification.take();
}

std::string to_text(const Report& report) {
  std::string text;
  for (const auto& finding : report.findings)
    text += fmt::format("{}: {} at 0x{:04X}: {}\n", to_string(finding.severity), name_of(finding.component),
                        finding.offset, finding.message);
  return text;
}

std::string to_json(const Report& report) {
  detail::JsonWriter json;
  json.begin_object();
  json.key("ok").boolean(!report.has_errors());
  json.key("findings").begin_array();
  for (const auto& finding : report.findings) {
    json.begin_object();
    json.key("severity").text(to_string(finding.severity));
    json.key("component").text(name_of(finding.component));
    json.key("offset").number(static_cast<std::int64_t>(finding.offset));
    json.key("message").text(finding.message);
    json.end_object();
  }
  json.end_array();
  json.end_object();
  return json.take();
}

}  // namespace cose::cap
