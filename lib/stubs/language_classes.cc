// SPDX-License-Identifier: Apache-2.0
#include "stubs/stubs.h"

namespace cose::stubs {

namespace {

constexpr std::string_view kAnnotation[] = {"java/lang/annotation/Annotation"};
constexpr api::Method kConstructor[] = {
    {.name = "<init>", .descriptor = "()V", .flags = api::kPublic, .since = {}, .throws = {}}};
constexpr api::Method kValues[] = {{.name = "value",
                                    .descriptor = "()[Ljava/lang/String;",
                                    .flags = api::kPublic | api::kAbstract,
                                    .since = {},
                                    .throws = {}}};

constexpr std::uint16_t kPlainInterface = api::kPublic | api::kInterface | api::kAbstract;

constexpr api::Class class_row(std::string_view name, std::uint16_t flags, std::string_view super,
                               std::span<const std::string_view> interfaces = {},
                               std::span<const api::Method> methods = {}) {
  return {.name = name, .flags = flags, .super = super, .interfaces = interfaces, .methods = methods, .fields = {}};
}

constexpr api::Class final_class(std::string_view name) {
  return class_row(name, api::kPublic | api::kFinal, "java/lang/Object");
}

constexpr api::Class kLanguageClasses[] = {
    final_class("java/lang/String"),
    final_class("java/lang/Class"),
    final_class("java/lang/Boolean"),
    final_class("java/lang/Byte"),
    final_class("java/lang/Character"),
    final_class("java/lang/Short"),
    final_class("java/lang/Integer"),
    final_class("java/lang/Long"),
    final_class("java/lang/Float"),
    final_class("java/lang/Double"),
    final_class("java/lang/Void"),
    class_row("java/lang/Cloneable", kPlainInterface, "java/lang/Object"),
    class_row("java/io/Serializable", kPlainInterface, "java/lang/Object"),
    class_row("java/lang/Error", api::kPublic, "java/lang/Throwable", {}, kConstructor),
    class_row("java/lang/annotation/Annotation", kPlainInterface, "java/lang/Object"),
    class_row("java/lang/Override", kPlainInterface, "java/lang/Object", kAnnotation),
    class_row("java/lang/Deprecated", kPlainInterface, "java/lang/Object", kAnnotation),
    class_row("java/lang/SuppressWarnings", kPlainInterface, "java/lang/Object", kAnnotation, kValues),
};

}  // namespace

std::span<const api::Class> language_classes() {
  return kLanguageClasses;
}

}  // namespace cose::stubs
