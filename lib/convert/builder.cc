// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/builder.h"

#include <algorithm>

#include <fmt/format.h>

#include "cap/limits.h"
#include "cap/reference_location.h"
#include "cap/write.h"

namespace cose::convert::detail {

namespace {

constexpr std::size_t kMaximumHandlers = 255;  // JCVM 3.1 §6.10: u1 handler_count

cap::Constant make_constant(cap::ConstantTag tag, cap::ClassRef type, std::uint8_t token) {
  return {tag, {static_cast<std::uint8_t>(type.value >> 8), static_cast<std::uint8_t>(type.value & 0xFF), token}};
}

std::size_t argument_words(const MethodUnit& method) {
  std::size_t words = method.is(classfile::kStatic) ? 0 : 1;
  for (const auto& each : method.type.parameters) words += !each.is_reference() && each.kind == 'I' ? 2U : 1U;
  return words;
}

cap::MethodHeader abstract_header(const MethodUnit& method) {
  cap::MethodHeader header;
  header.nargs = static_cast<std::uint8_t>(argument_words(method));
  header.flags = cap::kMethodAbstract;
  if (header.nargs > 15) header.flags |= cap::kMethodExtended;
  return header;
}

}  // namespace

Builder::Builder(Program& program, Symbols& symbols, std::vector<CardCode>& codes, cap::StaticFieldComponent statics)
    : program_(program), symbols_(symbols), codes_(codes) {
  cap_.static_fields = std::move(statics);
  for (auto& code : codes_) code_of_[code.method] = &code;
}

Result<cap::Components> Builder::run() {
  use_types();
  add_header();
  add_imports();
  COSE_CHECK(place_methods());
  place_classes();
  fill_classes();
  add_constants();
  add_code();
  add_applets();
  add_exports();
  add_descriptor();
  add_debug();
  if (program_.has_problems()) return fail(ErrorKind::kInvalid, "problems");
  return finish();
}

// ---- Header, Import, Applet ----

void Builder::use_type(const classfile::FieldType& type) {
  if (type.kind != 'L') return;
  const auto found = program_.find_type(type.class_name);
  if (found.external != nullptr) program_.use(*found.external, found.external->since);
}

void Builder::use_types() {
  const auto use = [&](TypeRef type) {
    if (type.external != nullptr) program_.use(*type.external, type.external->since);
  };
  for (auto* unit : program_.units()) {
    if (!unit->is_interface()) use(unit->super);
    for (const auto& interface : program_.interfaces_of({unit, nullptr})) use(interface);
    for (const auto& field : unit->fields)
      if (!field.constant) use_type(field.type);
    for (const auto& method : unit->methods) {
      if (method.is_class_initializer()) continue;
      for (const auto& parameter : method.type.parameters) use_type(parameter);
      use_type(method.type.result);
    }
  }
  // Signatures of foreign members stand in the Descriptor too.
  for (const auto& symbol : symbols_.list()) {
    if (symbol.external_method != nullptr) {
      const auto type =
          classfile::parse_method_descriptor(symbol.external_method->descriptor).value_or(classfile::MethodType{});
      for (const auto& parameter : type.parameters) use_type(parameter);
      use_type(type.result);
    }
    if (symbol.external_field != nullptr)
      use_type(classfile::parse_field_descriptor(symbol.external_field->descriptor).value_or(classfile::FieldType{}));
  }
}

bool Builder::uses_ints() const {
  const auto is_int = [](const classfile::FieldType& type) { return type.kind == 'I'; };
  for (const auto* unit : program_.units()) {
    for (const auto& field : unit->fields)
      if (!field.constant && is_int(field.type)) return true;
    for (const auto& method : unit->methods)
      if (is_int(method.type.result) || std::ranges::any_of(method.type.parameters, is_int)) return true;
  }
  return std::ranges::any_of(codes_, [](const CardCode& code) {
    return std::ranges::any_of(code.instructions, [](const CardInstruction& each) {
      return cap::kOpcodeTable[static_cast<std::size_t>(each.op)].int_family ||
             (each.op == cap::Opcode::k_newarray && each.first == cap::kArrayOfInt);
    });
  });
}

void Builder::add_header() {
  const auto& options = program_.options();
  cap_.header.format = options.format;
  cap_.header.packages = {{options.version, options.aid}};
  if (options.format.minor >= 2) cap_.header.package_names = {program_.package()};
  if (uses_ints()) cap_.header.flags |= cap::kHeaderInt;
  if (!options.applets.empty()) cap_.header.flags |= cap::kHeaderApplet;
}

void Builder::add_imports() {
  std::vector<const ExternalPackage*> packages;
  for (const auto& [package, version] : program_.used()) packages.push_back(package);
  std::ranges::sort(packages, {}, &ExternalPackage::aid);
  for (const auto* package : packages) {
    import_tokens_[package] = static_cast<std::uint8_t>(cap_.imports.size());
    cap_.imports.push_back({program_.used().at(package), package->aid});
  }
  if (cap_.imports.size() > cap::kMaximumImports)
    program_.report(
        {.file = {},
         .line = {},
         .class_name = {},
         .method = {},
         .reason = fmt::format("{} imported packages, at most {}", cap_.imports.size(), cap::kMaximumImports)});
}

void Builder::add_applets() {
  const auto& wanted = program_.options().applets;
  if (wanted.empty()) return;
  auto& applets = cap_.applets.emplace();
  for (const auto& each : wanted) {
    auto name = each.class_name;
    std::ranges::replace(name, '.', '/');
    auto type = program_.find_type(name);
    if (type.unit == nullptr) type = program_.find_type(program_.package() + "/" + name);
    if (type.unit == nullptr) {
      program_.report(
          {.file = {},
           .line = {},
           .class_name = each.class_name,
           .method = {},
           .reason = fmt::format("the applet's class is not in package {}", to_java_name(program_.package()))});
      continue;
    }
    // JCRE 3.1 §3.1; the method may be inherited.
    const auto install = program_.find_method(type, "install", "([BSB)V").unit;
    if (install == nullptr || !install->is(classfile::kStatic) || !install->is(classfile::kPublic)) {
      program_.report(*type.unit, "an applet's class needs public static void install(byte[], short, byte)");
      continue;
    }
    applets.push_back({each.aid, install->location});
  }
}

// ---- Method ----

Status Builder::place_methods() {
  auto& block = cap_.method_blocks.emplace_back();
  std::size_t handlers = 0;
  for (const auto& code : codes_) handlers += code.handlers.size();
  if (handlers > kMaximumHandlers)
    return fail(ErrorKind::kLimit,
                fmt::format("{} exception handlers in the package, at most {}", handlers, kMaximumHandlers));
  block.handlers.resize(handlers);
  std::size_t next_handler = 0;
  for (auto* unit : program_.units()) {
    if (unit->is_interface()) continue;
    for (auto& method : unit->methods) {
      if (method.is_class_initializer()) continue;
      method.location.offset = static_cast<std::uint16_t>(block.size());
      const auto found = code_of_.find(&method);
      COSE_TRY(const auto header,
               cap::write_method_header(found == code_of_.end() ? abstract_header(method) : found->second->header));
      append(block.methods, header);
      first_handler_[&method] = next_handler;
      if (found == code_of_.end()) continue;
      next_handler += found->second->handlers.size();
      append(block.methods, found->second->octets);
      if (block.size() > cap::kMaximumMethodBlock)
        return fail(ErrorKind::kLimit,
                    fmt::format("the code of the package takes more than {} octets", cap::kMaximumMethodBlock));
    }
  }
  return {};
}

void Builder::add_code() {
  auto& block = cap_.method_blocks.front();
  std::vector<std::size_t> byte_offsets;
  std::vector<std::size_t> byte2_offsets;
  for (auto* unit : program_.units())
    for (auto& method : unit->methods) {
      const auto found = code_of_.find(&method);
      if (found == code_of_.end()) continue;
      const auto& code = *found->second;
      const auto start = method.location.offset + code.header.size();
      for (const auto& reference : code.references) {
        const auto at = start + reference.offset;
        auto* octets = block.methods.data() + (at - block.methods_start());
        if (reference.two_octets) *octets++ = static_cast<std::uint8_t>(reference.symbol >> 8);
        *octets = static_cast<std::uint8_t>(reference.symbol & 0xFF);
        (reference.two_octets ? byte2_offsets : byte_offsets).push_back(at);
      }
      auto next = first_handler_.at(&method);
      for (const auto& handler : code.handlers) {
        if (handler.symbol >= 0) byte2_offsets.push_back(1 + cap::kExceptionHandlerSize * next + 6);
        auto& made = block.handlers[next++];
        made.start_offset = static_cast<std::uint16_t>(start + handler.start);
        made.active = static_cast<std::uint16_t>((handler.stop ? 0x8000U : 0U) | (handler.end - handler.start));
        made.handler_offset = static_cast<std::uint16_t>(start + handler.handler);
        made.catch_type_index = static_cast<std::uint16_t>(std::max(handler.symbol, 0));
      }
    }
  std::ranges::sort(byte2_offsets);
  cap_.reference_locations.push_back({cap::jumps_to(byte_offsets), cap::jumps_to(byte2_offsets)});
}

// ---- ConstantPool ----

cap::ClassRef Builder::class_ref(TypeRef type) const {
  if (type.unit != nullptr) return {type.unit->offset};
  if (type.external == nullptr) return {};
  const auto token = import_tokens_.at(type.external->package);
  return {static_cast<std::uint16_t>(0x8000U | static_cast<unsigned>(token) << 8 | type.external->token)};
}

cap::Constant Builder::constant(const Symbol& symbol) const {
  const auto tag = symbol.tag;
  const auto internal = [&](std::uint16_t offset) {
    return cap::Constant{tag, {0, static_cast<std::uint8_t>(offset >> 8), static_cast<std::uint8_t>(offset & 0xFF)}};
  };
  const auto external = [&](std::uint8_t token) {
    const auto package = static_cast<std::uint8_t>(0x80U | import_tokens_.at(symbol.type.external->package));
    return cap::Constant{tag, {package, symbol.type.external->token, token}};
  };
  switch (tag) {
    case cap::ConstantTag::kClassref: return make_constant(tag, class_ref(symbol.type), 0);
    case cap::ConstantTag::kStaticFieldref:
      return symbol.field != nullptr ? internal(symbol.field->static_offset) : external(symbol.external_field->token);
    case cap::ConstantTag::kStaticMethodref:
      return symbol.method != nullptr ? internal(symbol.method->location.offset)
                                      : external(symbol.external_method->token);
    case cap::ConstantTag::kInstanceFieldref:
      return make_constant(tag, class_ref(symbol.type),
                           symbol.field != nullptr ? symbol.field->token : symbol.external_field->token);
    default:
      return make_constant(tag, class_ref(symbol.type),
                           symbol.method != nullptr ? symbol.method->token : symbol.external_method->token);
  }
}

void Builder::add_constants() {
  for (const auto& symbol : symbols_.list()) cap_.constants.push_back(constant(symbol));
}

// ---- Export, Directory ----

void Builder::add_exports() {
  cap::PackageExports exports;
  for (auto* unit : program_.units()) {
    if (unit->token == kNoToken) continue;
    cap::ClassExport made;
    made.class_offset = unit->offset;
    for (const auto& field : unit->fields)
      if (field.is_static() && field.token != kNoToken) made.static_field_offsets.push_back(field.static_offset);
    for (const auto& method : unit->methods)
      if (!method.is_virtual() && method.token != kNoToken) made.static_methods.push_back(method.location);
    exports.push_back(std::move(made));
  }
  if (exports.empty()) return;
  cap_.header.flags |= cap::kHeaderExport;
  cap_.exports = {std::move(exports)};
}

Result<cap::Components> Builder::finish() {
  auto& directory = cap_.directory;
  const auto& fields = cap_.static_fields;
  directory.image_size = fields.image_size;
  directory.array_init_count = static_cast<std::uint16_t>(fields.array_init.size());
  std::size_t array_octets = 0;
  for (const auto& array : fields.array_init) array_octets += array.values.size();
  if (array_octets > UINT16_MAX)
    return fail(ErrorKind::kLimit,
                fmt::format("initialised arrays of {} octets together, at most {}", array_octets, UINT16_MAX));
  directory.array_init_size = static_cast<std::uint16_t>(array_octets);
  directory.import_count = static_cast<std::uint8_t>(cap_.imports.size());
  directory.applet_count = static_cast<std::uint8_t>(cap_.applets ? cap_.applets->size() : 0);
  COSE_TRY(auto components, cap::write(cap_));
  for (const auto& [tag, info] : components.infos)
    directory.component_sizes[cap::number_of(tag) - 1U] = static_cast<std::uint32_t>(info.size());
  COSE_TRY(components.infos[cap::ComponentTag::kDirectory], cap::write_directory(directory, format()));
  components.path = program_.package();
  return components;
}

}  // namespace cose::convert::detail
