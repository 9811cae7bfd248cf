// SPDX-License-Identifier: Apache-2.0
// What a folder of Java sources becomes as a package of a card: its `cap.toml`.
//
//   package = "com.example.purse"
//   aid = "F04578616D706C65"
//   version = "1.0"                    # major.minor, each up to 255; default 1.0
//   int = true                         # may use 32-bit arithmetic; default false
//   uses = ["../money"]                # folders of packages that this one imports
//   [[applet]]                         # none: a library
//   class = "Purse"
//   aid = "F04578616D706C6501"
//   instance = "A000000001"            # how tools and tests install it; default: its aid
//   parameters = "01 02"               # the same: its installation parameters
//
// Relative folders are taken from the folder of the file. An unknown key is an error.
// Errors: kNotFound, kLimit, kInvalid with file and line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "cap/model.h"

namespace cose::host {

inline constexpr std::string_view kProjectFile = "cap.toml";

struct ProjectApplet {
  std::string class_name;  // "Purse": without the package
  Bytes aid;
  Bytes instance;
  Bytes parameters;
};

struct CapProject {
  std::string folder;
  std::string package;  // "com.example.purse"
  Bytes aid;
  cap::Version version{1, 0};
  bool uses_int = false;
  std::vector<std::string> uses;
  std::vector<ProjectApplet> applets;

  // The project of a folder that has a cap.toml.
  [[nodiscard]] static Result<CapProject> load(const std::string& folder);
  // The same from a text; `origin` names it in errors.
  [[nodiscard]] static Result<CapProject> parse(std::string_view text, std::string_view origin,
                                                const std::string& folder);
  // What only shows when file and flags are together: names, AIDs and that they belong together.
  [[nodiscard]] Status check() const;

  // "com/example/purse"
  [[nodiscard]] std::string package_path() const;
  // "com.example.purse": what its files are called is the last part, "purse".
  [[nodiscard]] std::string short_name() const;
};

// 5 to 16 octets in hexadecimal digits.
[[nodiscard]] Result<Bytes> parse_aid(std::string_view text);
// "1.0"
[[nodiscard]] Result<cap::Version> parse_package_version(std::string_view text);

}  // namespace cose::host
