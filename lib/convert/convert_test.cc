// SPDX-License-Identifier: Apache-2.0
#include "convert/convert.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "cap/dump.h"
#include "cap/parse.h"
#include "cap/verify.h"

namespace cose::convert {
namespace {

Input seed(const std::string& name) {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/../fuzz/corpus/convert/" + name, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  return {name, to_bytes(as_bytes(content.str()))};
}

Options options_for_applet() {
  Options options;
  options.aid = {0xF0, 0, 0, 0, 1};
  options.applets = {{{0xF0, 0, 0, 0, 1, 1}, "Seed"}};
  return options;
}

Options options_for_library() {
  Options options;
  options.aid = {0xF0, 0, 0, 0, 2};
  options.ints = IntSupport::kYes;
  return options;
}

std::string problems_of(const Conversion& conversion) {
  std::string text;
  for (const auto& problem : conversion.problems) text += to_text(problem) + "\n";
  return text;
}

Converted converted(const std::vector<Input>& inputs, const Options& options) {
  auto conversion = convert(inputs, options);
  EXPECT_TRUE(conversion.converted) << problems_of(conversion);
  return conversion.converted ? *std::move(conversion.converted) : Converted{};
}

TEST(Convert, MakesAnApplet) {
  const auto made = converted({seed("Seed.class")}, options_for_applet());
  EXPECT_FALSE(cap::verify(made.components).has_errors());
  EXPECT_TRUE(made.export_file.empty());
  EXPECT_EQ(made.statistics.methods, 3U);
  EXPECT_LT(made.statistics.card_octets, made.statistics.java_octets);
  const auto parsed = cap::parse(made.components);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->header.flags, cap::kHeaderApplet);
  ASSERT_EQ(parsed->static_fields.array_init.size(), 1U);
  EXPECT_EQ(parsed->static_fields.array_init[0].values, (Bytes{1, 2, 3}));
  EXPECT_EQ(parsed->static_fields.non_default_values, (Bytes{0, 5}));
}

TEST(Convert, ChoosesShortForms) {
  const auto made = converted({seed("Seed.class")}, options_for_applet());
  const auto text = cap::dump_text(made.components, cap::Comments::kNo);
  for (const auto* wanted : {"sinc ", "getfield_s_this ", "putfield_a_this ", "slookupswitch ", "ifnonnull ",
                             "sspush 255", "invokestatic ", "if_scmpge "})
    EXPECT_NE(text.find(wanted), std::string::npos) << wanted << "\n" << text;
  EXPECT_EQ(text.find("iadd"), std::string::npos);
}

TEST(Convert, UsesIntsOnlyWhenAllowed) {
  const auto made = converted({seed("Ints.class")}, options_for_library());
  EXPECT_NE(cap::parse(made.components)->header.flags & cap::kHeaderInt, 0);
  EXPECT_FALSE(made.export_file.empty());
  auto without = options_for_library();
  without.ints = IntSupport::kNo;
  const auto refused = convert(std::vector{seed("Ints.class")}, without);
  EXPECT_FALSE(refused.converted);
  EXPECT_NE(problems_of(refused).find("--int"), std::string::npos);
}

TEST(Convert, GivesTheSameOctetsForTheSameInput) {
  for (const auto minor : Bytes{1, 2, 3}) {
    auto options = options_for_library();
    options.format = {2, minor};
    options.debug = DebugInfo::kYes;
    const auto first = converted({seed("Ints.class"), seed("Seed.class")}, options);
    const auto second = converted({seed("Seed.class"), seed("Ints.class")}, options);
    EXPECT_EQ(first.components, second.components);
    EXPECT_EQ(first.export_file, second.export_file);
    EXPECT_FALSE(cap::verify(first.components).has_errors()) << cap::to_text(cap::verify(first.components));
    EXPECT_EQ(cap::parse(first.components)->header.format.minor, minor);
    EXPECT_NE(cap::dump_text(first.components, cap::Comments::kYes).find("seed/Ints"), std::string::npos);
  }
}

TEST(Convert, ExportsWhatItsExportFileSays) {
  const auto made = converted({seed("Ints.class"), seed("Seed.class")}, options_for_library());
  const auto file = cap::parse_export_file(made.export_file);
  ASSERT_TRUE(file) << file.error().message;
  const auto exports = cap::parse(made.components)->exports->front();
  ASSERT_EQ(file->classes.size(), 2U);
  ASSERT_EQ(exports.size(), 2U);
  EXPECT_EQ(file->class_name(file->classes[0].name_index), "seed/Ints");
  EXPECT_EQ(file->class_name(file->classes[1].supers.back()), "javacard/framework/Applet");
  // The constructor of Ints; the method install of Seed, whose constructor is not visible.
  EXPECT_EQ(exports[0].static_methods.size(), 1U);
  EXPECT_EQ(exports[1].static_methods.size(), 1U);
}

TEST(Convert, SaysWhatIsWrongWithItsOptions) {
  auto options = options_for_applet();
  options.aid = {1, 2};
  options.applets[0].aid = {};
  options.format = {2, 4};
  EXPECT_EQ(problems_of(convert(std::vector{seed("Seed.class")}, options)),
            "the package's AID: expected 5 to 16 octets, found 2\n"
            "AID of applet Seed: expected 5 to 16 octets, found 0\n"
            "CAP format 2.4: expected 2.1, 2.2 or 2.3\n");
  options = options_for_applet();
  options.package = "com.elsewhere";
  EXPECT_EQ(problems_of(convert(std::vector{seed("Seed.class")}, options)),
            "no class of package com.elsewhere among the 1 class files\n");
  options = options_for_applet();
  options.applets[0].class_name = "Sprout";
  EXPECT_EQ(problems_of(convert(std::vector{seed("Seed.class")}, options)),
            "Sprout: the applet's class is not in package seed\n");
  EXPECT_EQ(problems_of(convert(std::vector{seed("Seed.class"), seed("Seed.class")}, options_for_applet())),
            "Seed.java: seed.Seed: the class is there twice\n");
  EXPECT_EQ(problems_of(convert({}, options_for_applet())), "no class files\n");
}

// A converter is run on files that anybody may have made.
TEST(Convert, SurvivesChangedOctets) {
  for (const auto* name : {"Seed.class", "Ints.class"}) {
    const auto whole = seed(name);
    for (std::size_t at = 8; at < whole.content.size(); ++at)
      for (const int step : {1, 0x55}) {
        auto changed = whole;
        changed.content[at] = static_cast<std::uint8_t>(changed.content[at] + step);
        const auto conversion = convert(std::vector{changed}, options_for_library());
        EXPECT_NE(conversion.converted.has_value(), !conversion.problems.empty());
        EXPECT_EQ(problems_of(conversion).find("does not verify"), std::string::npos)
            << at << " " << problems_of(conversion);
      }
  }
}

}  // namespace
}  // namespace cose::convert
