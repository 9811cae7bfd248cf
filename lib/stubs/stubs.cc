// SPDX-License-Identifier: Apache-2.0
#include "stubs/stubs.h"

#include <string>

#include "stubs/stub_class.h"

namespace cose::stubs {

namespace {

File class_file(const api::Class& type) {
  return {.name = std::string(type.name) + ".class", .content = stub_class(type)};
}

// JCVM 3.1 §4.1.2: the export file of com/example/purse is com/example/purse/javacard/purse.exp.
std::string export_file_name(std::string_view package) {
  const auto slash = package.rfind('/');
  const auto last = slash == std::string_view::npos ? package : package.substr(slash + 1);
  return std::string(package) + "/javacard/" + std::string(last) + ".exp";
}

}  // namespace

std::vector<File> class_files() {
  std::vector<File> files;
  for (const auto& package : api::packages())
    for (const auto& type : package.classes) files.push_back(class_file(type));
  for (const auto& type : language_classes()) files.push_back(class_file(type));
  return files;
}

Result<Bytes> class_jar() {
  return archive::write_zip(class_files());
}

Result<std::vector<File>> export_files(ExportFormat format) {
  std::vector<File> files;
  for (const auto& package : api::packages()) {
    auto content = cap::write_export_file(export_file(package, format));
    if (!content) return std::unexpected(content.error().within(package.name));
    files.push_back({.name = export_file_name(package.name), .content = *std::move(content)});
  }
  return files;
}

}  // namespace cose::stubs
