// SPDX-License-Identifier: Apache-2.0
// From classes, tokens and code to the components of a CAP file.
#pragma once

#include <map>
#include <vector>

#include "cap/model.h"
#include "cap/type_text.h"
#include "convert/detail/card_code.h"
#include "convert/detail/program.h"
#include "convert/detail/symbols.h"

namespace cose::convert::detail {

class Builder {
 public:
  Builder(Program& program, Symbols& symbols, std::vector<CardCode>& codes, cap::StaticFieldComponent statics);

  // Problems are reported; kLimit for what no component can hold.
  [[nodiscard]] Result<cap::Components> run();

 private:
  void use_types();
  void use_type(const classfile::FieldType& type);
  void add_header();
  void add_imports();
  void add_applets();
  Status place_methods();
  void place_classes();
  void fill_classes();
  cap::InterfaceInfo interface_info(const Unit& unit);
  cap::ClassInfo class_info(Unit& unit);
  void add_tables(cap::ClassInfo& info, Unit& unit);
  std::vector<cap::ImplementedInterface> implemented(Unit& unit);
  void add_constants();
  void add_code();
  void add_exports();
  void add_descriptor();
  void add_debug();
  cap::ClassDescriptor class_descriptor(Unit& unit);
  cap::MethodDescriptor method_descriptor(const MethodUnit& method, const CardCode* code);
  std::uint16_t type_offset(const std::vector<cap::Type>& types);
  [[nodiscard]] bool uses_ints() const;
  Result<cap::Components> finish();

  [[nodiscard]] cap::ClassRef class_ref(TypeRef type) const;
  [[nodiscard]] cap::Constant constant(const Symbol& symbol) const;
  [[nodiscard]] cap::Type card_type(const classfile::FieldType& type);
  [[nodiscard]] std::vector<cap::Type> signature(const classfile::MethodType& type);
  [[nodiscard]] std::uint16_t constant_type(const Symbol& symbol);
  [[nodiscard]] cap::Format format() const { return cap_.header.shape(); }

  Program& program_;
  Symbols& symbols_;
  std::vector<CardCode>& codes_;
  std::map<const MethodUnit*, CardCode*> code_of_;
  std::map<const ExternalPackage*, std::uint8_t> import_tokens_;
  std::map<const MethodUnit*, std::size_t> first_handler_;
  std::map<Bytes, std::uint16_t> type_offsets_;
  std::size_t types_end_ = 0;
  cap::CapFile cap_;
};

}  // namespace cose::convert::detail
