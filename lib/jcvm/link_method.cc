// SPDX-License-Identifier: Apache-2.0
// Methods and what they take and return: from the Descriptor, else from their code.
#include <algorithm>

#include <fmt/format.h>

#include "cap/type_text.h"
#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

std::optional<Signature> signature_of(const cap::DescriptorComponent& descriptor, std::uint16_t type_offset,
                                      bool is_static) {
  const auto found = std::ranges::find(descriptor.types, type_offset, &cap::TypeDescriptor::offset);
  if (found == descriptor.types.end()) return std::nullopt;
  const auto types = cap::parse_type(*found);
  if (!types || types->empty()) return std::nullopt;
  Signature signature;
  if (!is_static) signature.arguments = "a";
  const auto letter = [](const cap::Type& type) {
    if (type.array || type.kind == cap::TypeKind::kReference) return 'a';
    return type.kind == cap::TypeKind::kInt ? 'i' : 's';
  };
  for (std::size_t at = 0; at + 1 < types->size(); ++at) {
    if ((*types)[at].kind == cap::TypeKind::kVoid) return std::nullopt;
    signature.arguments += letter((*types)[at]);
  }
  const auto& result = types->back();
  if (result.kind == cap::TypeKind::kVoid && !result.array) return signature;
  const auto kind = letter(result);
  signature.returns = kind == 'a' ? Returns::kReference : kind == 'i' ? Returns::kInt : Returns::kShort;
  return signature;
}

Returns result_of(const cap::Instruction& instruction) {
  switch (static_cast<cap::Opcode>(instruction.info->opcode)) {
    case cap::Opcode::k_return: return Returns::kVoid;
    case cap::Opcode::k_sreturn: return Returns::kShort;
    case cap::Opcode::k_ireturn: return Returns::kInt;
    case cap::Opcode::k_areturn: return Returns::kReference;
    default: return Returns::kNever;
  }
}

std::string where(const Method& method, std::size_t at) {
  return fmt::format("method at 0x{:04X}, instruction at {}", method.location.offset, at);
}

// All returns of a method agree with each other and with the Descriptor.
Status scan_returns(Method& method, const MethodCode& code, bool described) {
  for (const auto& [at, instruction] : code.instructions) {
    const auto result = result_of(instruction);
    if (result == Returns::kNever) continue;
    if (method.returns != Returns::kNever && method.returns != result)
      return fail(ErrorKind::kInvalid, fmt::format("{}: {} in a method that returns otherwise{}", where(method, at),
                                                   instruction.info->mnemonic, described ? " by its Descriptor" : ""));
    method.returns = result;
  }
  return {};
}

struct Described {
  const cap::MethodDescriptor* method = nullptr;
  bool is_static = false;
};

std::map<cap::MethodLocation, Described> described_methods(const cap::CapFile& cap) {
  std::map<cap::MethodLocation, Described> described;
  if (!cap.descriptor) return described;
  for (const auto& package : cap.descriptor->packages)
    for (const auto& each : package) {
      if ((each.flags & cap::kDescriptorInterface) != 0) continue;
      for (const auto& method : each.methods)
        described[method.location] = {&method, (method.flags & cap::kDescriptorStatic) != 0};
    }
  return described;
}

Status sign(Linking& linking, Method& method, const MethodCode& code, const Described* described) {
  method.returns = method.is_abstract ? Returns::kUnknown : Returns::kNever;
  method.arguments.assign(method.argument_words, 'w');
  bool by_descriptor = false;
  if (described != nullptr) {
    method.is_static = described->is_static;
    const auto signature = signature_of(*linking.cap.descriptor, described->method->type_offset, described->is_static);
    if (!signature) return fail(ErrorKind::kInvalid, where(method, 0) + ": its Descriptor names no signature");
    if (signature->words() != method.argument_words)
      return fail(ErrorKind::kInvalid, fmt::format("{}: header says {} argument words, Descriptor {}", where(method, 0),
                                                   method.argument_words, signature->words()));
    method.arguments = signature->arguments;
    method.returns = signature->returns;
    by_descriptor = true;
  }
  return scan_returns(method, code, by_descriptor);
}

}  // namespace

Status link_methods(Linking& linking) {
  const auto described = described_methods(linking.cap);
  for (const auto& span : cap::method_spans(linking.cap)) {
    auto& code = linking.code[span.location] = read_code(linking.cap, span);
    auto& method = linking.package.methods.emplace_back();
    linking.methods[span.location] = &method;
    method.package = &linking.package;
    method.location = span.location;
    method.name = fmt::format("method at 0x{:04X}", span.location.offset);
    method.argument_words = code.header.nargs;
    method.local_words = static_cast<std::uint16_t>(code.header.nargs + code.header.max_locals);
    method.frame_words = static_cast<std::uint16_t>(method.local_words + code.header.max_stack);
    method.is_abstract = code.header.abstract();
    method.is_static = true;
    const auto found = described.find(span.location);
    COSE_CHECK(sign(linking, method, code, found == described.end() ? nullptr : &found->second));
    method.shape = shape_of(method.argument_words, words_of(method.returns));
  }
  return {};
}

