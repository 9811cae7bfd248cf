// SPDX-License-Identifier: Apache-2.0
// Directives of the Class component.
#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/assembler.h"
#include "cap/write.h"

namespace cose::cap::detail {

namespace {

constexpr std::size_t kMaximumInterfaces = 15;  // a nibble

Status parse_flags(Arguments& arguments, std::uint8_t& flags) {
  for (;;) {
    if (arguments.take_flag("shareable")) {
      flags |= kClassShareable;
    } else if (arguments.take_flag("remote")) {
      flags |= kClassRemote;
    } else {
      break;
    }
  }
  COSE_TRY(const auto more, arguments.value_number("flags", 0, 15, 0));
  flags = static_cast<std::uint8_t>(flags | more);
  return {};
}

Result<Bytes> parse_tokens(Arguments& arguments) {
  Bytes tokens;
  while (arguments.has_word()) {
    COSE_TRY(const auto token, arguments.number("a token", 0, UINT8_MAX));
    tokens.push_back(static_cast<std::uint8_t>(token));
  }
  return tokens;
}

std::uint16_t next_offset(const ClassComponent& classes, Format format) {
  std::size_t offset = 0;
  if (format.since(2)) offset = 2;
  for (const auto& type : classes.signature_pool) offset += type.size();
  if (!classes.entries.empty()) offset = offset_of(classes.entries.back()) + size_of(classes.entries.back(), format);
  return static_cast<std::uint16_t>(offset);
}

}  // namespace

Status Assembler::signature(Arguments& arguments) {
  auto& classes = build_.cap.classes;
  if (!format().since(2)) return fail_at(arguments.directive(), "signatures came with CAP format 2.2");
  if (!classes.entries.empty()) return fail_at(arguments.directive(), "signatures stand before all classes");
  COSE_TRY(auto type, type_words(arguments));
  type.offset = static_cast<std::uint16_t>(next_offset(classes, format()) - 2);
  classes.signature_pool.push_back(std::move(type));
  return {};
}

Status Assembler::interface(Arguments& arguments) {
  COSE_CHECK(close_class());
  InterfaceInfo info;
  info.offset = next_offset(build_.cap.classes, format());
  COSE_TRY(const auto name, arguments.word("a name"));
  COSE_CHECK(define(symbols_.classes, name, info.offset));
  COSE_CHECK(parse_flags(arguments, info.flags));
  if (const auto remote_name = arguments.value("name")) info.interface_name = remote_name->text;
  build_.cap.classes.entries.emplace_back(std::move(info));
  return {};
}

Status Assembler::super(Arguments& arguments) {
  auto& entries = build_.cap.classes.entries;
  auto* info = entries.empty() ? nullptr : std::get_if<InterfaceInfo>(&entries.back());
  if (info == nullptr) return fail_at(arguments.directive(), "expected .interface before it");
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto ref, class_ref(*token));
    if (info->superinterfaces.size() == kMaximumInterfaces) return fail_at(*token, "at most 15 superinterfaces");
    info->superinterfaces.push_back(ref);
  }
  return {};
}

Status Assembler::class_info(Arguments& arguments) {
  COSE_CHECK(close_class());
  ClassInfo info;
  info.offset = next_offset(build_.cap.classes, format());
  COSE_TRY(const auto name, arguments.word("a name"));
  COSE_CHECK(define(symbols_.classes, name, info.offset));
  COSE_CHECK(parse_flags(arguments, info.flags));
  if ((info.flags & kClassRemote) != 0) info.remote.emplace();
  build_.mapping_given = false;
  build_.cap.classes.entries.emplace_back(std::move(info));
  return {};
}

Result<ClassInfo*> Assembler::current_class(const Arguments& arguments) {
  auto& entries = build_.cap.classes.entries;
  auto* info = entries.empty() ? nullptr : std::get_if<ClassInfo>(&entries.back());
  if (info == nullptr) return fail_at(arguments.directive(), "expected .class before it");
  return info;
}

Status Assembler::extends(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  COSE_TRY(const auto token, arguments.word("a class"));
  COSE_TRY(info->super_class, class_ref(token));
  return {};
}

