// SPDX-License-Identifier: Apache-2.0
// Directives of the package: Header, Import, Applet, ConstantPool, StaticField, Export, StaticResources, and what
// overrides them.
#include <algorithm>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/assembler.h"

namespace cose::cap::detail {

namespace {

Result<Version> parse_version(const Token& token) {
  const auto dot = token.text.find('.');
  if (dot == std::string::npos) return fail_at(token, fmt::format("expected a version as 1.0, found '{}'", token.text));
  COSE_TRY(const auto major, parse_number({token.text.substr(0, dot), token.line, token.column}, 0, UINT8_MAX));
  COSE_TRY(const auto minor,
           parse_number({token.text.substr(dot + 1), token.line, token.column + dot + 1}, 0, UINT8_MAX));
  return Version{static_cast<std::uint8_t>(major), static_cast<std::uint8_t>(minor)};
}

Result<Bytes> parse_aid(Arguments& arguments) {
  COSE_TRY(const auto token, arguments.word("an AID"));
  // An AID without octets, as a hostile file may have it, has to be written somehow.
  if (token.text == "-") return Bytes{};
  const auto aid = from_hex(token.text);
  if (!aid) return fail_at(token, aid.error().message);
  if (aid->size() > UINT8_MAX) return fail_at(token, fmt::format("an AID of {} octets", aid->size()));
  return *aid;
}

Result<PackageInfo> parse_package(Arguments& arguments) {
  PackageInfo package;
  COSE_TRY(package.aid, parse_aid(arguments));
  COSE_TRY(const auto version, arguments.word("a version"));
  COSE_TRY(package.version, parse_version(version));
  return package;
}

struct ConstantName {
  std::string_view name;
  ConstantTag tag;
};

constexpr std::array<ConstantName, 6> kConstantNames = {{{"class", ConstantTag::kClassref},
                                                         {"field", ConstantTag::kInstanceFieldref},
                                                         {"virtual", ConstantTag::kVirtualMethodref},
                                                         {"super", ConstantTag::kSuperMethodref},
                                                         {"static_field", ConstantTag::kStaticFieldref},
                                                         {"static_method", ConstantTag::kStaticMethodref}}};

struct ArrayName {
  std::string_view name;
  std::uint8_t type;
};

constexpr std::array<ArrayName, 4> kArrayNames = {{{"boolean", 2}, {"byte", 3}, {"short", 4}, {"int", 5}}};

constexpr std::uint8_t kArrayInitInt = 5;

}  // namespace

Status Assembler::cap(Arguments& arguments) {
  if (build_.started) return fail_at(arguments.directive(), ".cap is there twice");
  build_.started = true;
  auto& header = build_.cap.header;
  COSE_TRY(const auto version, arguments.word("a format version"));
  COSE_TRY(header.format, parse_version(version));
  if (!arguments.take_flag("extended")) return {};
  header.flags = kHeaderExtended;
  COSE_TRY(header.cap, parse_package(arguments));
  return {};
}

Status Assembler::package(Arguments& arguments) {
  auto& header = build_.cap.header;
  if (!header.packages.empty() && !format().extended())
    return fail_at(arguments.directive(), "a compact CAP file has one package");
  COSE_TRY(auto package, parse_package(arguments));
  header.packages.push_back(std::move(package));
  const auto name = arguments.optional_word();
  if (name && !format().since(2)) return fail_at(*name, "packages have names since CAP format 2.2");
  if (format().since(2)) header.package_names.push_back(name ? name->text : "");
  return {};
}

Status Assembler::flags(Arguments& arguments) {
  COSE_TRY(const auto value, arguments.number("the Header flags", 0, UINT8_MAX));
  build_.flags = static_cast<std::uint8_t>(value);
  return {};
}

Status Assembler::import(Arguments& arguments) {
  COSE_TRY(auto package, parse_package(arguments));
  build_.cap.imports.push_back(std::move(package));
  return {};
}

Status Assembler::applet(Arguments& arguments) {
  AppletInfo applet;
  COSE_TRY(applet.aid, parse_aid(arguments));
  COSE_TRY(const auto install, arguments.word("the install method"));
  COSE_TRY(applet.install_method, method_ref(install));
  if (!build_.cap.applets) build_.cap.applets.emplace();
  build_.cap.applets->push_back(std::move(applet));
  return {};
}

Status Assembler::constant(Arguments& arguments) {
  auto& constants = build_.cap.constants;
  COSE_TRY(const auto name, arguments.word("a name"));
  COSE_CHECK(define(symbols_.constants, name, static_cast<std::uint16_t>(constants.size())));
  COSE_TRY(const auto kind, arguments.word("class, field, virtual, super, static_field, static_method or raw"));
  Constant constant;
  if (kind.text == "raw") {
    COSE_TRY(const auto octets, arguments.hex());
    if (octets.size() != 4) return fail_at(kind, fmt::format("expected 4 octets, found {}", octets.size()));
    constant.tag = static_cast<ConstantTag>(octets[0]);
    std::ranges::copy(ByteView(octets).subspan(1), constant.info.begin());
    constants.push_back(constant);
    return {};
  }
  const auto known = std::ranges::find(kConstantNames, kind.text, &ConstantName::name);
  if (known == kConstantNames.end()) return fail_at(kind, fmt::format("'{}' is no kind of constant", kind.text));
  constant.tag = known->tag;
  COSE_TRY(const auto target, arguments.word("what it refers to"));
  if (constant.tag == ConstantTag::kStaticFieldref || constant.tag == ConstantTag::kStaticMethodref) {
    COSE_TRY(constant.info, static_ref(target, constant.tag));
  } else {
    COSE_TRY(const auto ref, class_ref(target));
    std::int64_t token = 0;
    if (constant.tag != ConstantTag::kClassref) {
      COSE_TRY(token, arguments.number("a token", 0, UINT8_MAX));
    }
    constant.info = {static_cast<std::uint8_t>(ref.value >> 8), static_cast<std::uint8_t>(ref.value & 0xFF),
                     static_cast<std::uint8_t>(token)};
  }
  constants.push_back(constant);
  return {};
}

Status Assembler::statics(Arguments& arguments) {
  auto& fields = build_.cap.static_fields;
  COSE_TRY(const auto references, arguments.value_number("references", 0, UINT16_MAX, 0));
  COSE_TRY(const auto defaults, arguments.value_number("defaults", 0, UINT16_MAX, 0));
  fields.reference_count = static_cast<std::uint16_t>(references);
  fields.default_value_count = static_cast<std::uint16_t>(defaults);
  COSE_TRY(const auto image, arguments.value_number("image", 0, UINT16_MAX, -1));
  if (image >= 0) build_.image_size = static_cast<std::uint16_t>(image);
  return {};
}

Status Assembler::array(Arguments& arguments) {
  ArrayInit array;
  COSE_TRY(const auto type, arguments.word("boolean, byte, short, int or a number"));
  const auto known = std::ranges::find(kArrayNames, type.text, &ArrayName::name);
  if (known != kArrayNames.end()) {
    array.type = known->type;
  } else {
    COSE_TRY(const auto number, parse_number(type, 0, UINT8_MAX));
    array.type = static_cast<std::uint8_t>(number);
  }
  if (array.type == kArrayInitInt) build_.uses_int = true;
  COSE_TRY(array.values, arguments.hex());
  build_.cap.static_fields.array_init.push_back(std::move(array));
  return {};
}

Status Assembler::values(Arguments& arguments) {
  COSE_TRY(const auto octets, arguments.hex());
  append(build_.cap.static_fields.non_default_values, octets);
  return {};
}

Status Assembler::export_package(Arguments& /*arguments*/) {
  if (!build_.cap.exports) build_.cap.exports.emplace();
  build_.cap.exports->emplace_back();
  return {};
}

Status Assembler::export_class(Arguments& arguments) {
  auto& exports = build_.cap.exports;
  if (!exports) exports.emplace();
  if (exports->empty()) exports->emplace_back();
  ClassExport exported;
  COSE_TRY(const auto token, arguments.word("a class or interface"));
  COSE_TRY(const auto ref, class_ref(token));
  exported.class_offset = ref.value;
  exports->back().push_back(exported);
  return {};
}

Status Assembler::export_fields(Arguments& arguments) {
  auto& exports = build_.cap.exports;
  if (!exports || exports->empty() || exports->back().empty())
    return fail_at(arguments.directive(), "expected .export before it");
  while (arguments.has_word()) {
    COSE_TRY(const auto offset, arguments.number("an offset", 0, UINT16_MAX));
    exports->back().back().static_field_offsets.push_back(static_cast<std::uint16_t>(offset));
  }
  return {};
}

Status Assembler::export_methods(Arguments& arguments) {
  auto& exports = build_.cap.exports;
  if (!exports || exports->empty() || exports->back().empty())
    return fail_at(arguments.directive(), "expected .export before it");
  while (const auto token = arguments.optional_word()) {
    COSE_TRY(const auto location, method_ref(*token));
    exports->back().back().static_methods.push_back(location);
  }
  return {};
}

Status Assembler::resource(Arguments& arguments) {
  COSE_TRY(const auto id, arguments.number("a resource id", 0, UINT16_MAX));
  if (!build_.cap.static_resources) build_.cap.static_resources.emplace();
  build_.cap.static_resources->push_back({static_cast<std::uint16_t>(id), {}});
  return resource_data(arguments);
}

Status Assembler::resource_data(Arguments& arguments) {
  auto& resources = build_.cap.static_resources;
  if (!resources || resources->empty()) return fail_at(arguments.directive(), "expected .resource before it");
  COSE_TRY(const auto octets, arguments.hex());
  append(resources->back().content, octets);
  return {};
}

Status Assembler::debug(Arguments& arguments) {
  COSE_TRY(const auto octets, arguments.hex());
  if (!build_.cap.debug) build_.cap.debug.emplace();
  append(*build_.cap.debug, octets);
  return {};
}

Status Assembler::custom(Arguments& arguments) {
  COSE_TRY(const auto tag, arguments.number("a tag", 128, UINT8_MAX));
  COSE_TRY(auto aid, parse_aid(arguments));
  COSE_TRY(auto info, arguments.hex());
  build_.cap.directory.custom_components.push_back(
      {static_cast<std::uint8_t>(tag), static_cast<std::uint32_t>(info.size()), std::move(aid)});
  build_.custom[static_cast<ComponentTag>(tag)] = std::move(info);
  return {};
}

Status Assembler::component(Arguments& arguments) {
  COSE_TRY(const auto name, arguments.word("the name of a component"));
  const auto tag = component_named(name.text);
  if (!tag) return fail_at(name, fmt::format("'{}' is no component", name.text));
  COSE_TRY(const auto octets, arguments.hex());
  append(build_.raw[*tag], octets);
  return {};
}

Status Assembler::omit(Arguments& arguments) {
  while (const auto name = arguments.optional_word()) {
    const auto tag = component_named(name->text);
    if (!tag) return fail_at(*name, fmt::format("'{}' is no component", name->text));
    build_.omitted.insert(*tag);
  }
  return {};
}

Status Assembler::directory(Arguments& arguments) {
  COSE_TRY(const auto key, arguments.word("a component or a field"));
  COSE_TRY(const auto value, arguments.word("its value"));
  build_.directory[key.text] = value;
  return {};
}

}  // namespace cose::cap::detail
