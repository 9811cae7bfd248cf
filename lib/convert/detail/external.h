// SPDX-License-Identifier: Apache-2.0
// What other packages offer: the API (api/api.h) and libraries (their export files), in one shape.
//
// Views into the table and into the export files given, which must outlive this.
#pragma once

#include <deque>
#include <map>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "cap/export_file.h"
#include "cap/model.h"

namespace cose::convert::detail {

struct ExternalPackage {
  std::string_view name;
  Bytes aid;
  cap::Version version;
};

struct ExternalMethod {
  std::string_view name;
  std::string_view descriptor;
  std::uint8_t token = 0xFF;
  bool is_static = false;  // constructors are not
  bool is_protected = false;
  bool is_final = false;
  bool is_abstract = false;
  cap::Version since;

  [[nodiscard]] bool is_virtual() const { return !is_static && name != "<init>"; }
};

struct ExternalField {
  std::string_view name;
  std::string_view descriptor;
  std::uint8_t token = 0xFF;
  bool is_static = false;
  std::optional<std::int32_t> value;
  cap::Version since;
};

struct ExternalClass {
  const ExternalPackage* package = nullptr;
  std::string_view name;
  std::uint8_t token = 0xFF;
  bool is_interface = false;
  bool is_shareable = false;
  bool is_remote = false;
  bool is_final = false;
  bool is_abstract = false;
  std::string_view super;                    // empty for java/lang/Object and for interfaces
  std::vector<std::string_view> interfaces;  // inherited ones too
  std::vector<ExternalMethod> methods;       // inherited virtual ones too
  std::vector<ExternalField> fields;
  cap::Version since;

  // Of its virtual methods: those of classes that extend it follow.
  [[nodiscard]] std::uint8_t virtual_tokens() const;
  [[nodiscard]] const ExternalMethod* find_method(std::string_view name, std::string_view descriptor) const;
  [[nodiscard]] const ExternalField* find_field(std::string_view name, std::string_view descriptor) const;
};

class Externals {
 public:
  explicit Externals(std::span<const cap::ExportFile> libraries);

  // Null: neither the API nor a library has it.
  [[nodiscard]] const ExternalClass* find(std::string_view name) const;
  [[nodiscard]] bool has_package(std::string_view name) const;

 private:
  void add_api();
  void add_library(const cap::ExportFile& file);
  void add(ExternalClass added);

  std::deque<ExternalPackage> packages_;
  std::deque<ExternalClass> classes_;
  std::map<std::string_view, const ExternalClass*> by_name_;
};

}  // namespace cose::convert::detail
