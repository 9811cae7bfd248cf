// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "cap/detail/verification.h"
#include "cap/type_text.h"

namespace cose::cap::detail {

namespace {

constexpr auto kTag = ComponentTag::kDescriptor;
using Wanted = Verification::Wanted;

constexpr std::uint16_t kPrimitive = 0x8000;

class DescriptorVerifier {
 public:
  DescriptorVerifier(Verification& verification, const DescriptorComponent& descriptor)
      : verification_(verification), descriptor_(descriptor) {
    for (const auto& type : descriptor_.types) type_offsets_.insert(type.offset);
  }

  void run() {
    for (const auto& package : descriptor_.packages)
      for (const auto& each : package) verify_class(each);
    verify_count();
    verify_types();
  }

 private:
  void verify_count() {
    if (!verification_.has(ComponentTag::kClass)) return;
    const auto expected = verification_.cap().classes.entries.size();
    if (classes_.size() != expected)
      verification_.error(kTag, 0,
                          fmt::format("expected {} classes and interfaces, found {}", expected, classes_.size()));
  }

  void check_type(std::uint16_t offset, const std::string& what) {
    if (!type_offsets_.contains(offset))
      verification_.error(kTag, 0, fmt::format("{}: no type starts at offset 0x{:04X}", what, offset));
  }

  void verify_class(const ClassDescriptor& each) {
    const auto what = fmt::format("class descriptor {}", classes_.size());
    if (!each.this_class.internal())
      verification_.error(
          kTag, 0, fmt::format("{}: this_class_ref 0x{:04X} is not of this CAP file", what, each.this_class.value));
    const bool is_interface = (each.flags & kDescriptorInterface) != 0;
    if (each.this_class.internal())
      verification_.check_class_ref(kTag, 0, each.this_class, is_interface ? Wanted::kInterface : Wanted::kClass, what);
    if (!classes_.insert(each.this_class.value).second)
      verification_.error(kTag, 0,
                          fmt::format("{}: the class at 0x{:04X} is described twice", what, each.this_class.value));
    for (const auto ref : each.interfaces)
      verification_.check_class_ref(kTag, 0, ref, Wanted::kInterface, what + ": interface");
    for (std::size_t at = 0; at < each.fields.size(); ++at)
      verify_field(each.fields[at], fmt::format("{}: field {}", what, at));
    if (is_interface) return;
    for (std::size_t at = 0; at < each.methods.size(); ++at)
      verify_method(each.methods[at], fmt::format("{}: method {}", what, at));
  }

  void verify_field(const FieldDescriptor& field, const std::string& what) {
    const Constant ref{ConstantTag::kStaticFieldref, field.field_ref};
    const auto image = verification_.cap().static_fields.image_size;
    if ((field.flags & kDescriptorStatic) == 0) {
      verification_.check_class_ref(kTag, 0, ref.class_ref(), Wanted::kClass, what);
    } else if (ref.external_static() || ref.static_field_offset() >= image) {
      verification_.error(
          kTag, 0,
          fmt::format("{}: static field at {} of an image of {} octets", what, ref.static_field_offset(), image));
    }
    if ((field.type & kPrimitive) == 0) return check_type(field.type, what);
    // JCVM 3.1 §6.14.1 table 6-20.
    if (field.type < 0x8002 || field.type > 0x8005)
      verification_.error(kTag, 0,
                          fmt::format("{}: expected a primitive type 8002 to 8005, found {:04X}", what, field.type));
  }

  void verify_method(const MethodDescriptor& method, const std::string& what) {
    check_type(method.type_offset, what);
    verification_.check_method(kTag, 0, method.location, what);
    if (!locations_.insert(method.location).second)
      verification_.error(kTag, 0,
                          fmt::format("{}: the method at 0x{:04X} is described twice", what, method.location.offset));
    const auto* span = verification_.method_at(method.location);
    if (span == nullptr) return;
    const auto& handlers = verification_.cap().method_blocks[method.location.block].handlers;
    const auto end = std::size_t{method.exception_handler_index} + method.exception_handler_count;
    if (end > handlers.size())
      return verification_.error(kTag, 0,
                                 fmt::format("{}: exception handlers {} to {} of {}", what,
                                             method.exception_handler_index, end, handlers.size()));
    for (std::size_t at = method.exception_handler_index; at < end; ++at)
      if (handlers[at].start_offset < method.location.offset || handlers[at].end_offset() > span->end)
        verification_.error(kTag, 0, fmt::format("{}: exception handler {} guards another method", what, at));
  }

  void verify_types() {
    const auto& constants = verification_.cap().constants;
    const auto& types = descriptor_.constant_pool_types;
    if (verification_.has(ComponentTag::kConstantPool) && types.size() != constants.size())
      verification_.error(kTag, 0,
                          fmt::format("constant_pool_count: expected {}, found {}", constants.size(), types.size()));
    for (std::size_t at = 0; at < std::min(types.size(), constants.size()); ++at) {
      const auto what = fmt::format("type of constant {}", at);
      const bool is_class = constants[at].tag == ConstantTag::kClassref;
      if (is_class != (types[at] == kNoType)) {
        verification_.error(kTag, 0,
                            fmt::format("{}: expected {}, found 0x{:04X}", what,
                                        is_class ? "FFFF for a class" : "an offset", types[at]));
      } else if (!is_class) {
        check_type(types[at], what);
      }
    }
    for (const auto& type : descriptor_.types)
      if (!parse_type(type))
        verification_.error(kTag, 0, fmt::format("type at offset 0x{:04X}: malformed", type.offset));
  }

  Verification& verification_;
  const DescriptorComponent& descriptor_;
  std::set<std::uint16_t> type_offsets_;
  std::set<std::uint16_t> classes_;
  std::set<MethodLocation> locations_;
};

}  // namespace

void verify_descriptor(Verification& verification) {
  const auto& cap = verification.cap();
  if (!cap.descriptor) return;
  if (cap.descriptor->packages.size() < cap.header.packages.size())
    verification.error(kTag, 0,
                       fmt::format("expected at least {} packages, found {}", cap.header.packages.size(),
                                   cap.descriptor->packages.size()));
  DescriptorVerifier(verification, *cap.descriptor).run();
}

}  // namespace cose::cap::detail
