// SPDX-License-Identifier: Apache-2.0
#include "stubs/stubs.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "bytes/reader.h"
#include "stubs/stub_class.h"

namespace cose::stubs {
namespace {

bool mentions(const Bytes& content, std::string_view text) {
  return as_text(content).find(text) != std::string_view::npos;
}

TEST(Stubs, HaveAClassFileForEveryClass) {
  const auto files = class_files();
  std::set<std::string> names;
  for (const auto& file : files) names.insert(file.name);
  EXPECT_EQ(names.size(), files.size());
  EXPECT_EQ(files.size(), 190U + language_classes().size());
  EXPECT_TRUE(names.contains("javacard/framework/Util.class"));
  EXPECT_TRUE(names.contains("javacard/security/Signature$OneShot.class"));
  EXPECT_TRUE(names.contains("java/lang/Override.class"));
}

TEST(Stubs, DeclareCheckedExceptions) {
  EXPECT_TRUE(mentions(stub_class(*api::find_class("javacard/framework/UserException")), "Exceptions"));
  EXPECT_FALSE(mentions(stub_class(*api::find_class("javacard/framework/ISOException")), "Exceptions"));
}

TEST(Stubs, LeaveOutWhatIsInherited) {
  const auto content = stub_class(*api::find_class("javacard/framework/OwnerPIN"));
  EXPECT_FALSE(mentions(content, "equals"));
  EXPECT_TRUE(mentions(content, "resetAndUnblock"));
}

TEST(Stubs, TellNestedClasses) {
  EXPECT_TRUE(mentions(stub_class(*api::find_class("javacard/security/Signature")), "InnerClasses"));
  EXPECT_TRUE(mentions(stub_class(*api::find_class("javacard/security/Signature$OneShot")), "InnerClasses"));
  EXPECT_FALSE(mentions(stub_class(*api::find_class("javacard/security/Checksum")), "InnerClasses"));
}

TEST(ExportFiles, AreReadBackWithEveryToken) {
  for (const auto format : {ExportFormat::k21, ExportFormat::k23}) {
    const auto files = export_files(format);
    ASSERT_TRUE(files.has_value()) << files.error().message;
    ASSERT_EQ(files->size(), api::packages().size());
    for (std::size_t index = 0; index < files->size(); ++index) {
      const auto& package = api::packages()[index];
      const auto read = cap::parse_export_file((*files)[index].content);
      ASSERT_TRUE(read.has_value()) << package.name << ": " << read.error().message;
      EXPECT_EQ(as_text(read->package(read->this_package).aid), package.aid);
      ASSERT_EQ(read->classes.size(), package.classes.size());
      for (std::size_t row = 0; row < package.classes.size(); ++row) {
        const auto& type = package.classes[row];
        const auto& item = read->classes[row];
        EXPECT_EQ(read->class_name(item.name_index), type.name);
        EXPECT_EQ(item.token, type.token);
        ASSERT_EQ(item.methods.size(), type.methods.size());
        for (std::size_t method = 0; method < type.methods.size(); ++method)
          EXPECT_EQ(item.methods[method].token, type.methods[method].token);
        ASSERT_EQ(item.fields.size(), type.fields.size());
        for (std::size_t field = 0; field < type.fields.size(); ++field)
          EXPECT_EQ(read->constant_value(item.fields[field]), type.fields[field].value);
      }
    }
  }
}

TEST(ExportFiles, StandWhereConvertersLook) {
  const auto files = export_files(ExportFormat::k21);
  ASSERT_TRUE(files.has_value());
  EXPECT_TRUE(std::ranges::any_of(
      *files, [](const File& file) { return file.name == "javacard/framework/javacard/framework.exp"; }));
}

TEST(ExportFiles, NameReferencedPackagesSince23) {
  const auto file = export_file(*api::find_package("javacardx/crypto"), ExportFormat::k23);
  std::set<std::string> names;
  for (const auto index : file.referenced_packages) names.insert(file.utf8(file.package(index).name_index));
  EXPECT_TRUE(names.contains("java/lang"));
  EXPECT_TRUE(names.contains("javacard/security"));
  EXPECT_FALSE(names.contains("javacardx/crypto"));
}

}  // namespace
}  // namespace cose::stubs
