// SPDX-License-Identifier: Apache-2.0
// The interpreter: run() is the loop over units; what is not on its short way stands in interpreter_support.cc.
//
// All functions with a nothing-result (null, false, kNull) have set the machine's pending exception then. Order of
// checks on an object: null, firewall, kind and class, bounds.
#pragma once

#include "jcvm/machine.h"

namespace cose::jcvm {

class Interpreter {
 public:
  explicit Interpreter(Machine& machine) : machine_(machine) {}

  // From the top frame until it returns or throws. The result lies in its first cells.
  void run();

 private:
  using Cell = std::uint16_t;

  // ---- arrays ----
  template <ObjectKind kKind>
  [[nodiscard]] const ObjectHeader* array_for_load(Reference reference, std::uint16_t index) {
    const auto* header = machine_.heap_.find(reference);
    if (header != nullptr && machine_.freely_accessible(*header) && holds<kKind>(*header) && index < header->length)
        [[likely]]
      return header;
    return array_slowly(reference, index, kKind, kViewReadable);
  }
  template <ObjectKind kKind>
  [[nodiscard]] const ObjectHeader* array_for_store(Reference reference, std::uint16_t index) {
    const auto* header = machine_.heap_.find(reference);
    if (header != nullptr && machine_.freely_accessible(*header) && holds<kKind>(*header) && index < header->length)
        [[likely]]
      return header;
    return array_slowly(reference, index, kKind, kViewWritable);
  }
  // baload and bastore serve boolean arrays, too (JCVM 3.1 §7.5.9).
  template <ObjectKind kKind>
  [[nodiscard]] static bool holds(const ObjectHeader& header) {
    return header.kind == kKind || (kKind == ObjectKind::kByteArray && header.kind == ObjectKind::kBooleanArray);
  }
  [[nodiscard]] const ObjectHeader* array_slowly(Reference reference, std::uint16_t index, ObjectKind kind,
                                                 std::uint8_t access);
  [[nodiscard]] bool store_reference(Reference array, std::uint16_t index, Reference value);
  [[nodiscard]] bool array_length(Reference reference, Cell& length);

  // ---- fields ----
  [[nodiscard]] const ObjectHeader* instance_with(Reference reference, const Site& site) {
    const auto* header = machine_.heap_.find(reference);
    if (header != nullptr && header->context == machine_.current_.context && header->kind == ObjectKind::kInstance &&
        machine_.classes_[header->class_id] == site.type) [[likely]]
      return header;
    return instance_slowly(reference, site);
  }
  [[nodiscard]] const ObjectHeader* instance_slowly(Reference reference, const Site& site);
  [[nodiscard]] bool write_field(const ObjectHeader& header, std::uint32_t offset, const void* value,
                                 std::uint32_t size) {
    if (machine_.heap_.write(header, offset, value, size)) [[likely]]
      return true;
    machine_.throw_exception(kTransaction, kBufferFull);
    return false;
  }
  [[nodiscard]] bool storable(Reference value);

  // Number on this card of the package whose code runs, or of one that it imports.
  [[nodiscard]] PackageNumber number_of(const Site& site);
  // Of that package.
  [[nodiscard]] const ObjectHeader& statics_of(const Site& site);
  [[nodiscard]] bool write_static(const Site& site, const std::uint8_t* octets, std::uint32_t size);

  // ---- calls ----
  [[nodiscard]] const Method* virtual_method(const Site& site, Reference receiver);
  [[nodiscard]] const Method* interface_method(const Site& site, Reference receiver, std::uint8_t token, Shape shape);
  [[nodiscard]] const Method* special_method(const Site& site, Reference receiver);
  [[nodiscard]] bool enter_owner(const ObjectHeader& header, bool shareable);
  [[nodiscard]] const Method* fitting(const Method* method, Shape shape);

  // ---- objects ----
  [[nodiscard]] Reference create(const Site& site);
  [[nodiscard]] Reference create_array(ObjectKind kind, const Class* type, std::int16_t length);
  enum class Test { kNo, kYes, kThrown };
  [[nodiscard]] Test test_type(std::uint8_t type, const Site* site, Reference reference);
  [[nodiscard]] bool assignable(const ObjectHeader& header, const Class& target) const;
  void throw_reference(Reference exception);

  // The handler for the pending exception in a method, null: none.
  [[nodiscard]] const Unit* handler_in(const Method& method, const Unit* at) const;
  [[nodiscard]] bool returns_to(const Method& method, std::uint16_t unit, std::ptrdiff_t depth);

  Machine& machine_;
  // Set by enter_owner(), taken by the call that follows.
  Principal callee_;
  // The last answer of number_of().
  const Package* known_package_ = nullptr;
  PackageNumber known_number_ = 0;
};

}  // namespace cose::jcvm
