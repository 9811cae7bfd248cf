// SPDX-License-Identifier: Apache-2.0
// What the call instructions of a method call.
#include <fmt/format.h>

#include "jcvm/detail/linking.h"

namespace cose::jcvm::detail {

namespace {

Result<Call> interface_call(const Linking& linking, const cap::Instruction& instruction) {
  const auto& site = linking.package.sites[static_cast<std::size_t>(instruction.constant()->value)];
  const auto token = static_cast<std::uint8_t>(instruction.operands[2].value);
  Call call{nullptr, {site.type, token}, static_cast<std::uint8_t>(instruction.operands[0].value)};
  if (!site.type->is_interface) return fail(ErrorKind::kInvalid, fmt::format("{} is no interface", site.type->name));
  const auto& methods = site.type->interface_methods;
  if (token < methods.size()) call.method = methods[token];
  if (call.method == nullptr && site.type->package->native)
    return fail(ErrorKind::kNotFound, fmt::format("{} has no method {}", site.type->name, token));
  if (call.method != nullptr && call.method->argument_words != call.argument_words)
    return fail(ErrorKind::kInvalid, fmt::format("{} argument words, {} takes {}", call.argument_words,
                                                 call.method->name, call.method->argument_words));
  return call;
}

bool result_known(const Call& call) {
  return call.method != nullptr && call.method->returns != Returns::kNever && call.method->returns != Returns::kUnknown;
}

}  // namespace

bool is_invoke(const cap::Instruction& instruction) {
  switch (static_cast<cap::Opcode>(instruction.info->opcode)) {
    case cap::Opcode::k_invokevirtual:
    case cap::Opcode::k_invokespecial:
    case cap::Opcode::k_invokestatic:
    case cap::Opcode::k_invokeinterface: return true;
    default: return false;
  }
}

Result<Call> call_of(const Linking& linking, const cap::Instruction& instruction) {
  if (static_cast<cap::Opcode>(instruction.info->opcode) == cap::Opcode::k_invokeinterface)
    return interface_call(linking, instruction);
  const auto& site = linking.package.sites[static_cast<std::size_t>(instruction.constant()->value)];
  const auto& method = *site.method;
  const bool is_static = static_cast<cap::Opcode>(instruction.info->opcode) == cap::Opcode::k_invokestatic;
  if (!is_static && method.argument_words == 0)
    return fail(ErrorKind::kInvalid, fmt::format("{} takes no `this`", method.name));
  if (method.package->native && method.is_static != is_static)
    return fail(ErrorKind::kInvalid, fmt::format("{} is {}", method.name, is_static ? "not static" : "static"));
  return Call{&method, {&method, 0}, method.argument_words};
}

Returns returns_of(const Call& call, const Inferred& inferred) {
  if (result_known(call)) return call.method->returns;
  const auto found = inferred.find(call.callee);
  return found == inferred.end() ? Returns::kVoid : found->second;
}

std::set<Callee> unknown_callees(const Linking& linking, const MethodCode& code) {
  std::set<Callee> unknown;
  for (const auto& [at, instruction] : code.instructions) {
    if (!is_invoke(instruction)) continue;
    const auto call = call_of(linking, instruction);
    if (call && !result_known(*call) && !linking.inferred.contains(call->callee)) unknown.insert(call->callee);
  }
  return unknown;
}

}  // namespace cose::jcvm::detail
