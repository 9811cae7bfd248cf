// SPDX-License-Identifier: Apache-2.0
#include "cap/export_file.h"

#include <gtest/gtest.h>

#include "bytes/hex.h"

namespace cose::cap {
namespace {

using namespace literals;

// One class with a constant, a static field with a token, a constructor and a virtual method.
ExportFile example(std::uint8_t minor) {
  ExportFile file;
  file.format = {2, minor};
  const auto add = [&]<typename Constant>(Constant constant) {
    file.constants.emplace_back(std::in_place_type<Constant>, std::move(constant));
    return static_cast<std::uint16_t>(file.constants.size() - 1);
  };
  const auto text = [&](std::string name) { return add(ExportUtf8{std::move(name)}); };
  file.this_package = add(ExportPackage{1, text("com/example/library"), {2, 1}, "A0000000620303"_hex});
  if (minor >= 3) file.referenced_packages = {add(ExportPackage{1, text("java/lang"), {1, 0}, "A0000000620001"_hex})};
  ExportClass square;
  square.token = 1;
  square.access_flags = 0x0011;
  square.name_index = add(ExportClassref{text("com/example/library/Square")});
  square.supers = {add(ExportClassref{text("java/lang/Object")})};
  square.interfaces = {add(ExportClassref{text("com/example/library/Counting")})};
  const auto value = add(ExportInteger{-2});
  const Bytes index{static_cast<std::uint8_t>(value >> 8), static_cast<std::uint8_t>(value & 0xFF)};
  square.fields.push_back({0xFF, 0x0019, text("SIDES"), text("S"), {{text("ConstantValue"), index}}});
  square.fields.push_back({3, 0x0009, text("count"), text("B"), {}});
  square.methods.push_back({0, 0x0001, text("<init>"), text("(S)V")});
  square.methods.push_back({7, 0x0001, text("area"), text("()S")});
  square.cap22_inheritable_public_method_tokens = minor >= 3 ? 8 : 0;
  file.classes.push_back(square);
  return file;
}

TEST(ExportFile, IsWrittenAndReadInAllFormats) {
  for (const std::uint8_t minor : {std::uint8_t{1}, std::uint8_t{2}, std::uint8_t{3}}) {
    const auto octets = write_export_file(example(minor)).value();
    EXPECT_EQ(to_hex(ByteView(octets).first(6)), "00FACADE0" + std::to_string(minor) + "02");
    const auto read = parse_export_file(octets);
    ASSERT_TRUE(read) << read.error().message;
    EXPECT_EQ(write_export_file(*read).value(), octets);
    EXPECT_EQ(read->class_name(read->classes[0].name_index), "com/example/library/Square");
    EXPECT_EQ(read->constant_value(read->classes[0].fields[0]), -2);
    EXPECT_EQ(read->constant_value(read->classes[0].fields[1]), std::nullopt);
    EXPECT_EQ(read->package(read->this_package).version, (Version{2, 1}));
  }
}

TEST(ExportFile, IsShownWithTokens) {
  EXPECT_EQ(to_text(example(3)),
            "export file 2.3\n"
            "package com/example/library A0000000620303 2.1 library\n"
            "refers to java/lang A0000000620001 1.0 library\n"
            "  1 public final com/example/library/Square\n"
            "      extends java/lang/Object\n"
            "      implements com/example/library/Counting\n"
            "      - public static final S SIDES = -2\n"
            "      3 public static B count\n"
            "      0 public <init>(S)V\n"
            "      7 public area()S\n");
  const auto json = to_json(example(3));
  EXPECT_NE(json.find("\"inheritable_public_method_tokens\": 8"), std::string::npos) << json;
  EXPECT_NE(json.find("\"value\": -2"), std::string::npos) << json;
}

TEST(ExportFile, RefusesWhatDoesNotFitTogether) {
  const auto error_of = [](const ExportFile& file) {
    const auto read = parse_export_file(write_export_file(file).value());
    return read ? std::string("read") : read.error().message;
  };
  auto file = example(3);
  file.this_package = 99;
  EXPECT_EQ(error_of(file), "this_package: constant 99 of " + std::to_string(file.constants.size()));
  file.this_package = 0;
  EXPECT_EQ(error_of(file), "this_package: expected constant 0 to be a package");
  file = example(3);
  file.classes[0].supers[0] = 0;
  EXPECT_EQ(error_of(file), "super class: expected constant 0 to be a class");
  file = example(3);
  file.classes[0].fields[0].attributes[0].info = "00"_hex;
  EXPECT_EQ(error_of(file), "attribute: expected 2 octets, found 1");
  file = example(3);
  file.classes[0].fields[0].attributes[0].info = "0000"_hex;
  EXPECT_EQ(error_of(file), "constant value: expected constant 0 to be an integer");
  file = example(3);
  std::get<ExportPackage>(file.constants[file.this_package]).aid = "A0"_hex;
  EXPECT_EQ(error_of(file), "package AID: expected 5 to 16 octets, found 1");
  EXPECT_EQ(parse_export_file("00FACADF0102"_hex).error().message, "expected magic 00FACADE, found 00FACADF");
  EXPECT_EQ(parse_export_file("00FACADE0402"_hex).error().kind, ErrorKind::kUnsupported);
}

TEST(ExportFile, EndsWhereItEnds) {
  const auto octets = write_export_file(example(3)).value();
  for (std::size_t size = 0; size < octets.size(); ++size)
    EXPECT_FALSE(parse_export_file(ByteView(octets).first(size))) << size;
  EXPECT_FALSE(parse_export_file(concat(octets, "00"_hex)));
}

}  // namespace
}  // namespace cose::cap
