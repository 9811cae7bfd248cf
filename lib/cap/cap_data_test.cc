// SPDX-License-Identifier: Apache-2.0
// CAP files from text: tests/cap/*.jca hold together and survive every conversion, tests/cap/bad/*.jca are refused
// for the reason that their first line names, "; expect: part of a finding". "; warning:" expects one that does not
// refuse.
#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/dump.h"
#include "cap/parse.h"
#include "cap/verify.h"
#include "cap/write.h"

namespace cose::cap {
namespace {

std::string read_text(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> sources_in(const std::string& folder) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(std::string(COSE_TESTS_DIR) + "/" + folder))
    if (entry.path().extension() == ".jca") paths.push_back(entry.path().string());
  std::ranges::sort(paths);
  return paths;
}

std::string name_of_case(const testing::TestParamInfo<std::string>& info) {
  auto name = std::filesystem::path(info.param).stem().string();
  std::ranges::replace_if(name, [](char each) { return std::isalnum(static_cast<unsigned char>(each)) == 0; }, '_');
  return name;
}

class GoodSource : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto assembled = assemble(read_text(GetParam()));
    ASSERT_TRUE(assembled) << assembled.error().message;
    components_ = *std::move(assembled);
  }

  Components components_;
};

TEST_P(GoodSource, HoldsTogether) {
  EXPECT_EQ(to_text(verify(components_)), "");
}

TEST_P(GoodSource, IsParsedAndWrittenToTheSameOctets) {
  const auto cap = parse(components_);
  ASSERT_TRUE(cap) << cap.error().message;
  const auto written = write(*cap);
  ASSERT_TRUE(written) << written.error().message;
  for (const auto& [tag, info] : written->infos) EXPECT_EQ(info, *components_.find(tag)) << name_of(tag);
}

TEST_P(GoodSource, SurvivesDumpAndAssembly) {
  for (const auto comments : {Comments::kNo, Comments::kYes}) {
    const auto text = dump_text(components_, comments);
    EXPECT_EQ(text.find(".component"), std::string::npos) << text;
    const auto again = assemble(text);
    ASSERT_TRUE(again) << again.error().message << "\n" << text;
    EXPECT_EQ(again->infos, components_.infos) << text;
    EXPECT_EQ(dump_text(*again, comments), text);
  }
}

TEST_P(GoodSource, SurvivesZipAndLoadFile) {
  const auto zip = write_zip(components_);
  ASSERT_TRUE(zip) << zip.error().message;
  const auto unzipped = read_cap(*zip);
  ASSERT_TRUE(unzipped) << unzipped.error().message;
  EXPECT_EQ(*unzipped, components_);
  EXPECT_EQ(write_zip(*unzipped).value(), *zip);

  const auto load_file = write_load_file(components_, WithDescriptor::kYes);
  ASSERT_TRUE(load_file) << load_file.error().message;
  auto loaded = read_cap(*load_file);
  ASSERT_TRUE(loaded) << loaded.error().message;
  if (const auto* debug = components_.find(ComponentTag::kDebug)) loaded->infos.emplace(ComponentTag::kDebug, *debug);
  EXPECT_EQ(loaded->infos, components_.infos);
}

TEST_P(GoodSource, HoldsTogetherWithoutDescriptor) {
  const auto loaded = read_load_file(write_load_file(components_, WithDescriptor::kNo).value());
  ASSERT_TRUE(loaded) << loaded.error().message;
  EXPECT_EQ(to_text(verify(*loaded)), "");
  const auto again = assemble(dump_text(*loaded, Comments::kNo));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->infos, loaded->infos);
}

INSTANTIATE_TEST_SUITE_P(Cap, GoodSource, testing::ValuesIn(sources_in("cap")), name_of_case);

class BadSource : public testing::TestWithParam<std::string> {};

TEST_P(BadSource, IsRefusedForItsReason) {
  const auto source = read_text(GetParam());
  const auto first = source.substr(0, source.find('\n'));
  const bool warning = first.starts_with("; warning: ");
  ASSERT_TRUE(warning || first.starts_with("; expect: ")) << first;
  const auto expected = first.substr(first.find(": ") + 2);
  const auto assembled = assemble(source);
  ASSERT_TRUE(assembled) << assembled.error().message;
  const auto report = verify(*assembled);
  EXPECT_EQ(report.has_errors(), !warning) << to_text(report);
  EXPECT_NE(to_text(report).find(expected), std::string::npos) << "expected: " << expected << "\n" << to_text(report);
  // Nothing is too broken for a faithful dump.
  const auto again = assemble(dump_text(*assembled, Comments::kYes));
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->infos, assembled->infos);
}

INSTANTIATE_TEST_SUITE_P(Cap, BadSource, testing::ValuesIn(sources_in("cap/bad")), name_of_case);

}  // namespace
}  // namespace cose::cap
