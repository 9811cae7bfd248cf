// SPDX-License-Identifier: Apache-2.0
#include "cap/methods.h"

#include <set>

#include <fmt/format.h>

namespace cose::cap {

namespace {

using Locations = std::set<MethodLocation>;

void add_described(const DescriptorComponent& descriptor, Locations& locations) {
  for (const auto& package : descriptor.packages)
    for (const auto& each : package) {
      // Methods of interfaces have no method_info; their offset is zero (JCVM 3.1 §6.14.2).
      if ((each.flags & kDescriptorInterface) != 0) continue;
      for (const auto& method : each.methods) locations.insert(method.location);
    }
}

void add_referenced(const CapFile& cap, Locations& locations) {
  for (const auto& entry : cap.classes.entries) {
    const auto* info = std::get_if<ClassInfo>(&entry);
    if (info == nullptr) continue;
    locations.insert(info->public_virtual_methods.begin(), info->public_virtual_methods.end());
    locations.insert(info->package_virtual_methods.begin(), info->package_virtual_methods.end());
  }
  if (cap.applets)
    for (const auto& applet : *cap.applets) locations.insert(applet.install_method);
  if (cap.exports)
    for (const auto& package : *cap.exports)
      for (const auto& exported : package)
        locations.insert(exported.static_methods.begin(), exported.static_methods.end());
  for (const auto& constant : cap.constants)
    if (constant.tag == ConstantTag::kStaticMethodref && !constant.external_static())
      locations.insert(constant.method());
}

}  // namespace

Result<MethodHeader> parse_method_header(ByteView method) {
  if (method.size() < 2)
    return fail(ErrorKind::kInvalid, fmt::format("method header: expected 2 octets, found {}", method.size()));
  MethodHeader header;
  header.flags = method[0] >> 4;
  if (!header.extended()) {
    header.max_stack = method[0] & 0x0F;
    header.nargs = method[1] >> 4;
    header.max_locals = method[1] & 0x0F;
    return header;
  }
  if (method.size() < 4)
    return fail(ErrorKind::kInvalid, fmt::format("extended method header: expected 4 octets, found {}", method.size()));
  header.padding = method[0] & 0x0F;
  header.max_stack = method[1];
  header.nargs = method[2];
  header.max_locals = method[3];
  return header;
}

Result<Bytes> write_method_header(const MethodHeader& header) {
  if (header.flags > 0x0F || header.padding > 0x0F)
    return fail(ErrorKind::kLimit, "method flags and padding are nibbles");
  const auto flags = static_cast<std::uint8_t>(header.flags << 4);
  if (header.extended())
    return Bytes{static_cast<std::uint8_t>(flags | header.padding), header.max_stack, header.nargs, header.max_locals};
  if (header.max_stack > 0x0F || header.nargs > 0x0F || header.max_locals > 0x0F)
    return fail(ErrorKind::kLimit, fmt::format("stack {}, args {}, locals {}: more than 15 needs an extended header",
                                               header.max_stack, header.nargs, header.max_locals));
  return Bytes{static_cast<std::uint8_t>(flags | header.max_stack),
               static_cast<std::uint8_t>(header.nargs << 4 | header.max_locals)};
}

std::vector<MethodSpan> method_spans(const CapFile& cap) {
  Locations locations;
  if (cap.descriptor) {
    add_described(*cap.descriptor, locations);
  } else {
    add_referenced(cap, locations);
  }
  std::vector<MethodSpan> spans;
  for (const auto location : locations) {
    if (location.block >= cap.method_blocks.size()) continue;
    const auto& block = cap.method_blocks[location.block];
    if (location.offset < block.methods_start() || location.offset >= block.size()) continue;
    if (!spans.empty() && spans.back().location.block == location.block) spans.back().end = location.offset;
    spans.push_back({location, block.size()});
  }
  return spans;
}

ByteView octets_of(const CapFile& cap, const MethodSpan& span) {
  return cap.method_blocks[span.location.block].octets(span.location.offset, span.end);
}

}  // namespace cose::cap
