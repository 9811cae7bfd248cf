// SPDX-License-Identifier: Apache-2.0
#include "cap/detail/assembly_printer.h"

#include <fmt/format.h>

#include "bytes/hex.h"

namespace cose::cap::detail {

namespace {

constexpr std::size_t kOctetsPerLine = 32;

std::string aid_text(ByteView aid) {
  return aid.empty() ? "-" : to_hex(aid);
}

std::string package_text(const PackageInfo& package) {
  return fmt::format("{} {}.{}", aid_text(package.aid), package.version.major, package.version.minor);
}

std::string class_flags(std::uint8_t flags) {
  std::string text;
  if ((flags & kClassShareable) != 0) text += " shareable";
  if ((flags & kClassRemote) != 0) text += " remote";
  if ((flags & 1) != 0) text += " flags=1";
  return text;
}

std::string numbers(ByteView values) {
  std::string text;
  for (const auto value : values) text += fmt::format(" {}", value);
  return text;
}

}  // namespace

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char character : text) {
    const auto octet = static_cast<unsigned char>(character);
    if (octet < 0x20 || octet > 0x7E) {
      out += fmt::format("\\x{:02X}", octet);
    } else {
      if (character == '"' || character == '\\') out += '\\';
      out += character;
    }
  }
  return out + "\"";
}

AssemblyPrinter::AssemblyPrinter(const LenientParse& parsed, const Components& components, Comments comments,
                                 const NameSource* names)
    : parsed_(parsed),
      cap_(parsed.cap),
      components_(components),
      comments_(comments == Comments::kYes),
      names_(names),
      references_(parsed.cap, names) {}

std::string AssemblyPrinter::run() {
  header();
  imports();
  applets();
  constants();
  classes();
  blocks();
  static_fields();
  exports();
  descriptor();
  static_resources();
  debug();
  custom();
  return std::move(text_);
}

void AssemblyPrinter::section(std::string_view title) {
  text_ += '\n';
  if (comments_) text_ += fmt::format("; {}\n", title);
}

void AssemblyPrinter::line(std::string text, std::string_view comment) {
  if (comments_ && !comment.empty()) text = fmt::format("{:<40}; {}", text, comment);
  text_ += text + "\n";
}

void AssemblyPrinter::hex_lines(const std::string& first, const std::string& next, ByteView octets) {
  const auto* prefix = &first;
  do {
    const auto part = octets.first(std::min(kOctetsPerLine, octets.size()));
    line(*prefix + (part.empty() ? "" : " ") + to_hex(part));
    octets = octets.subspan(part.size());
    prefix = &next;
  } while (!octets.empty());
}

void AssemblyPrinter::header() {
  const auto& header = cap_.header;
  line(fmt::format(".cap {}.{}{}", header.format.major, header.format.minor,
                   header.cap ? " extended " + package_text(*header.cap) : ""));
  for (std::size_t at = 0; at < header.packages.size(); ++at)
    line(".package " + package_text(header.packages[at]) +
         (at < header.package_names.size() ? " " + quoted(header.package_names[at]) : ""));
}

void AssemblyPrinter::imports() {
  if (!cap_.imports.empty()) section("Import");
  for (std::size_t at = 0; at < cap_.imports.size(); ++at) {
    const auto& package = cap_.imports[at];
    line(".import " + package_text(package),
         fmt::format("{}{}", at, names_ != nullptr ? " " + names_->package(package.aid) : ""));
  }
}

void AssemblyPrinter::applets() {
  if (!cap_.applets) return;
  section("Applet");
  for (const auto& applet : *cap_.applets)
    line(fmt::format(".applet {} {}", aid_text(applet.aid), references_.method(applet.install_method)));
}

void AssemblyPrinter::constants() {
  if (!cap_.constants.empty()) section("ConstantPool");
  for (std::size_t at = 0; at < cap_.constants.size(); ++at)
    line(fmt::format(".constant k{} {}", at, references_.constant_value(cap_.constants[at])),
         references_.describe(cap_.constants[at]));
}

