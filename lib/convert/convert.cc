// SPDX-License-Identifier: Apache-2.0
#include "convert/convert.h"

#include <algorithm>

#include <fmt/format.h>

#include "cap/limits.h"
#include "cap/verify.h"
#include "convert/detail/builder.h"
#include "convert/detail/emitter.h"
#include "convert/detail/exports.h"
#include "convert/detail/stable_order.h"
#include "convert/detail/statics.h"

namespace cose::convert {

namespace {

using namespace detail;
using classfile::Op;

bool is_aid(const Bytes& aid) {
  return aid.size() >= cap::kMinimumAid && aid.size() <= cap::kMaximumAid;
}

void check_options(Program& program, const Options& options) {
  const auto report = [&](std::string reason) {
    program.report({.file = {}, .line = {}, .class_name = {}, .method = {}, .reason = std::move(reason)});
  };
  if (!is_aid(options.aid))
    report(fmt::format("the package's AID: expected 5 to 16 octets, found {}", options.aid.size()));
  for (const auto& applet : options.applets)
    if (!is_aid(applet.aid))
      report(fmt::format("AID of applet {}: expected 5 to 16 octets, found {}", applet.class_name, applet.aid.size()));
  if (options.format.major != 2 || options.format.minor < 1 || options.format.minor > 3)
    report(fmt::format("CAP format {}.{}: expected 2.1, 2.2 or 2.3", options.format.major, options.format.minor));
  if (options.applets.size() > UINT8_MAX) report(fmt::format("{} applets, at most 255", options.applets.size()));
}

// Fields come first into the constant pool, those that are used most before others: getfield and its like have one
// octet for the index.
void add_fields(Program& program, Symbols& symbols) {
  std::vector<std::pair<std::size_t, FieldRef>> fields;
  std::map<const void*, std::size_t> known;
  for (auto* unit : program.units())
    for (const auto& method : unit->methods) {
      if (method.source == nullptr || !method.source->code) continue;
      for (const auto& instruction : method.source->code->decoded.instructions) {
        if (instruction.op != Op::k_getfield && instruction.op != Op::k_putfield) continue;
        const auto member = unit->file.constants.member(static_cast<std::size_t>(instruction.operand));
        const auto field = program.find_field(program.find_type(member.class_name), member.name, member.descriptor);
        if (!field) continue;
        const auto* key = field.unit != nullptr ? static_cast<const void*>(field.unit) : field.external;
        const auto [found, is_new] = known.try_emplace(key, fields.size());
        if (is_new) fields.emplace_back(0, field);
        ++fields[found->second].first;
      }
    }
  order_stably(fields, [](const auto& each) { return SIZE_MAX - each.first; });
  for (const auto& [count, field] : fields) symbols.add_field(field, cap::ConstantTag::kInstanceFieldref);
}

void convert_method(Program& program, Symbols& symbols, MethodUnit& method, std::vector<CardCode>& codes) {
  const Analysis analysis(program, method);
  if (!analysis.good()) return;
  const Narrowing narrowing(program, analysis);
  if (!narrowing.good()) return;
  Emitter emitter(program, symbols, analysis, narrowing);
  auto code = emitter.run();
  if (!code) return program.report(method, emitter.failed_at(), code.error().message);
  codes.push_back(*std::move(code));
}

Statistics count(const Program& program, const std::vector<CardCode>& codes) {
  Statistics statistics;
  statistics.classes = program.units().size();
  statistics.methods = codes.size();
  for (const auto& code : codes) {
    statistics.card_octets += code.octets.size();
    statistics.instructions += code.instructions.size();
    statistics.java_octets += code.method->source->code->decoded.instructions.back().end();
  }
  return statistics;
}

Result<Converted> build(Program& program, Symbols& symbols, std::vector<CardCode>& codes,
                        cap::StaticFieldComponent statics) {
  Converted converted;
  COSE_TRY(converted.components, Builder(program, symbols, codes, std::move(statics)).run());
  if (const auto file = make_export_file(program)) {
    COSE_TRY(converted.export_file, cap::write_export_file(*file));
  }
  for (const auto& finding : cap::verify(converted.components).findings)
    if (finding.severity == cap::Severity::kError)
      return fail(ErrorKind::kInternal, fmt::format("the CAP file made does not verify: {} at 0x{:04X}: {}",
                                                    cap::name_of(finding.component), finding.offset, finding.message));
  converted.statistics = count(program, codes);
  return converted;
}

std::optional<Converted> run(Program& program, std::span<const Input> classes, const Options& options) {
  check_options(program, options);
  if (program.has_problems() || !program.load(classes)) return std::nullopt;
  check_subset(program);
  if (program.has_problems()) return std::nullopt;
  assign_tokens(program);
  auto statics = place_statics(program);
  Symbols symbols(program);
  add_fields(program, symbols);
  std::vector<CardCode> codes;
  for (auto* unit : program.units())
    for (auto& method : unit->methods)
      if (method.source != nullptr && method.source->code && !method.is_class_initializer())
        convert_method(program, symbols, method, codes);
  if (program.has_problems()) return std::nullopt;
  auto converted = build(program, symbols, codes, std::move(statics));
  if (converted) return *std::move(converted);
  if (!program.has_problems())
    program.report({.file = {}, .line = {}, .class_name = {}, .method = {}, .reason = converted.error().message});
  return std::nullopt;
}

}  // namespace

std::string to_text(const Problem& problem) {
  std::string text = problem.file;
  if (problem.line) text += fmt::format(":{}", *problem.line);
  if (!text.empty()) text += ": ";
  text += problem.class_name;
  if (!problem.method.empty()) text += "." + problem.method;
  if (!problem.class_name.empty()) text += ": ";
  return text + problem.reason;
}

Conversion convert(std::span<const Input> classes, const Options& options) {
  Program program(options);
  Conversion conversion;
  conversion.converted = run(program, classes, options);
  conversion.problems = program.take_problems();
  if (!conversion.problems.empty()) conversion.converted.reset();
  return conversion;
}

}  // namespace cose::convert
