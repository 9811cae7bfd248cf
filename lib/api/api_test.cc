// SPDX-License-Identifier: Apache-2.0
#include "api/api.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace cose::api {
namespace {

// JC API 3.2: the counts of the specification's own index.
TEST(ApiTable, HoldsEverything) {
  std::size_t classes = 0;
  std::size_t methods = 0;
  std::size_t fields = 0;
  for (const auto& package : packages()) {
    classes += package.classes.size();
    for (const auto& type : package.classes) {
      methods += type.methods.size();
      fields += type.fields.size();
    }
  }
  EXPECT_EQ(packages().size(), 31U);
  EXPECT_EQ(classes, 190U);
  EXPECT_EQ(methods, 1322U);
  EXPECT_EQ(fields, 815U);
}

TEST(ApiTable, FindsByName) {
  const auto* util = find_class("javacard/framework/Util");
  ASSERT_NE(util, nullptr);
  EXPECT_EQ(util->token, 16);
  const auto* copy = find_method(*util, "arrayCopy", "([BS[BSS)S");
  ASSERT_NE(copy, nullptr);
  EXPECT_EQ(copy->token, 1);
  EXPECT_TRUE(copy->in_static_space());
  const auto* constants = find_class("javacard/framework/ISO7816");
  ASSERT_NE(constants, nullptr);
  EXPECT_TRUE(constants->is_interface());
  EXPECT_EQ(find_field(*constants, "SW_NO_ERROR")->value, -28672);
  EXPECT_EQ(find_class("javacard/framework/Nothing"), nullptr);
  EXPECT_EQ(find_class("Util"), nullptr);
  EXPECT_EQ(find_package_by_aid({"\xA0\x00\x00\x00\x62\x01\x01", 7}), find_package("javacard/framework"));
}

// A super class or an interface is in the table, and comes before those who need it.
TEST(ApiTable, StandsInOrder) {
  std::set<std::string_view> known;
  for (const auto& package : packages()) {
    for (const auto& type : package.classes) known.insert(type.name);
    for (const auto& type : package.classes) {
      EXPECT_TRUE(type.super.empty() || known.contains(type.super)) << type.name;
      for (const auto interface : type.interfaces) EXPECT_TRUE(known.contains(interface)) << type.name;
    }
  }
}

// Within a class no token names two methods: a linker could not tell them apart.
TEST(ApiTable, TokensAreUnique) {
  for (const auto& package : packages()) {
    std::set<std::uint8_t> class_tokens;
    for (const auto& type : package.classes) {
      EXPECT_TRUE(class_tokens.insert(type.token).second) << type.name;
      std::set<std::pair<bool, std::uint8_t>> tokens;
      for (const auto& method : type.methods)
        EXPECT_TRUE(tokens.emplace(method.in_static_space(), method.token).second)
            << type.name << '.' << method.name << method.descriptor;
    }
  }
}

TEST(ApiTable, FieldsAreConstantsOrHaveATokenOfTheirOwn) {
  for (const auto& package : packages())
    for (const auto& type : package.classes)
      for (const auto& field : type.fields)
        EXPECT_NE(field.value.has_value(), field.token != kNoToken) << type.name << '.' << field.name;
}

}  // namespace
}  // namespace cose::api