void AssemblyPrinter::classes() {
  section("Class");
  for (const auto& type : cap_.classes.signature_pool) {
    std::string words;
    if (const auto types = parse_type(type)) {
      for (const auto& each : *types) words += " " + references_.type(each);
    } else {
      words = fmt::format(" nibbles={} {}", type.nibble_count, to_hex(type.type));
    }
    line(".signature" + words);
  }
  for (const auto& entry : cap_.classes.entries) {
    if (const auto* info = std::get_if<ClassInfo>(&entry)) {
      class_info(*info);
    } else {
      interface(std::get<InterfaceInfo>(entry));
    }
  }
}

void AssemblyPrinter::interface(const InterfaceInfo& info) {
  const auto name = (info.flags & kClassRemote) != 0 ? " name=" + quoted(info.interface_name) : "";
  line(fmt::format(".interface {}{}{}", references_.class_ref({info.offset}), class_flags(info.flags), name),
       references_.describe_class({info.offset}));
  for (const auto ref : info.superinterfaces)
    line("    .super " + references_.class_ref(ref), references_.describe_class(ref));
}

std::string AssemblyPrinter::method_list(const std::vector<MethodLocation>& methods) const {
  std::string text;
  for (const auto location : methods) text += " " + references_.method(location);
  return text;
}

void AssemblyPrinter::class_info(const ClassInfo& info) {
  line(fmt::format(".class {}{}", references_.class_ref({info.offset}), class_flags(info.flags)),
       references_.describe_class({info.offset}));
  line("    .extends " + references_.class_ref(info.super_class), references_.describe_class(info.super_class));
  line(fmt::format("    .instance size={} first={} references={}", info.declared_instance_size,
                   info.first_reference_token, info.reference_count));
  line(fmt::format("    .public base={}{}", info.public_method_table_base, method_list(info.public_virtual_methods)));
  line(fmt::format("    .package_visible base={}{}", info.package_method_table_base,
                   method_list(info.package_virtual_methods)));
  for (const auto& implemented : info.interfaces)
    line("    .implements " + references_.class_ref(implemented.interface) + numbers(implemented.index),
         references_.describe_class(implemented.interface));
  if (info.remote) remote(*info.remote);
  if (!cap_.header.shape().since(3)) return;
  line("    .token_mapping" + numbers(info.public_virtual_method_token_mapping));
  line(fmt::format("    .inheritable_tokens {}", info.cap22_inheritable_public_method_tokens));
}

void AssemblyPrinter::remote(const RemoteInterfaces& remote) {
  line(fmt::format("    .remote name={} hash_modifier={}", quoted(remote.class_name), to_hex(remote.hash_modifier)));
  for (const auto& method : remote.methods)
    line(fmt::format("    .remote_method hash=0x{:04X} signature={} token={}", method.hash, method.signature_offset,
                     method.virtual_method_token));
  for (const auto ref : remote.interfaces) line("    .remote_interfaces " + references_.class_ref(ref));
}

void AssemblyPrinter::static_fields() {
  const auto& fields = cap_.static_fields;
  section("StaticField");
  const auto image =
      std::size_t{2} * fields.reference_count + fields.default_value_count + fields.non_default_values.size();
  line(fmt::format(".static references={} defaults={}{}", fields.reference_count, fields.default_value_count,
                   image == fields.image_size ? "" : fmt::format(" image={}", fields.image_size)));
  for (const auto& array : fields.array_init) line(fmt::format(".array {} {}", array.type, to_hex(array.values)));
  if (!fields.non_default_values.empty()) hex_lines(".values", ".values", fields.non_default_values);
}

