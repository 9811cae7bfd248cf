// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/verification.h"

#include <algorithm>

#include <fmt/format.h>

#include "cap/limits.h"

namespace cose::cap::detail {

Verification::Verification(const Components& components)
    : components_(components), parsed_(parse_leniently(components)), methods_(method_spans(parsed_.cap)) {
  if (!parsed_.cap.descriptor) return;
  for (const auto& package : parsed_.cap.descriptor->packages)
    for (const auto& each : package) {
      if ((each.flags & kDescriptorInterface) != 0) continue;
      for (const auto& method : each.methods) described_.emplace(method.location, &method);
    }
}

bool Verification::has(ComponentTag tag) const {
  return components_.find(tag) != nullptr && parsed_.readable(tag);
}

const MethodSpan* Verification::method_at(MethodLocation location) const {
  const auto found = std::ranges::lower_bound(methods_, location, {}, &MethodSpan::location);
  return found != methods_.end() && found->location == location ? &*found : nullptr;
}

const MethodDescriptor* Verification::described(MethodLocation location) const {
  const auto found = described_.find(location);
  return found == described_.end() ? nullptr : found->second;
}

void Verification::add(Finding finding) {
  if (report_.findings.size() < kMaximumFindings) {
    report_.findings.push_back(std::move(finding));
    return;
  }
  if (report_.findings.size() > kMaximumFindings) return;
  report_.findings.push_back({Severity::kError, finding.component, finding.offset,
                              fmt::format("more than {} findings; the rest is not listed", kMaximumFindings)});
}

void Verification::error(ComponentTag tag, std::size_t offset, std::string message) {
  add({Severity::kError, tag, offset, std::move(message)});
}

void Verification::warning(ComponentTag tag, std::size_t offset, std::string message) {
  add({Severity::kWarning, tag, offset, std::move(message)});
}

void Verification::check_aid(ComponentTag tag, std::size_t offset, ByteView aid, const std::string& what) {
  if (aid.size() < kMinimumAid || aid.size() > kMaximumAid)
    error(tag, offset, fmt::format("{}: expected an AID of 5 to 16 octets, found {}", what, aid.size()));
}

void Verification::check_method(ComponentTag tag, std::size_t offset, MethodLocation location,
                                const std::string& what) {
  if (!has(ComponentTag::kMethod)) return;
  if (method_at(location) == nullptr)
    error(tag, offset,
          fmt::format("{}: no method starts at offset 0x{:04X} of block {}", what, location.offset, location.block));
}

void Verification::check_class_ref(ComponentTag tag, std::size_t offset, ClassRef ref, Wanted wanted,
                                   const std::string& what) {
  if (ref.external() || ref.none()) {
    if (!has(ComponentTag::kImport)) return;
    if (ref.package_token() >= cap().imports.size())
      error(tag, offset,
            fmt::format("{}: package token {} of {} imports", what, ref.package_token(), cap().imports.size()));
    return;
  }
  if (!has(ComponentTag::kClass)) return;
  const auto* entry = cap().classes.at(ref.value);
  if (entry == nullptr) {
    error(tag, offset, fmt::format("{}: no class or interface starts at offset 0x{:04X}", what, ref.value));
    return;
  }
  const bool is_class = std::holds_alternative<ClassInfo>(*entry);
  if (wanted == Wanted::kClass && !is_class)
    error(tag, offset, fmt::format("{}: expected a class at offset 0x{:04X}, found an interface", what, ref.value));
  if (wanted == Wanted::kInterface && is_class)
    error(tag, offset, fmt::format("{}: expected an interface at offset 0x{:04X}, found a class", what, ref.value));
}

void Verification::check_virtual_token(ComponentTag tag, std::size_t offset, ClassRef ref, std::uint8_t token,
                                       const std::string& what) {
  const bool package_visible = (token & kPackageVisible) != 0;
  if (!ref.internal()) {
    if (package_visible)
      error(tag, offset, fmt::format("{}: package-visible token 0x{:02X} of another package", what, token));
    return;
  }
  const auto* info = cap().classes.class_at(ref.value);
  if (info == nullptr) return;
  const auto limit = package_visible ? info->package_method_table_base + info->package_virtual_methods.size()
                                     : info->public_method_table_base + info->public_virtual_methods.size();
  if ((token & 0x7FU) < limit) return;
  // A class that declares no method of this kind need not say how many it inherits.
  const bool declares =
      package_visible ? !info->package_virtual_methods.empty() : !info->public_virtual_methods.empty();
  const auto message = fmt::format("{}: method token 0x{:02X}, but the class has {}", what, token, limit);
  if (declares) return error(tag, offset, message);
  warning(tag, offset, message);
}

}  // namespace cose::cap::detail
