// SPDX-License-Identifier: Apache-2.0
// References of a CAP file as text: the names that a dump gives to classes, methods, constants and types, and what
// is known about them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "cap/instruction.h"
#include "cap/methods.h"
#include "cap/model.h"
#include "cap/names.h"
#include "cap/type_text.h"

namespace cose::cap::detail {

class References {
 public:
  References(const CapFile& cap, const NameSource* names);

  [[nodiscard]] const std::vector<MethodSpan>& methods() const { return methods_; }

  // In the assembler's syntax.
  [[nodiscard]] std::string class_ref(ClassRef ref) const;
  [[nodiscard]] std::string method(MethodLocation location) const;
  [[nodiscard]] std::string constant(std::size_t index) const;
  [[nodiscard]] std::string type_offset(std::uint16_t offset) const;
  [[nodiscard]] std::string type(const Type& type) const;
  // kind and target, "virtual 0.3 7"
  [[nodiscard]] std::string constant_value(const Constant& constant) const;

  // For comments: "javacard/framework/OwnerPIN.check([BSB)Z", "" when nothing is known.
  [[nodiscard]] std::string describe_class(ClassRef ref) const;
  [[nodiscard]] std::string describe(const Constant& constant) const;
  [[nodiscard]] std::string describe(const Instruction& instruction, std::size_t constant) const;
  [[nodiscard]] std::string describe_method(MethodLocation location) const;

 private:
  [[nodiscard]] std::string member(std::uint8_t package, std::uint8_t class_token, MemberKind kind,
                                   std::uint8_t token) const;
  void read_debug_names();

  const CapFile& cap_;
  const NameSource* names_;
  std::vector<MethodSpan> methods_;
  std::map<MethodLocation, std::string> method_names_;
  std::map<std::uint16_t, std::string> class_names_;
  std::map<std::uint16_t, std::string> type_names_;
  std::map<std::uint16_t, std::string> debug_classes_;
  std::map<MethodLocation, std::string> debug_methods_;
};

}  // namespace cose::cap::detail