void AssemblyPrinter::exports() {
  if (!cap_.exports) return;
  section("Export");
  for (const auto& package : *cap_.exports) {
    line(".export_package");
    for (const auto& exported : package) {
      line(".export " + references_.class_ref({exported.class_offset}),
           references_.describe_class({exported.class_offset}));
      for (const auto offset : exported.static_field_offsets) line(fmt::format("    .export_fields {}", offset));
      for (const auto location : exported.static_methods)
        line("    .export_methods " + references_.method(location), references_.describe_method(location));
    }
  }
}

void AssemblyPrinter::descriptor() {
  if (!cap_.descriptor) return;
  const auto& descriptor = *cap_.descriptor;
  section("Descriptor");
  line(".descriptor");
  for (const auto& package : descriptor.packages) {
    if (cap_.header.shape().extended()) line(".descriptor_package");
    for (const auto& each : package) class_descriptor(each);
  }
  for (std::size_t at = 0; at < descriptor.constant_pool_types.size(); ++at)
    line(".constant_types " + references_.type_offset(descriptor.constant_pool_types[at]), references_.constant(at));
  for (std::size_t at = 0; at < descriptor.types.size(); ++at) {
    const auto& type = descriptor.types[at];
    std::string words;
    if (const auto types = parse_type(type)) {
      for (const auto& each : *types) words += " " + references_.type(each);
    } else {
      words = fmt::format(" nibbles={} {}", type.nibble_count, to_hex(type.type));
    }
    line(fmt::format(".type t{}{}", at, words));
  }
}

void AssemblyPrinter::class_descriptor(const ClassDescriptor& each) {
  line(fmt::format(".class_descriptor {} token={} flags=0x{:02X}", references_.class_ref(each.this_class), each.token,
                   each.flags));
  for (const auto ref : each.interfaces) line("    .interfaces " + references_.class_ref(ref));
  for (const auto& field : each.fields) {
    const Constant ref{ConstantTag::kStaticFieldref, field.field_ref};
    // A field of another class would be written as a class; what matters is that the same octets come back.
    const bool is_static = (field.flags & kDescriptorStatic) != 0 && field.field_ref[0] == 0;
    const auto where = is_static ? fmt::format("static={}", ref.static_field_offset())
                                 : fmt::format("{} {}", references_.class_ref(ref.class_ref()), ref.token());
    constexpr std::array<std::string_view, 4> kPrimitiveNames = {"boolean", "byte", "short", "int"};
    const auto type = field.type >= 0x8002 && field.type <= 0x8005 ? std::string(kPrimitiveNames[field.type - 0x8002U])
                                                                   : references_.type_offset(field.type);
    line(
        fmt::format("    .field_descriptor {} token={} flags=0x{:02X} type={}", where, field.token, field.flags, type));
  }
  for (const auto& method : each.methods)
    line(fmt::format("    .method_descriptor {} token={} flags=0x{:02X} type={} bytecodes={} handlers={} first={}",
                     references_.method(method.location), method.token, method.flags,
                     references_.type_offset(method.type_offset), method.bytecode_count, method.exception_handler_count,
                     method.exception_handler_index),
         references_.describe_method(method.location));
}

void AssemblyPrinter::static_resources() {
  if (!cap_.static_resources) return;
  section("StaticResources");
  for (const auto& resource : *cap_.static_resources)
    hex_lines(fmt::format(".resource {}", resource.id), ".resource_data", resource.content);
}

void AssemblyPrinter::debug() {
  if (!cap_.debug) return;
  section("Debug");
  hex_lines(".debug", ".debug", *cap_.debug);
}

void AssemblyPrinter::custom() {
  for (const auto& custom : cap_.directory.custom_components) {
    const auto* info = components_.find(static_cast<ComponentTag>(custom.tag));
    if (custom.tag < number_of(ComponentTag::kFirstCustom) || info == nullptr) continue;
    section("custom component");
    line(fmt::format(".custom {} {} {}", custom.tag, aid_text(custom.aid), to_hex(*info)));
  }
}

}  // namespace cose::cap::detail
