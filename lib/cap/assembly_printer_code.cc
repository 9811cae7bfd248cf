// SPDX-License-Identifier: Apache-2.0
// Methods and their exception handlers as assembler text.
#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/assembly_printer.h"
#include "cap/disassemble.h"

namespace cose::cap::detail {

namespace {

bool is_same_block(const MethodSpan& span, std::size_t block) {
  return span.location.block == block;
}

std::string header_text(const MethodHeader& header) {
  std::string text;
  if (header.abstract()) text += " abstract";
  if (header.extended()) text += " extended";
  if ((header.flags & 3) != 0) text += fmt::format(" flags={}", header.flags & 3);
  if (header.padding != 0) text += fmt::format(" padding={}", header.padding);
  return text + fmt::format(" stack={} args={} locals={}", header.max_stack, header.nargs, header.max_locals);
}

}  // namespace

void AssemblyPrinter::blocks() {
  for (std::size_t at = 0; at < cap_.method_blocks.size(); ++at) {
    section("Method");
    if (cap_.header.shape().extended()) line(".block");
    const auto& block = cap_.method_blocks[at];
    const auto& methods = references_.methods();
    const auto first = std::ranges::find_if(methods, [&](const MethodSpan& span) { return is_same_block(span, at); });
    const auto start = first == methods.end() ? block.size() : first->location.offset;
    // Octets in front of the first known method: reachable by nobody, but there.
    if (start > block.methods_start())
      hex_lines(fmt::format(".data block{}", at), ".data +", block.octets(block.methods_start(), start));
    catches_ = handlers_fit(at);
    if (!catches_) handlers(at);
    for (auto span = first; span != methods.end() && is_same_block(*span, at); ++span) method(*span);
  }
}

void AssemblyPrinter::handlers(std::size_t block) {
  for (const auto& handler : cap_.method_blocks[block].handlers)
    line(fmt::format(".handler 0x{:04X} 0x{:04X} 0x{:04X} {}", handler.start_offset, handler.active,
                     handler.handler_offset, handler.catch_type_index));
}

// Whether every handler can be written inside its method with labels, in the order in which the table has them.
bool AssemblyPrinter::handlers_fit(std::size_t block) const {
  const auto& handlers = cap_.method_blocks[block].handlers;
  std::size_t next = 0;
  for (const auto& span : references_.methods()) {
    if (!is_same_block(span, block) || next == handlers.size()) continue;
    const auto octets = octets_of(cap_, span);
    const auto header = parse_method_header(octets);
    if (!header) continue;
    const auto code = octets.subspan(std::min(header->size(), octets.size()));
    const auto base = span.location.offset + header->size();
    const auto starts = instruction_starts(code);
    const auto fits = [&](std::size_t offset) {
      return offset >= base && (starts.contains(offset - base) || offset - base == code.size());
    };
    while (next < handlers.size() && handlers[next].start_offset >= base && handlers[next].start_offset < span.end &&
           fits(handlers[next].start_offset) && fits(handlers[next].end_offset()) &&
           fits(handlers[next].handler_offset) && handlers[next].handler_offset < span.end)
      ++next;
  }
  return next == handlers.size();
}

void AssemblyPrinter::method(const MethodSpan& span) {
  const auto octets = octets_of(cap_, span);
  const auto header = parse_method_header(octets);
  const auto name = references_.method(span.location);
  if (!header) return line(fmt::format(".data {} {}", name, to_hex(octets)), header.error().message);
  const auto described = references_.describe_method(span.location);
  line(fmt::format(".method {}{}", name, header_text(*header)),
       fmt::format("0x{:04X}{}{}", span.location.offset, described.empty() ? "" : " ", described));
  code(octets.subspan(header->size()), span, header->size());
}

void AssemblyPrinter::code(ByteView code, const MethodSpan& span, std::size_t header_size) {
  const auto base = span.location.offset + header_size;
  DisassembleOptions options;
  options.constant = [&](std::size_t index) { return references_.constant(index); };
  if (comments_)
    options.comment = [&](const Instruction& instruction, std::size_t index) {
      return references_.describe(instruction, index);
    };
  std::string catches;
  if (catches_) {
    for (const auto& handler : cap_.method_blocks[span.location.block].handlers) {
      if (handler.start_offset < base || handler.start_offset >= span.end) continue;
      for (const std::size_t offset :
           {std::size_t{handler.start_offset}, handler.end_offset(), std::size_t{handler.handler_offset}})
        options.labels.insert(offset - base);
      const auto type = handler.catch_type_index == 0 ? "any" : references_.constant(handler.catch_type_index);
      catches += fmt::format("    .catch start={} end={} handler={} type={}{}\n", label_of(handler.start_offset - base),
                             label_of(handler.end_offset() - base), label_of(handler.handler_offset - base), type,
                             handler.stop_bit() ? " stop" : "");
    }
  }
  text_ += disassemble(code, options) + catches;
}

}  // namespace cose::cap::detail
