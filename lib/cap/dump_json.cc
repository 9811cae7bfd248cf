// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/json_writer.h"
#include "cap/detail/references.h"
#include "cap/disassemble.h"
#include "cap/dump.h"
#include "cap/parse.h"

namespace cose::cap {

namespace {

using detail::JsonWriter;

std::string text_of(Version version) {
  return fmt::format("{}.{}", version.major, version.minor);
}

class JsonDump {
 public:
  JsonDump(const Components& components, const LenientParse& parsed, const NameSource* names)
      : components_(components), parsed_(parsed), cap_(parsed.cap), names_(names), references_(parsed.cap, names) {}

  std::string run() {
    json_.begin_object();
    components();
    header();
    imports();
    applets();
    constants();
    classes();
    methods();
    static_fields();
    exports();
    descriptor();
    static_resources();
    json_.end_object();
    return json_.take();
  }

 private:
  void number(std::string_view key, std::size_t value) { json_.key(key).number(static_cast<std::int64_t>(value)); }
  void text(std::string_view key, std::string_view value) { json_.key(key).text(value); }
  void name(std::string_view value) {
    if (!value.empty()) text("name", value);
  }

  void components() {
    json_.key("components").begin_array();
    for (const auto& [tag, info] : components_.infos) {
      json_.begin_object();
      text("name", name_of(tag));
      number("size", info.size());
      if (const auto error = parsed_.errors.find(tag); error != parsed_.errors.end())
        text("error", error->second.message);
      json_.end_object();
    }
    json_.end_array();
  }

  void package(const PackageInfo& package) {
    json_.key("aid").hex(package.aid);
    text("version", text_of(package.version));
  }

  void header() {
    const auto& header = cap_.header;
    text("format", text_of(header.format));
    number("flags", header.flags);
    if (header.cap) {
      json_.key("cap").begin_object();
      package(*header.cap);
      json_.end_object();
    }
    json_.key("packages").begin_array();
    for (std::size_t at = 0; at < header.packages.size(); ++at) {
      json_.begin_object();
      package(header.packages[at]);
      if (at < header.package_names.size()) name(header.package_names[at]);
      json_.end_object();
    }
    json_.end_array();
  }

  void imports() {
    json_.key("imports").begin_array();
    for (const auto& imported : cap_.imports) {
      json_.begin_object();
      package(imported);
      if (names_ != nullptr) name(names_->package(imported.aid));
      json_.end_object();
    }
    json_.end_array();
  }

  void applets() {
    if (!cap_.applets) return;
    json_.key("applets").begin_array();
    for (const auto& applet : *cap_.applets) {
      json_.begin_object();
      json_.key("aid").hex(applet.aid);
      text("install", references_.method(applet.install_method));
      json_.end_object();
    }
    json_.end_array();
  }

  void constants() {
    json_.key("constants").begin_array();
    for (const auto& constant : cap_.constants) {
      json_.begin_object();
      text("value", references_.constant_value(constant));
      name(references_.describe(constant));
      json_.end_object();
    }
    json_.end_array();
  }

  void class_list(std::string_view key, const std::vector<ClassRef>& refs) {
    json_.key(key).begin_array();
    for (const auto ref : refs) json_.text(references_.class_ref(ref));
    json_.end_array();
  }

  void method_list(std::string_view key, std::uint8_t base, const std::vector<MethodLocation>& list) {
    json_.key(key).begin_object();
    number("base", base);
    json_.key("methods").begin_array();
    for (const auto location : list) json_.text(references_.method(location));
    json_.end_array();
    json_.end_object();
  }

  void entry(const InterfaceInfo& info) {
    text("kind", "interface");
    class_list("superinterfaces", info.superinterfaces);
  }

  void entry(const ClassInfo& info) {
    text("kind", "class");
    text("super", references_.class_ref(info.super_class));
    number("instance_size", info.declared_instance_size);
    number("first_reference_token", info.first_reference_token);
    number("reference_count", info.reference_count);
    method_list("public", info.public_method_table_base, info.public_virtual_methods);
    method_list("package_visible", info.package_method_table_base, info.package_virtual_methods);
    json_.key("interfaces").begin_array();
    for (const auto& implemented : info.interfaces) {
      json_.begin_object();
      text("interface", references_.class_ref(implemented.interface));
      json_.key("index").hex(implemented.index);
      json_.end_object();
    }
    json_.end_array();
  }

  void classes() {
    json_.key("classes").begin_array();
    for (const auto& each : cap_.classes.entries) {
      const ClassRef ref{offset_of(each)};
      json_.begin_object();
      text("label", references_.class_ref(ref));
      number("offset", ref.value);
      name(references_.describe_class(ref));
      std::visit(
          [&](const auto& info) {
            json_.key("shareable").boolean((info.flags & kClassShareable) != 0);
            json_.key("remote").boolean((info.flags & kClassRemote) != 0);
            entry(info);
          },
          each);
      json_.end_object();
    }
    json_.end_array();
  }

