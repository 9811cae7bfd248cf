// SPDX-License-Identifier: Apache-2.0
// Export files (.exp): the public names of a package with their tokens, format 2.1 to 2.3 (JCVM 3.1 chapter 5).
//
// Values own what they hold. parse_export_file() accepts only files whose every index names a constant of the right
// kind, so the accessors below cannot miss. Writing gives the octets back that were read.
// Errors: kInvalid, kUnsupported (format version); kLimit when writing a count that its field cannot hold.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "cap/model.h"

namespace cose::cap {

inline constexpr std::uint32_t kExportFileMagic = 0x00FACADE;

struct ExportUtf8 {
  std::string text;
};
struct ExportInteger {
  std::int32_t value = 0;
};
struct ExportClassref {
  std::uint16_t name_index = 0;
};
struct ExportPackage {
  std::uint8_t flags = 0;  // 1: library, no applets
  std::uint16_t name_index = 0;
  Version version;
  Bytes aid;
};
using ExportConstant = std::variant<ExportUtf8, ExportInteger, ExportClassref, ExportPackage>;

struct ExportAttribute {
  std::uint16_t name_index = 0;
  Bytes info;
};

struct ExportField {
  std::uint8_t token = 0;
  std::uint16_t access_flags = 0;
  std::uint16_t name_index = 0;
  std::uint16_t descriptor_index = 0;
  std::vector<ExportAttribute> attributes;
};

struct ExportMethod {
  std::uint8_t token = 0;
  std::uint16_t access_flags = 0;
  std::uint16_t name_index = 0;
  std::uint16_t descriptor_index = 0;
};

struct ExportClass {
  std::uint8_t token = 0;
  std::uint16_t access_flags = 0;
  std::uint16_t name_index = 0;  // of a Classref
  std::vector<std::uint16_t> supers;
  std::vector<std::uint16_t> interfaces;
  std::vector<ExportField> fields;
  std::vector<ExportMethod> methods;
  std::uint8_t cap22_inheritable_public_method_tokens = 0;  // since 2.3
};

struct ExportFile {
  Version format{2, 1};
  std::vector<ExportConstant> constants;
  std::uint16_t this_package = 0;
  std::vector<std::uint16_t> referenced_packages;  // since 2.3
  std::vector<ExportClass> classes;

  [[nodiscard]] const std::string& utf8(std::uint16_t index) const;
  [[nodiscard]] const std::string& class_name(std::uint16_t classref_index) const;
  [[nodiscard]] const ExportPackage& package(std::uint16_t index) const;
  // The value of a constant field: attribute ConstantValue; nothing for a field with a token.
  [[nodiscard]] std::optional<std::int32_t> constant_value(const ExportField& field) const;
};

[[nodiscard]] Result<ExportFile> parse_export_file(ByteView file);
[[nodiscard]] Result<Bytes> write_export_file(const ExportFile& file);

// One line for each class, field and method, with its token.
[[nodiscard]] std::string to_text(const ExportFile& file);
[[nodiscard]] std::string to_json(const ExportFile& file);

}  // namespace cose::cap
