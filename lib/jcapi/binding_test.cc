// SPDX-License-Identifier: Apache-2.0
#include "jcapi/binding.h"

#include <gtest/gtest.h>

#include "api/api.h"

namespace cose::jcapi {
namespace {

using jcvm::NativeCall;
using jcvm::NativeResult;

NativeResult nothing(NativeCall& call) {
  return call.return_void();
}

const jcvm::Class* find(const std::vector<std::shared_ptr<const jcvm::Package>>& packages, std::string_view name) {
  for (const auto& package : packages)
    if (const auto* found = package->find_class(name)) return found;
  return nullptr;
}

TEST(Binding, JoinsTheWholeTable) {
  const auto joined = make_api(all_bindings());
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  for (const auto& package : api::packages())
    for (const auto& type : package.classes) EXPECT_NE(find(*joined, type.name), nullptr) << type.name;
  EXPECT_NE(find(*joined, "java/lang/Object")->virtual_methods[0]->native, nullptr);
}

TEST(Binding, InheritsAndOverrides) {
  const auto joined = make_api(all_bindings());
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  const auto* object = find(*joined, "java/lang/Object");
  const auto* exception = find(*joined, "java/lang/ArithmeticException");
  ASSERT_NE(exception, nullptr);
  EXPECT_EQ(exception->virtual_methods[0], object->virtual_methods[0]);
  EXPECT_TRUE(exception->derives_from(*object));
}

TEST(Binding, HiddenClassesHaveNoToken) {
  static constexpr std::string_view kInterfaces[] = {"javacard/security/DESKey"};
  static constexpr HiddenClass kHidden[] = {{"javacard/security/TestKey", "java/lang/Object", kInterfaces}};
  static constexpr MethodBinding kMethods[] = {{"javacard/security/TestKey", "clearKey()V", nothing}};
  static constexpr StateBinding kStates[] = {{"javacard/security/TestKey", 5, 1}};
  auto bindings = all_bindings();
  std::erase_if(bindings, [](const Bindings& each) { return !each.hidden.empty(); });
  bindings.push_back({kMethods, kStates, kHidden});
  const auto joined = make_api(bindings);
  ASSERT_TRUE(joined.has_value()) << joined.error().message;
  const auto* key = find(*joined, "javacard/security/TestKey");
  const auto* interface = find(*joined, "javacard/security/DESKey");
  ASSERT_NE(key, nullptr);
  ASSERT_NE(interface, nullptr);
  EXPECT_TRUE(key->derives_from(*interface));
  EXPECT_EQ(key->native_octets, 8);
  const auto* table = key->find_interface(*interface);
  ASSERT_NE(table, nullptr);
  const auto* type = api::find_class("javacard/security/DESKey");
  const auto token = api::find_method(*type, "clearKey", "()V")->token;
  EXPECT_EQ(key->virtual_methods[table->tokens[token]]->native, nothing);
  for (const auto& exported : key->package->exports[0].classes) EXPECT_NE(exported.type, key);
}

TEST(Binding, RefusesWhatTheTableHasNot) {
  static constexpr MethodBinding kMethods[] = {{"java/lang/Object", "nothing()V", nothing}};
  auto bindings = all_bindings();
  bindings.push_back({kMethods});
  const auto joined = make_api(bindings);
  ASSERT_FALSE(joined.has_value());
  EXPECT_NE(joined.error().message.find("java/lang/Object.nothing()V"), std::string::npos);
}

}  // namespace
}  // namespace cose::jcapi
