// SPDX-License-Identifier: Apache-2.0
#include "jcvm/detail/method_code.h"

namespace cose::jcvm::detail {

namespace {

std::vector<CodeHandler> handlers_of(const cap::CapFile& cap, const cap::MethodSpan& span, std::size_t first,
                                     std::size_t size) {
  std::vector<CodeHandler> handlers;
  for (const auto& handler : cap.method_blocks[span.location.block].handlers) {
    const auto inside = [&](std::size_t offset) { return offset >= first && offset < first + size; };
    if (!inside(handler.start_offset) || !inside(handler.handler_offset)) continue;
    handlers.push_back({handler.start_offset - first, handler.end_offset() - first, handler.handler_offset - first,
                        handler.catch_type_index});
  }
  return handlers;
}

bool falls_through(cap::Flow flow) {
  return flow == cap::Flow::kNext || flow == cap::Flow::kBranch || flow == cap::Flow::kSubroutine;
}

}  // namespace

MethodCode read_code(const cap::CapFile& cap, const cap::MethodSpan& span) {
  MethodCode result;
  const auto octets = cap::octets_of(cap, span);
  const auto header = cap::parse_method_header(octets);
  if (!header) return result;
  result.header = *header;
  result.code = octets.subspan(header->size());
  if (header->abstract()) return result;
  result.handlers = handlers_of(cap, span, span.location.offset + header->size(), result.code.size());
  std::vector<std::size_t> pending{0};
  for (const auto& handler : result.handlers) pending.push_back(handler.target);
  while (!pending.empty()) {
    const auto at = pending.back();
    pending.pop_back();
    if (at >= result.code.size() || result.instructions.contains(at)) continue;
    const auto instruction = cap::decode(result.code, at);
    if (!instruction) continue;
    result.instructions.emplace(at, *instruction);
    for (const auto target : targets_of(result, *instruction)) pending.push_back(target);
    if (falls_through(instruction->info->flow)) pending.push_back(instruction->end());
  }
  return result;
}

std::vector<std::size_t> targets_of(const MethodCode& code, const cap::Instruction& instruction) {
  std::vector<std::size_t> targets;
  for (const auto distance : cap::branch_distances(code.code, instruction))
    targets.push_back(static_cast<std::size_t>(static_cast<std::int64_t>(instruction.offset) + distance));
  return targets;
}

std::uint8_t local_of(const cap::Instruction& instruction) {
  if (const auto* operand = instruction.find(cap::OperandKind::kLocal))
    return static_cast<std::uint8_t>(operand->value);
  const auto opcode = instruction.info->opcode;
  constexpr auto kFirstLoad = static_cast<std::uint8_t>(cap::Opcode::k_aload_0);
  constexpr auto kFirstStore = static_cast<std::uint8_t>(cap::Opcode::k_astore_0);
  constexpr auto kLastLoad = static_cast<std::uint8_t>(cap::Opcode::k_iload_3);
  constexpr auto kLastStore = static_cast<std::uint8_t>(cap::Opcode::k_istore_3);
  if (opcode >= kFirstLoad && opcode <= kLastLoad) return static_cast<std::uint8_t>((opcode - kFirstLoad) % 4);
  if (opcode >= kFirstStore && opcode <= kLastStore) return static_cast<std::uint8_t>((opcode - kFirstStore) % 4);
  return 0;
}

}  // namespace cose::jcvm::detail
