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
  EXPECT_EQ(of("javacard/framework/service/RMIService", "<init>", "(Ljava/rmi/Remote;)V"), Presence::kLeftOut);
  EXPECT_EQ(of("org/globalplatform/SecureChannel", "getSecurityLevel", "()B"), Presence::kDone);
  EXPECT_EQ(of("java/rmi/RemoteException", "equals", "(Ljava/lang/Object;)Z"), Presence::kDone);
}

TEST(Coverage, IsWholeButForWhatIsLeftOut) {
  std::size_t left_out = 0;
  for (const auto& package : coverage())
    for (const auto& type : package.classes) {
      for (const auto& each : type.methods)
        EXPECT_NE(each.presence, Presence::kMissing) << type.type->name << '.' << each.method->name;
      left_out += type.count(Presence::kLeftOut);
    }
  EXPECT_EQ(left_out, 25U);
}

}  // namespace
}  // namespace cose::jcapi