Status Assembler::instance(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  COSE_TRY(const auto size, arguments.value_number("size", 0, UINT8_MAX, 0));
  COSE_TRY(const auto first, arguments.value_number("first", 0, UINT8_MAX, UINT8_MAX));
  COSE_TRY(const auto references, arguments.value_number("references", 0, UINT8_MAX, 0));
  info->declared_instance_size = static_cast<std::uint8_t>(size);
  info->first_reference_token = static_cast<std::uint8_t>(first);
  info->reference_count = static_cast<std::uint8_t>(references);
  return {};
}

Status Assembler::public_methods(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  COSE_TRY(const auto base, arguments.value_number("base", 0, UINT8_MAX, info->public_method_table_base));
  info->public_method_table_base = static_cast<std::uint8_t>(base);
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto location, method_ref(*token));
    info->public_virtual_methods.push_back(location);
  }
  return {};
}

Status Assembler::package_methods(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  COSE_TRY(const auto base, arguments.value_number("base", 0, UINT8_MAX, info->package_method_table_base));
  info->package_method_table_base = static_cast<std::uint8_t>(base);
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto location, method_ref(*token));
    info->package_virtual_methods.push_back(location);
  }
  return {};
}

Status Assembler::implements(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  ImplementedInterface implemented;
  COSE_TRY(const auto token, arguments.word("an interface"));
  COSE_TRY(implemented.interface, class_ref(token));
  COSE_TRY(implemented.index, parse_tokens(arguments));
  if (info->interfaces.size() == kMaximumInterfaces) return fail_at(token, "at most 15 interfaces");
  info->interfaces.push_back(std::move(implemented));
  return {};
}

Status Assembler::remote(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  if (!info->remote) return fail_at(arguments.directive(), "expected a class with the word remote");
  if (const auto name = arguments.value("name")) info->remote->class_name = name->text;
  if (const auto modifier = arguments.value("hash_modifier")) {
    const auto octets = from_hex(modifier->text);
    if (!octets) return fail_at(*modifier, octets.error().message);
    info->remote->hash_modifier = *octets;
  }
  return {};
}

Status Assembler::remote_method(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  if (!info->remote) return fail_at(arguments.directive(), "expected a class with the word remote");
  COSE_TRY(const auto hash, arguments.value_number("hash", 0, UINT16_MAX, 0));
  COSE_TRY(const auto signature_offset, arguments.value_number("signature", 0, UINT16_MAX, 0));
  COSE_TRY(const auto token, arguments.value_number("token", 0, UINT8_MAX, 0));
  info->remote->methods.push_back({static_cast<std::uint16_t>(hash), static_cast<std::uint16_t>(signature_offset),
                                   static_cast<std::uint8_t>(token)});
  return {};
}

Status Assembler::remote_interfaces(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  if (!info->remote) return fail_at(arguments.directive(), "expected a class with the word remote");
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto ref, class_ref(*token));
    info->remote->interfaces.push_back(ref);
  }
  return {};
}

Status Assembler::token_mapping(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  build_.mapping_given = true;
  COSE_TRY(const auto tokens, parse_tokens(arguments));
  append(info->public_virtual_method_token_mapping, tokens);
  return {};
}

Status Assembler::inheritable_tokens(Arguments& arguments) {
  COSE_TRY(auto* info, current_class(arguments));
  COSE_TRY(const auto count, arguments.number("a count", 0, UINT8_MAX));
  info->cap22_inheritable_public_method_tokens = static_cast<std::uint8_t>(count);
  return {};
}

// JCVM 3.1 §6.9.2.7: without another word, inherited tokens keep their number and new ones have none in the
// super class.
Status Assembler::close_class() {
  auto& entries = build_.cap.classes.entries;
  auto* info = entries.empty() ? nullptr : std::get_if<ClassInfo>(&entries.back());
  if (info == nullptr || !format().since(3) || build_.mapping_given) return {};
  build_.mapping_given = true;
  const auto tokens = info->public_method_table_base + info->public_virtual_methods.size();
  for (std::size_t token = 0; token < tokens; ++token)
    info->public_virtual_method_token_mapping.push_back(
        token < info->public_method_table_base ? static_cast<std::uint8_t>(token) : std::uint8_t{0xFF});
  return {};
}

}  // namespace cose::cap::detail
