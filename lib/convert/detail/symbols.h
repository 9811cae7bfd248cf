// SPDX-License-Identifier: Apache-2.0
// The constant pool while code is made: what instructions refer to, before it is known where that will be. The number
// of a symbol is its index in the pool.
#pragma once

#include <map>
#include <vector>

#include "cap/model.h"
#include "convert/detail/program.h"

namespace cose::convert::detail {

struct Symbol {
  cap::ConstantTag tag{};
  TypeRef type = {};  // the class; of a super method, the class whose super class is asked
  const FieldUnit* field = nullptr;
  const MethodUnit* method = nullptr;
  const ExternalField* external_field = nullptr;
  const ExternalMethod* external_method = nullptr;
  bool copy = false;  // a second entry: index 0 cannot name the class that a handler catches

  friend auto operator<=>(const Symbol&, const Symbol&) = default;
};

class Symbols {
 public:
  explicit Symbols(Program& program) : program_(program) {}

  int add(const Symbol& symbol);
  int add_class(TypeRef type) { return add({.tag = cap::ConstantTag::kClassref, .type = type}); }
  int add_field(const FieldRef& field, cap::ConstantTag tag);
  int add_method(const MethodRef& method, cap::ConstantTag tag);
  // JCVM 3.1 §6.10.2: a catch type of 0 is "any".
  int add_catch(TypeRef type);

  [[nodiscard]] const std::vector<Symbol>& list() const { return list_; }

 private:
  Program& program_;
  std::vector<Symbol> list_;
  std::map<Symbol, int> numbers_;
};

}  // namespace cose::convert::detail
