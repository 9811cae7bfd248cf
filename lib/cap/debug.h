// SPDX-License-Identifier: Apache-2.0
// The Debug component: names and lines for a debugger (JCVM 3.1 §6.15). It never reaches a card, so nothing depends
// on it; names of classes and methods make dumps readable.
//
// Only the compact form is read. The extended one is kept as octets: kUnsupported.
#pragma once

#include <string>
#include <vector>

#include "bytes/result.h"
#include "cap/model.h"

namespace cose::cap {

struct DebugField {
  std::string name;
  std::string descriptor;
  std::uint16_t access_flags = 0;
  std::uint32_t contents = 0;  // token, location in the static field image, or constant value: the flags tell
};

struct DebugMethod {
  std::string name;
  std::string descriptor;
  std::uint16_t access_flags = 0;
  std::uint16_t location = 0;
  std::uint8_t header_size = 0;
  std::uint16_t body_size = 0;
  std::size_t variables = 0;
  std::size_t lines = 0;
};

struct DebugClass {
  std::string name;
  std::string super_class;
  std::string source_file;
  std::uint16_t access_flags = 0;
  std::uint16_t location = 0;
  std::vector<std::string> interfaces;
  std::vector<DebugField> fields;
  std::vector<DebugMethod> methods;
};

struct DebugInfo {
  std::string package;
  std::vector<DebugClass> classes;
};

[[nodiscard]] Result<DebugInfo> parse_debug(ByteView info, Format format);

}  // namespace cose::cap