  void method(const MethodSpan& span) {
    const auto octets = octets_of(cap_, span);
    json_.begin_object();
    text("label", references_.method(span.location));
    number("block", span.location.block);
    number("offset", span.location.offset);
    name(references_.describe_method(span.location));
    const auto header = parse_method_header(octets);
    if (!header) {
      text("error", header.error().message);
    } else {
      json_.key("abstract").boolean(header->abstract());
      number("max_stack", header->max_stack);
      number("nargs", header->nargs);
      number("max_locals", header->max_locals);
      code(octets.subspan(header->size()));
    }
    json_.end_object();
  }

  void code(ByteView code) {
    DisassembleOptions options;
    options.constant = [&](std::size_t index) { return references_.constant(index); };
    const auto listing = disassemble(code, options);
    json_.key("code").begin_array();
    std::string_view rest = listing;
    while (!rest.empty()) {
      const auto end = rest.find('\n');
      auto line = rest.substr(0, end);
      line.remove_prefix(std::min(line.find_first_not_of(' '), line.size()));
      json_.text(line);
      rest.remove_prefix(end + 1);
    }
    json_.end_array();
  }

  void methods() {
    json_.key("methods").begin_array();
    for (const auto& span : references_.methods()) method(span);
    json_.end_array();
    json_.key("exception_handlers").begin_array();
    for (const auto& block : cap_.method_blocks)
      for (const auto& handler : block.handlers) {
        json_.begin_object();
        number("start", handler.start_offset);
        number("end", handler.end_offset());
        number("handler", handler.handler_offset);
        text("type", handler.catch_type_index == 0 ? "any" : references_.constant(handler.catch_type_index));
        json_.key("stop").boolean(handler.stop_bit());
        json_.end_object();
      }
    json_.end_array();
  }

  void static_fields() {
    const auto& fields = cap_.static_fields;
    json_.key("static_fields").begin_object();
    number("image_size", fields.image_size);
    number("reference_count", fields.reference_count);
    number("default_value_count", fields.default_value_count);
    json_.key("non_default_values").hex(fields.non_default_values);
    json_.key("arrays").begin_array();
    for (const auto& array : fields.array_init) {
      json_.begin_object();
      number("type", array.type);
      json_.key("values").hex(array.values);
      json_.end_object();
    }
    json_.end_array();
    json_.end_object();
  }

  void exports() {
    if (!cap_.exports) return;
    json_.key("exports").begin_array();
    for (const auto& package : *cap_.exports) {
      json_.begin_array();
      for (const auto& exported : package) {
        json_.begin_object();
        text("class", references_.class_ref({exported.class_offset}));
        json_.key("static_fields").begin_array();
        for (const auto offset : exported.static_field_offsets) json_.number(offset);
        json_.end_array();
        json_.key("static_methods").begin_array();
        for (const auto location : exported.static_methods) json_.text(references_.method(location));
        json_.end_array();
        json_.end_object();
      }
      json_.end_array();
    }
    json_.end_array();
  }

  std::string type_text(const TypeDescriptor& type) const {
    const auto types = parse_type(type);
    if (!types) return "malformed " + to_hex(type.type);
    std::string words;
    for (const auto& each : *types) words += (words.empty() ? "" : " ") + references_.type(each);
    return words;
  }

  void described_fields(const ClassDescriptor& each) {
    json_.key("fields").begin_array();
    for (const auto& field : each.fields) {
      json_.begin_object();
      number("token", field.token);
      number("flags", field.flags);
      json_.key("ref").hex(field.field_ref);
      number("type", field.type);
      json_.end_object();
    }
    json_.end_array();
  }

  void described_methods(const ClassDescriptor& each) {
    json_.key("methods").begin_array();
    for (const auto& method : each.methods) {
      json_.begin_object();
      text("method", references_.method(method.location));
      number("token", method.token);
      number("flags", method.flags);
      text("type", references_.type_offset(method.type_offset));
      number("bytecode_count", method.bytecode_count);
      json_.end_object();
    }
    json_.end_array();
  }

  void descriptor() {
    if (!cap_.descriptor) return;
    json_.key("descriptor").begin_object();
    json_.key("classes").begin_array();
    for (const auto& package : cap_.descriptor->packages)
      for (const auto& each : package) {
        json_.begin_object();
        text("class", references_.class_ref(each.this_class));
        number("token", each.token);
        number("flags", each.flags);
        class_list("interfaces", each.interfaces);
        described_fields(each);
        described_methods(each);
        json_.end_object();
      }
    json_.end_array();
    json_.key("types").begin_array();
    for (const auto& type : cap_.descriptor->types) json_.text(type_text(type));
    json_.end_array();
    json_.end_object();
  }

  void static_resources() {
    if (!cap_.static_resources) return;
    json_.key("static_resources").begin_array();
    for (const auto& resource : *cap_.static_resources) {
      json_.begin_object();
      number("id", resource.id);
      json_.key("content").hex(resource.content);
      json_.end_object();
    }
    json_.end_array();
  }

  const Components& components_;
  const LenientParse& parsed_;
  const CapFile& cap_;
  const NameSource* names_;
  detail::References references_;
  JsonWriter json_;
};

}  // namespace

std::string dump_json(const Components& components, const NameSource* names) {
  const auto parsed = parse_leniently(components);
  return JsonDump(components, parsed, names).run();
}

}  // namespace cose::cap
