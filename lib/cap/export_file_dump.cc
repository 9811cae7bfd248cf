// SPDX-License-Identifier: Apache-2.0
#include <array>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/json_writer.h"
#include "cap/export_file.h"

namespace cose::cap {

namespace {

struct FlagName {
  std::uint16_t flag;
  std::string_view name;
};

// JCVM 3.1 tables 5-3 to 5-5.
constexpr std::array<FlagName, 8> kFlagNames = {{{0x0001, "public"},
                                                 {0x0004, "protected"},
                                                 {0x0008, "static"},
                                                 {0x0010, "final"},
                                                 {0x0200, "interface"},
                                                 {0x0400, "abstract"},
                                                 {0x0800, "shareable"},
                                                 {0x1000, "remote"}}};

std::string flags_text(std::uint16_t flags) {
  std::string text;
  for (const auto& [flag, name] : kFlagNames)
    if ((flags & flag) != 0) text += std::string(name) + " ";
  return text;
}

// Names come from the file: octets that are no printable ASCII would disturb a terminal.
std::string printable(std::string_view text) {
  std::string out;
  for (const char character : text)
    out += character >= 0x20 && character < 0x7F ? std::string(1, character)
                                                 : fmt::format("\\x{:02X}", static_cast<unsigned char>(character));
  return out;
}

std::string package_text(const ExportFile& file, std::uint16_t index) {
  const auto& package = file.package(index);
  return fmt::format("{} {} {}.{}{}", printable(file.utf8(package.name_index)), to_hex(package.aid),
                     package.version.major, package.version.minor, (package.flags & 1) != 0 ? " library" : "");
}

std::string class_text(const ExportFile& file, const ExportClass& each) {
  auto text = fmt::format("{:3} {}{}\n", each.token, flags_text(each.access_flags),
                          printable(file.class_name(each.name_index)));
  for (const auto index : each.supers) text += "      extends " + printable(file.class_name(index)) + "\n";
  for (const auto index : each.interfaces) text += "      implements " + printable(file.class_name(index)) + "\n";
  for (const auto& field : each.fields) {
    const auto value = file.constant_value(field);
    text += fmt::format("    {:>3} {}{} {}{}\n", value ? "-" : std::to_string(field.token),
                        flags_text(field.access_flags), printable(file.utf8(field.descriptor_index)),
                        printable(file.utf8(field.name_index)), value ? fmt::format(" = {}", *value) : "");
  }
  for (const auto& method : each.methods)
    text += fmt::format("    {:3} {}{}{}\n", method.token, flags_text(method.access_flags),
                        printable(file.utf8(method.name_index)), printable(file.utf8(method.descriptor_index)));
  return text;
}

class ExportJson {
 public:
  explicit ExportJson(const ExportFile& file) : file_(file) {}

  std::string run() {
    json_.begin_object();
    json_.key("format").text(fmt::format("{}.{}", file_.format.major, file_.format.minor));
    json_.key("package");
    package(file_.this_package);
    json_.key("referenced_packages").begin_array();
    for (const auto index : file_.referenced_packages) package(index);
    json_.end_array();
    json_.key("classes").begin_array();
    for (const auto& each : file_.classes) class_info(each);
    json_.end_array();
    json_.end_object();
    return json_.take();
  }

 private:
  void package(std::uint16_t index) {
    const auto& package = file_.package(index);
    json_.begin_object();
    json_.key("name").text(file_.utf8(package.name_index));
    json_.key("aid").hex(package.aid);
    json_.key("version").text(fmt::format("{}.{}", package.version.major, package.version.minor));
    json_.key("flags").number(package.flags);
    json_.end_object();
  }

  void class_list(std::string_view key, const std::vector<std::uint16_t>& list) {
    json_.key(key).begin_array();
    for (const auto index : list) json_.text(file_.class_name(index));
    json_.end_array();
  }

  template <typename Member>
  void member(const Member& member) {
    json_.key("name").text(file_.utf8(member.name_index));
    json_.key("descriptor").text(file_.utf8(member.descriptor_index));
    json_.key("token").number(member.token);
    json_.key("flags").number(member.access_flags);
  }

  void class_info(const ExportClass& each) {
    json_.begin_object();
    json_.key("name").text(file_.class_name(each.name_index));
    json_.key("token").number(each.token);
    json_.key("flags").number(each.access_flags);
    class_list("supers", each.supers);
    class_list("interfaces", each.interfaces);
    json_.key("fields").begin_array();
    for (const auto& field : each.fields) {
      json_.begin_object();
      member(field);
      if (const auto value = file_.constant_value(field)) json_.key("value").number(*value);
      json_.end_object();
    }
    json_.end_array();
    json_.key("methods").begin_array();
    for (const auto& method : each.methods) {
      json_.begin_object();
      member(method);
      json_.end_object();
    }
    json_.end_array();
    if (file_.format.minor >= 3)
      json_.key("inheritable_public_method_tokens").number(each.cap22_inheritable_public_method_tokens);
    json_.end_object();
  }

  const ExportFile& file_;
  detail::JsonWriter json_;
};

}  // namespace

std::string to_text(const ExportFile& file) {
  auto text = fmt::format("export file {}.{}\npackage {}\n", file.format.major, file.format.minor,
                          package_text(file, file.this_package));
  for (const auto index : file.referenced_packages) text += "refers to " + package_text(file, index) + "\n";
  for (const auto& each : file.classes) text += class_text(file, each);
  return text;
}

std::string to_json(const ExportFile& file) {
  return ExportJson(file).run();
}

}  // namespace cose::cap
