// SPDX-License-Identifier: Apache-2.0
#include "convert/detail/symbols.h"

namespace cose::convert::detail {

int Symbols::add(const Symbol& symbol) {
  const auto [found, is_new] = numbers_.try_emplace(symbol, static_cast<int>(list_.size()));
  if (!is_new) return found->second;
  list_.push_back(symbol);
  if (symbol.type.external != nullptr) {
    auto since = symbol.type.external->since;
    if (symbol.external_field != nullptr) since = symbol.external_field->since;
    if (symbol.external_method != nullptr) since = symbol.external_method->since;
    program_.use(*symbol.type.external, since);
  }
  return found->second;
}

int Symbols::add_field(const FieldRef& field, cap::ConstantTag tag) {
  Symbol symbol{.tag = tag};
  if (field.unit != nullptr) {
    symbol.type.unit = field.unit->owner;
    symbol.field = field.unit;
  } else {
    symbol.type.external = field.type;
    symbol.external_field = field.external;
  }
  return add(symbol);
}

int Symbols::add_method(const MethodRef& method, cap::ConstantTag tag) {
  Symbol symbol{.tag = tag};
  if (method.unit != nullptr) {
    symbol.type.unit = method.unit->owner;
    symbol.method = method.unit;
  } else {
    symbol.type.external = method.type;
    symbol.external_method = method.external;
  }
  return add(symbol);
}

int Symbols::add_catch(TypeRef type) {
  const auto number = add_class(type);
  if (number != 0) return number;
  return add({.tag = cap::ConstantTag::kClassref, .type = type, .copy = true});
}

}  // namespace cose::convert::detail
