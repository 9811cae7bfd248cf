// SPDX-License-Identifier: Apache-2.0
#include "cap/dump.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "cap/assemble.h"
#include "cap/debug.h"
#include "cap/detail/json_writer.h"
#include "cap/type_text.h"
#include "cap/verify.h"

namespace cose::cap {
namespace {

using namespace literals;

// Knows one class of one package.
class FrameworkNames final : public NameSource {
 public:
  [[nodiscard]] std::string package(ByteView aid) const override {
    return equal(aid, "A0000000620101"_hex) ? "javacard/framework" : "";
  }
  [[nodiscard]] std::string class_name(ByteView aid, std::uint8_t token) const override {
    return package(aid).empty() || token != 9 ? "" : "javacard/framework/OwnerPIN";
  }
  [[nodiscard]] std::string member(ByteView aid, std::uint8_t class_token, MemberKind kind,
                                   std::uint8_t token) const override {
    if (class_name(aid, class_token).empty() || token != 1) return "";
    return kind == MemberKind::kVirtualMethod ? "check([BSB)Z" : "other";
  }
};

constexpr std::string_view kSource = R"(.cap 2.2
.package A0000000620301 1.0 "a"
.import A0000000620101 1.0
.constant pin class 0.9
.constant check virtual 0.9 1
.class C
  .extends 0.9
  .public base=4 m
.method m stack=3 args=1 locals=0
  new pin
  invokevirtual check
  invokeinterface 1 pin 1
  return
.static
)";

TEST(Dump, TellsTheNamesOfOtherPackages) {
  const auto components = assemble(kSource).value();
  const FrameworkNames names;
  const auto text = dump_text(components, Comments::kYes, &names);
  for (const std::string_view expected : {
           ".import A0000000620101 1.0              ; 0 javacard/framework\n",
           ".constant k1 virtual 0.9 1              ; javacard/framework/OwnerPIN.check([BSB)Z\n",
           "    .extends 0.9                        ; javacard/framework/OwnerPIN\n",
           "    new k0                              ; javacard/framework/OwnerPIN\n",
           "    invokevirtual k1                    ; javacard/framework/OwnerPIN.check([BSB)Z\n",
           "    invokeinterface 1 k0 1              ; javacard/framework/OwnerPIN.other\n",
       })
    EXPECT_NE(text.find(expected), std::string::npos) << expected << text;
  EXPECT_EQ(dump_text(components, Comments::kNo, &names).find(';'), std::string::npos);
  EXPECT_NE(dump_json(components, &names).find("\"name\": \"javacard/framework/OwnerPIN.check([BSB)Z\""),
            std::string::npos);
}

TEST(Dump, TellsTheNamesOfItsOwnDebugComponent) {
  const auto debug =
      "0004 0001 70 0003 702F43 0001 6D 0003 282956  0000 0001"
      "0001 0001 0002 FFFF FFFF 00 0000 0001  0002 0003 0001 0001 02 000A 0000 0000"_hex;
  const auto source = std::string(kSource) + ".debug " + to_hex(debug) + "\n";
  const auto text = dump_text(assemble(source).value(), Comments::kYes);
  EXPECT_NE(text.find(".class C0                               ; p/C\n"), std::string::npos) << text;
  EXPECT_NE(text.find("; 0x0001 p/C.m()V\n"), std::string::npos) << text;
  EXPECT_EQ(parse_debug(debug, {{2, 3}, Layout::kExtended}).error().kind, ErrorKind::kUnsupported);
}

TEST(Dump, ShowsWhatItCannotRead) {
  auto components = assemble(kSource).value();
  components.infos[ComponentTag::kImport] = "0501"_hex;
  const auto text = dump_text(components, Comments::kYes);
  EXPECT_TRUE(text.starts_with("; Import component: entry 0: ")) << text;
  EXPECT_NE(text.find("\n.component Import 0501\n"), std::string::npos) << text;
  EXPECT_NE(dump_json(components).find("\"error\": \"Import component: "), std::string::npos);
  EXPECT_EQ(assemble(dump_text(Components{}, Comments::kNo)).value().infos, Components{}.infos);
}

TEST(Json, QuotesAndReplaces) {
  detail::JsonWriter json;
  json.begin_object();
  json.key("a").text("\"\\\n\xC3\xA4\xFF\xED\xA0\x80");
  json.key("b").begin_array().number(-1).boolean(true).end_array();
  json.key("c").begin_object().end_object();
  json.end_object();
  EXPECT_EQ(json.take(),
            "{\n  \"a\": \"\\\"\\\\\\u000a\xC3\xA4\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\",\n"
            "  \"b\": [\n    -1,\n    true\n  ],\n  \"c\": {}\n}\n");
}

TEST(Json, CarriesTheReport) {
  auto components = assemble(kSource).value();
  EXPECT_EQ(to_json(verify(components)), "{\n  \"ok\": true,\n  \"findings\": []\n}\n");
  components.infos.erase(ComponentTag::kStaticField);
  const auto json = to_json(verify(components));
  EXPECT_NE(json.find("\"ok\": false"), std::string::npos) << json;
  EXPECT_NE(json.find("\"message\": \"expected a StaticField component, found none\""), std::string::npos) << json;
}

TEST(Report, IsBounded) {
  std::string source(kSource);
  for (int count = 0; count < 2000; ++count) source += ".constant x" + std::to_string(count) + " class 5.0\n";
  const auto report = verify(assemble(source).value());
  EXPECT_EQ(report.findings.size(), 1001U);
  EXPECT_EQ(report.findings.back().message, "more than 1000 findings; the rest is not listed");
}

// JCVM 3.1 tables 6-7 to 6-11.
TEST(TypeDescriptor, IsMadeOfNibbles) {
  const ClassRef ref{0x8103};
  EXPECT_EQ(make_type({{TypeKind::kVoid, false, {}}}).type, "10"_hex);
  EXPECT_EQ(make_type({{TypeKind::kByte, true, {}}}).type, "B0"_hex);
  EXPECT_EQ(make_type({{TypeKind::kReference, true, ref}}).type, "E81030"_hex);
  const std::vector<Type> signature = {{TypeKind::kReference, false, ref}, {TypeKind::kShort, false, {}}};
  const auto made = make_type(signature);
  EXPECT_EQ(made.nibble_count, 6);
  EXPECT_EQ(made.type, "681034"_hex);
  EXPECT_EQ(parse_type(made), signature);
  EXPECT_EQ(parse_type({2, "90"_hex, 0}), std::nullopt);
  EXPECT_EQ(parse_type({1, "1F"_hex, 0}), std::nullopt);
  EXPECT_EQ(parse_type({3, "6000"_hex, 0}), std::nullopt);
  EXPECT_EQ(parse_type({0, {}, 0}), std::nullopt);
}

}  // namespace
}  // namespace cose::cap
