// SPDX-License-Identifier: Apache-2.0
// What the loop leaves aside: refused accesses, calls by table, new objects, tests of types.
#include <algorithm>

#include "cap/opcodes.h"
#include "jcvm/detail/interpreter.h"

namespace cose::jcvm {

// ---- arrays ----

const ObjectHeader* Interpreter::array_slowly(Reference reference, std::uint16_t index, ObjectKind kind,
                                              std::uint8_t access) {
  const auto* header = machine_.heap_.find(reference);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  if (!machine_.may_access(*header)) return machine_.throw_exception(kSecurity), nullptr;
  const bool of_kind =
      header->kind == kind || (kind == ObjectKind::kByteArray && header->kind == ObjectKind::kBooleanArray);
  if (!of_kind) return machine_.violation(), nullptr;
  if ((header->flags & kView) != 0) {
    // JCRE 3.1 §6.2.8.2: a view grants what its attributes say, while its array is there.
    if ((machine_.heap_.view_info(*header).attributes & access) == 0)
      return machine_.throw_exception(kSecurity), nullptr;
    if (machine_.heap_.contents(*header) == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  }
  if (index >= header->length) return machine_.throw_exception(kArrayIndexOutOfBounds), nullptr;
  return header;
}

bool Interpreter::store_reference(Reference array, std::uint16_t index, Reference value) {
  const auto* header = array_for_store<ObjectKind::kReferenceArray>(array, index);
  if (header == nullptr || !storable(value)) return false;
  value = machine_.heap_.normalized(value);
  const auto* stored = machine_.heap_.find(value);
  const auto* element = machine_.class_numbered(header->class_id);
  if (stored != nullptr && (element == nullptr || !assignable(*stored, *element))) {
    machine_.throw_exception(kArrayStore);
    return false;
  }
  return write_field(*header, index * 2U, &value, sizeof(value));
}

bool Interpreter::array_length(Reference reference, Cell& length) {
  const auto* header = machine_.heap_.find(reference);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), false;
  if (!machine_.may_access(*header)) return machine_.throw_exception(kSecurity), false;
  if (!is_array(header->kind)) return machine_.violation(), false;
  length = header->length;
  return true;
}

// ---- fields ----

const ObjectHeader* Interpreter::instance_slowly(Reference reference, const Site& site) {
  const auto* header = machine_.heap_.find(reference);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  // JCRE 3.1 §6.2.8.3: fields belong to the owner's context, entry points' as well.
  if (header->context != machine_.current_.context && machine_.current_.context != kRuntimeContext)
    return machine_.throw_exception(kSecurity), nullptr;
  const auto* type = header->kind == ObjectKind::kInstance ? machine_.class_of(*header) : nullptr;
  if (type == nullptr || !type->derives_from(*site.type)) return machine_.violation(), nullptr;
  return header;
}

bool Interpreter::storable(Reference value) {
  if (machine_.may_store(value)) return true;
  machine_.throw_exception(kSecurity);
  return false;
}

PackageNumber Interpreter::number_of(const Site& site) {
  const auto* package = machine_.frames_.back().method->package;
  if (package != known_package_) {
    known_package_ = package;
    known_number_ = *machine_.number_of(*package);
  }
  return site.import == Site::kOwn ? known_number_ : machine_.packages_[known_number_].imports[site.import];
}

const ObjectHeader& Interpreter::statics_of(const Site& site) {
  return *machine_.heap_.find(machine_.packages_[number_of(site)].statics);
}

bool Interpreter::write_static(const Site& site, const std::uint8_t* octets, std::uint32_t size) {
  return write_field(statics_of(site), kStaticPrefix + std::uint32_t{site.value}, octets, size);
}

// ---- calls ----

const Method* Interpreter::fitting(const Method* method, Shape shape) {
  if (method == nullptr || method->is_abstract) return machine_.violation(), nullptr;
  // What never returns leaves nothing to disagree about.
  const bool fits =
      method->shape == shape || (method->returns == Returns::kNever && method->argument_words == shape >> 8);
  if (!fits) return machine_.violation(), nullptr;
  if (method->package->native && method->native == nullptr) return machine_.violation(), nullptr;
  return method;
}

// Whose call it will be (JCRE 3.1 §6.2.8.4 to §6.2.8.6 and §6.2.8.11). Natives keep the caller's context.
bool Interpreter::enter_owner(const ObjectHeader& header, bool shareable) {
  callee_ = machine_.current_;
  if (header.context == machine_.current_.context) return true;
  if (machine_.current_.context == kRuntimeContext || shareable) {
    if (shareable && machine_.hooks_ != nullptr && !machine_.hooks_->may_enter(header.applet)) {
      machine_.throw_exception(kSecurity);
      return false;
    }
    callee_ = {header.context, header.applet};
    return true;
  }
  if ((header.flags & (kPermanentEntry | kTemporaryEntry | kGlobal)) != 0) {
    callee_ = {kRuntimeContext, kNoApplet};
    return true;
  }
  machine_.throw_exception(kSecurity);
  return false;
}

const Method* Interpreter::virtual_method(const Site& site, Reference receiver) {
  const auto* header = machine_.heap_.find(receiver);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  if (!enter_owner(*header, false)) return nullptr;
  const auto* type = machine_.class_of(*header);
  if (type == nullptr || (type != site.type && !type->derives_from(*site.type))) return machine_.violation(), nullptr;
  const bool package_visible = (site.value & cap::kPackageVisible) != 0;
  // JCVM 3.1 §4.3.7.6: these tokens are of one package. A class of another package that extends one of it has the same
  // numbers for methods of its own.
  while (package_visible && type->package != site.type->package) type = type->super;
  const auto& table = package_visible ? type->package_methods : type->virtual_methods;
  const auto token = static_cast<std::size_t>(site.value & ~cap::kPackageVisible);
  return fitting(token < table.size() ? table[token] : nullptr, site.shape);
}

const Method* Interpreter::interface_method(const Site& site, Reference receiver, std::uint8_t token, Shape shape) {
  const auto* header = machine_.heap_.find(receiver);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  const auto* type = machine_.class_of(*header);
  // JCRE 3.1 §6.2.8.6: across contexts by shareable interfaces only.
  if (!enter_owner(*header, site.type->is_shareable && type != nullptr && type->is_shareable)) return nullptr;
  const auto* table = type == nullptr ? nullptr : type->find_interface(*site.type);
  if (table == nullptr || token >= table->tokens.size() || table->tokens[token] >= type->virtual_methods.size())
    return machine_.violation(), nullptr;
  return fitting(type->virtual_methods[table->tokens[token]], shape);
}

const Method* Interpreter::special_method(const Site& site, Reference receiver) {
  const auto* header = machine_.heap_.find(receiver);
  if (header == nullptr) return machine_.throw_exception(kNullPointer), nullptr;
  if (header->context != machine_.current_.context && machine_.current_.context != kRuntimeContext)
    return machine_.throw_exception(kSecurity), nullptr;
  const auto* method = site.method;
  if (method->owner != nullptr) {
    const auto* type = machine_.class_of(*header);
    if (type == nullptr || !type->derives_from(*method->owner)) return machine_.violation(), nullptr;
  }
  return fitting(method, site.shape);
}

// ---- objects ----

Reference Interpreter::create(const Site& site) {
  const auto number = number_of(site);
  NewObject wanted;
  wanted.class_id = static_cast<ClassId>(machine_.packages_[number].first_class + site.type->index);
  wanted.length = site.type->instance_octets;
  wanted.context = machine_.current_.context;
  wanted.applet = machine_.current_.applet;
  return machine_.new_object(wanted);
}

Reference Interpreter::create_array(ObjectKind kind, const Class* type, std::int16_t length) {
  if (length < 0) return machine_.throw_exception(kNegativeArraySize), kNull;
  NewObject wanted{kind, kNoClass, static_cast<std::uint32_t>(length)};
  if (type != nullptr) wanted.class_id = machine_.id_of(*type);
  wanted.context = machine_.current_.context;
  wanted.applet = machine_.current_.applet;
  return machine_.new_object(wanted);
}

bool Interpreter::assignable(const ObjectHeader& header, const Class& target) const {
  if (is_array(header.kind)) return &target == machine_.object_class_;
  const auto* type = machine_.class_of(header);
  return type != nullptr && type->derives_from(target);
}

Interpreter::Test Interpreter::test_type(std::uint8_t type, const Site* site, Reference reference) {
  const auto* header = machine_.heap_.find(reference);
  if (header == nullptr) return Test::kNo;
  const auto verdict = [](bool yes) { return yes ? Test::kYes : Test::kNo; };
  const auto* own = machine_.class_of(*header);
  // JCRE 3.1 §6.2.8.8 to §6.2.8.10: shareable objects may be tested for shareable interfaces from any context.
  const bool shareable =
      type == 0 && site->type->is_interface && site->type->is_shareable && own != nullptr && own->is_shareable;
  if (!shareable && !machine_.may_access(*header) && (header->flags & (kPermanentEntry | kTemporaryEntry)) == 0) {
    machine_.throw_exception(kSecurity);
    return Test::kThrown;
  }
  if (type == 0) return verdict(assignable(*header, *site->type));
  if (type != cap::kArrayOfReference) return verdict(header->kind == static_cast<ObjectKind>(type - 8));
  const auto* element =
      header->kind == ObjectKind::kReferenceArray ? machine_.class_numbered(header->class_id) : nullptr;
  return verdict(element != nullptr && element->derives_from(*site->type));
}

void Interpreter::throw_reference(Reference exception) {
  const auto* header = machine_.heap_.find(exception);
  if (header == nullptr) return machine_.throw_exception(kNullPointer);
  // JCRE 3.1 §6.2.8.7.
  if (!machine_.may_access(*header) && (header->flags & (kPermanentEntry | kTemporaryEntry)) == 0)
    return machine_.throw_exception(kSecurity);
  if (header->kind != ObjectKind::kInstance) return machine_.violation();
  machine_.throw_object(exception);
}

// ---- control ----

const Unit* Interpreter::handler_in(const Method& method, const Unit* at) const {
  if (method.handlers.empty()) return nullptr;
  const auto unit = static_cast<std::size_t>(at - method.code);
  const auto* header = machine_.heap_.find(machine_.pending_);
  const auto* type = header == nullptr ? nullptr : machine_.class_of(*header);
  for (const auto& handler : method.handlers)
    if (unit >= handler.start && unit < handler.end &&
        (handler.type == nullptr || (type != nullptr && type->derives_from(*handler.type))))
      return method.code + handler.target;
  return nullptr;
}

bool Interpreter::returns_to(const Method& method, std::uint16_t unit, std::ptrdiff_t depth) {
  const bool found = std::ranges::any_of(
      method.return_points, [&](const ReturnPoint& point) { return point.unit == unit && point.depth == depth; });
  if (!found) machine_.violation();
  return found;
}

}  // namespace cose::jcvm
