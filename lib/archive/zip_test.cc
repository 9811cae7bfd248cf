// SPDX-License-Identifier: Apache-2.0
#include "archive/zip.h"

#include <gtest/gtest.h>

namespace cose::archive {
namespace {

Result<bool> all(std::string_view /*name*/) {
  return true;
}

Bytes text(std::string_view characters) {
  return to_bytes(as_bytes(characters));
}

TEST(Archive, GivesBackWhatItWrote) {
  const auto zip = write_zip({{"b", text("second")}, {"a/empty", {}}}).value();
  EXPECT_TRUE(is_zip(zip));
  EXPECT_EQ(zip, write_zip({{"b", text("second")}, {"a/empty", {}}}).value());
  const auto entries = read_zip(zip, {}, all).value();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "b");
  EXPECT_EQ(entries[0].content, text("second"));
  EXPECT_TRUE(entries[1].content.empty());
}

TEST(Archive, InflatesOnlyWhatIsWanted) {
  const auto zip = write_zip({{"big", Bytes(1000)}, {"small", text("x")}}).value();
  const auto small = [](std::string_view name) -> Result<bool> { return name == "small"; };
  EXPECT_EQ(read_zip(zip, {.content = 10}, small).value().size(), 1U);
  EXPECT_EQ(read_zip(zip, {.content = 10}, all).error().kind, ErrorKind::kLimit);
}

TEST(Archive, KeepsItsLimits) {
  const auto zip = write_zip({{"one", {}}, {"two", {}}}).value();
  EXPECT_EQ(read_zip(zip, {.entries = 1}, all).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(read_zip(zip, {.name = 2}, all).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(read_zip(zip, {.archive = 10}, all).error().kind, ErrorKind::kLimit);
  EXPECT_EQ(read_zip(text("PK"), {}, all).error().message, "expected a zip, found no zip directory at its end");
}

TEST(Archive, RefusesWhatIsThereTwiceOrDamaged) {
  EXPECT_EQ(read_zip(write_zip({{"a", {}}, {"a", {}}}).value(), {}, all).error().message, "zip entry a is there twice");
  auto damaged = write_zip({{"a", text("octets")}}).value();
  damaged[30 + 1] ^= 1;  // behind the local header and its name
  EXPECT_EQ(read_zip(damaged, {}, all).error().message, "zip entry a: wrong checksum");
}

}  // namespace
}  // namespace cose::archive
