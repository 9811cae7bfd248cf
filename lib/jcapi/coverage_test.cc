// SPDX-License-Identifier: Apache-2.0
#include "jcapi/coverage.h"

#include <gtest/gtest.h>

namespace cose::jcapi {
namespace {

Presence of(std::string_view class_name, std::string_view name, std::string_view descriptor) {
  for (const auto& package : coverage())
    for (const auto& type : package.classes)
      for (const auto& each : type.methods)
        if (type.type->name == class_name && each.method->name == name && each.method->descriptor == descriptor)
          return each.presence;
  return Presence::kMissing;
}

TEST(Coverage, TellsWhoHasAMethod) {
  EXPECT_EQ(of("javacard/framework/Util", "getShort", "([BS)S"), Presence::kDone);
  EXPECT_EQ(of("javacard/framework/ISOException", "getReason", "()S"), Presence::kDone);
  EXPECT_EQ(of("javacard/framework/Applet", "process", "(Ljavacard/framework/APDU;)V"), Presence::kApplets);
  EXPECT_EQ(of("javacard/framework/AppletEvent", "uninstall", "()V"), Presence::kApplets);
  EXPECT_EQ(of("javacard/framework/OwnerPINx", "getTryLimit", "()B"), Presence::kDone);
  EXPECT_EQ(of("java/rmi/RemoteException", "equals", "(Ljava/lang/Object;)Z"), Presence::kDone);
}

TEST(Coverage, IsWholeForTheLanguageAndTheFramework) {
  for (const auto& package : coverage()) {
    const auto name = package.package->name;
    if (name != "java/lang" && name != "java/io" && name != "javacard/framework" && name != "javacardx/apdu" &&
        name != "javacardx/apdu/util")
      continue;
    for (const auto& type : package.classes)
      for (const auto& each : type.methods)
        EXPECT_NE(each.presence, Presence::kMissing) << type.type->name << '.' << each.method->name;
  }
}

}  // namespace
}  // namespace cose::jcapi
