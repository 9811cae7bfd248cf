// SPDX-License-Identifier: Apache-2.0
// Java class files of one package into a CAP file and an export file (JCVM 3.1 chapters 2, 4, 5 and 6).
//
// Class files are what `javac --release 8` makes; names of local variables (javac -g) make better messages and are not
// needed otherwise. The API's tokens come from api/api.h, those of other libraries from their export files. The same
// input gives the same octets.
//
// Arithmetic becomes 16-bit arithmetic wherever that is proven to give what Java's 32-bit arithmetic gives; where the
// result could differ, and 32-bit instructions are not allowed, that is a problem that names the expression
// (JCVM 3.1 §2.2.3.1). A type that is declared int is fine without 32-bit instructions in no signature, field, array or
// named variable.
//
// Values own what they hold; no thread rule. All problems of all classes are told, not only the first, up to
// kMaximumProblems.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "cap/container.h"
#include "cap/export_file.h"
#include "cap/model.h"

namespace cose::convert {

inline constexpr std::size_t kMaximumProblems = 200;
inline constexpr std::size_t kMaximumClasses = 4096;

struct Input {
  std::string path;  // for messages
  Bytes content;     // a class file
};

struct AppletOption {
  Bytes aid;
  std::string class_name;  // "com.example.Wallet" or, in the package, "Wallet"
};

enum class IntSupport { kNo, kYes };
enum class DebugInfo { kNo, kYes };

struct Options {
  std::string package;  // "com.example"; empty: that of the classes, which then have one only
  Bytes aid;
  cap::Version version{1, 0};
  std::vector<AppletOption> applets;
  cap::Version format{2, 1};  // 2.1, 2.2 or 2.3
  IntSupport ints = IntSupport::kNo;
  DebugInfo debug = DebugInfo::kNo;
  std::vector<cap::ExportFile> libraries;
};

struct Problem {
  std::string file;  // source file if the class file names it, else the class file
  std::optional<std::uint16_t> line;
  std::string class_name;
  std::string method;
  std::string reason;

  friend bool operator==(const Problem&, const Problem&) = default;
};

// "Wallet.java:42: com.example.Wallet.process: ..."
[[nodiscard]] std::string to_text(const Problem& problem);

struct Statistics {
  std::size_t classes = 0;
  std::size_t methods = 0;
  std::size_t java_octets = 0;  // code of the class files
  std::size_t card_octets = 0;  // code in the Method component, without headers
  std::size_t instructions = 0;
};

struct Converted {
  cap::Components components;
  Bytes export_file;  // empty: the package exports nothing
  Statistics statistics;
};

struct Conversion {
  std::optional<Converted> converted;  // nothing when there are problems
  std::vector<Problem> problems;
};

[[nodiscard]] Conversion convert(std::span<const Input> classes, const Options& options);

}  // namespace cose::convert
