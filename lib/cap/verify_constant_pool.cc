// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "cap/detail/verification.h"

namespace cose::cap::detail {

namespace {

constexpr auto kTag = ComponentTag::kConstantPool;
using Wanted = Verification::Wanted;

struct At {
  std::size_t offset;
  std::string what;
};

void check_package(Verification& verification, const Constant& constant, const At& at) {
  if (verification.has(ComponentTag::kImport) && constant.package_token() >= verification.cap().imports.size())
    verification.error(kTag, at.offset,
                       fmt::format("{}: package token {} of {} imports", at.what, constant.package_token(),
                                   verification.cap().imports.size()));
}

void check_static_field(Verification& verification, const Constant& constant, const At& at) {
  if (constant.external_static()) return check_package(verification, constant, at);
  if (constant.info[0] != 0)
    verification.error(kTag, at.offset, fmt::format("{}: expected padding 0, found {}", at.what, constant.info[0]));
  const auto image = verification.cap().static_fields.image_size;
  if (verification.has(ComponentTag::kStaticField) && constant.static_field_offset() >= image)
    verification.error(
        kTag, at.offset,
        fmt::format("{}: static field at {} of an image of {} octets", at.what, constant.static_field_offset(), image));
}

void check_static_method(Verification& verification, const Constant& constant, const At& at) {
  if (constant.external_static()) return check_package(verification, constant, at);
  verification.check_method(kTag, at.offset, constant.method(), at.what);
}

void check_class(Verification& verification, const Constant& constant, const At& at) {
  verification.check_class_ref(kTag, at.offset, constant.class_ref(), Wanted::kAny, at.what);
  if (constant.token() != 0)
    verification.error(kTag, at.offset, fmt::format("{}: expected padding 0, found {}", at.what, constant.token()));
}

void check_instance_field(Verification& verification, const Constant& constant, const At& at) {
  verification.check_class_ref(kTag, at.offset, constant.class_ref(), Wanted::kClass, at.what);
  if (!constant.class_ref().internal()) return;
  // JCVM 3.1 §6.8.2: the class is the one that declares the field; tokens count its words (§4.3.7.5).
  const auto* info = verification.cap().classes.class_at(constant.class_ref().value);
  if (info != nullptr && constant.token() >= info->declared_instance_size)
    verification.error(kTag, at.offset,
                       fmt::format("{}: field token {}, but the instance size is {}", at.what, constant.token(),
                                   info->declared_instance_size));
}

void check_virtual_method(Verification& verification, const Constant& constant, const At& at) {
  verification.check_class_ref(kTag, at.offset, constant.class_ref(), Wanted::kClass, at.what);
  verification.check_virtual_token(kTag, at.offset, constant.class_ref(), constant.token(), at.what);
}

}  // namespace

void verify_constant_pool(Verification& verification) {
  const auto& constants = verification.cap().constants;
  for (std::size_t index = 0; index < constants.size(); ++index) {
    const auto& constant = constants[index];
    const At at{2 + 4 * index, fmt::format("constant {}", index)};
    switch (constant.tag) {
      case ConstantTag::kClassref: check_class(verification, constant, at); break;
      case ConstantTag::kInstanceFieldref: check_instance_field(verification, constant, at); break;
      case ConstantTag::kVirtualMethodref:
      // The class of a super method reference is the one whose super class is asked (JCVM 3.1 §6.8.2).
      case ConstantTag::kSuperMethodref: check_virtual_method(verification, constant, at); break;
      case ConstantTag::kStaticFieldref: check_static_field(verification, constant, at); break;
      case ConstantTag::kStaticMethodref: check_static_method(verification, constant, at); break;
    }
  }
}

}  // namespace cose::cap::detail