// Without a result that is known, the one that callers' code implies; several keys are tried together.
namespace {

constexpr std::size_t kMaximumUnknown = 6;
constexpr std::array kCandidates = {Returns::kVoid, Returns::kShort, Returns::kInt};

Result<Verified> infer(Linking& linking, const Method& method, const MethodCode& code,
                       const std::set<Callee>& unknown) {
  if (unknown.size() > kMaximumUnknown)
    return fail(ErrorKind::kUnsupported,
                fmt::format("{}: calls {} methods whose results neither Descriptor nor code tells", where(method, 0),
                            unknown.size()));
  std::size_t combinations = 1;
  for (std::size_t at = 0; at < unknown.size(); ++at) combinations *= kCandidates.size();
  Error first;
  for (const auto leftovers : {Leftovers::kRefused, Leftovers::kAllowed})
    for (std::size_t combination = 0; combination < combinations; ++combination) {
      auto guess = linking.inferred;
      auto digits = combination;
      for (const auto& callee : unknown) {
        guess[callee] = kCandidates[digits % kCandidates.size()];
        digits /= kCandidates.size();
      }
      auto verified = verify_code(linking, method, code, guess, leftovers);
      if (verified) {
        linking.inferred = std::move(guess);
        return verified;
      }
      if (first.message.empty()) first = verified.error();
    }
  return std::unexpected(first);
}

Status link_method_code(Linking& linking, Method& method, const MethodCode& code,
                        std::map<const Method*, Verified>& verified) {
  const auto unknown = unknown_callees(linking, code);
  COSE_TRY(auto result, unknown.empty() ? verify_code(linking, method, code, linking.inferred, Leftovers::kAllowed)
                                        : infer(linking, method, code, unknown));
  verified[&method] = std::move(result);
  return {};
}

// Once all results are known: what calls through a constant leave.
void shape_sites(Linking& linking) {
  for (auto& site : linking.package.sites) {
    if (site.method == nullptr) continue;
    const Call call{site.method, {site.method, 0}, site.method->argument_words};
    site.shape = shape_of(site.method->argument_words, words_of(returns_of(call, linking.inferred)));
  }
}

// Unknown signatures of an interface's methods: those of the classes here that implement it.
void infer_interfaces(Linking& linking) {
  for (const auto& each : linking.package.classes)
    for (const auto& table : each.interfaces) {
      if (table.type->package != &linking.package) continue;
      auto& methods = linking.package.classes[table.type->index].interface_methods;
      if (methods.size() < table.tokens.size()) methods.resize(table.tokens.size());
      for (std::size_t token = 0; token < table.tokens.size(); ++token) {
        const auto virtual_token = table.tokens[token];
        if (methods[token] != nullptr || virtual_token >= each.virtual_methods.size()) continue;
        const auto* method = each.virtual_methods[virtual_token];
        if (method != nullptr && method->returns != Returns::kUnknown && method->returns != Returns::kNever)
          methods[token] = method;
      }
    }
}

// An abstract method without a Descriptor returns what the methods that override it return.
void infer_abstract(Linking& linking) {
  const auto known = [](const Method* method) {
    return method != nullptr && method->returns != Returns::kUnknown && method->returns != Returns::kNever;
  };
  for (const auto& each : linking.package.classes) {
    if (each.super == nullptr || each.super->package != &linking.package) continue;
    for (std::size_t token = 0; token < each.super->virtual_methods.size(); ++token) {
      const auto* over = each.super->virtual_methods[token];
      const auto* under = each.virtual_methods[token];
      if (over == nullptr || over->package != &linking.package || known(over) || !known(under)) continue;
      auto& method = *linking.methods.at(over->location);
      method.returns = under->returns;
      method.shape = shape_of(method.argument_words, words_of(method.returns));
    }
  }
}

}  // namespace

Status link_code(Linking& linking) {
  infer_abstract(linking);
  infer_interfaces(linking);
  std::map<const Method*, Verified> verified;
  for (auto& method : linking.package.methods)
    if (!method.is_abstract) COSE_CHECK(link_method_code(linking, method, linking.code.at(method.location), verified));
  shape_sites(linking);
  // One vector for all code: its methods point into it, so it is sized before.
  std::size_t units = 0;
  std::size_t handlers = 0;
  std::size_t points = 0;
  for (const auto& [location, code] : linking.code) {
    units += 2 * code.instructions.size() + 1;
    handlers += code.handlers.size();
    points += code.instructions.size();
  }
  linking.package.units.reserve(units);
  linking.package.handlers.reserve(handlers);
  linking.package.return_points.reserve(points);
  for (auto& method : linking.package.methods)
    if (!method.is_abstract)
      COSE_CHECK(translate(linking, method, linking.code.at(method.location), verified.at(&method)));
  return {};
}

}  // namespace cose::jcvm::detail
