// SPDX-License-Identifier: Apache-2.0
// The model as assembler text, component by component. The text may not give the same octets back where the input is
// malformed; dump_text() finds that out and adds what is missing.
#pragma once

#include <string>

#include "cap/detail/references.h"
#include "cap/dump.h"
#include "cap/parse.h"

namespace cose::cap::detail {

class AssemblyPrinter {
 public:
  AssemblyPrinter(const LenientParse& parsed, const Components& components, Comments comments, const NameSource* names);

  [[nodiscard]] std::string run();

 private:
  void header();
  void imports();
  void applets();
  void constants();
  void classes();
  void interface(const InterfaceInfo& info);
  void class_info(const ClassInfo& info);
  void remote(const RemoteInterfaces& remote);
  void blocks();
  void method(const MethodSpan& span);
  void code(ByteView code, const MethodSpan& span, std::size_t header_size);
  void handlers(std::size_t block);
  void static_fields();
  void exports();
  void descriptor();
  void class_descriptor(const ClassDescriptor& each);
  void static_resources();
  void debug();
  void custom();

  void section(std::string_view title);
  // Appends "text" and, when comments are wanted and there is one, "; comment".
  void line(std::string text, std::string_view comment = {});
  void hex_lines(const std::string& first, const std::string& next, ByteView octets);
  [[nodiscard]] std::string method_list(const std::vector<MethodLocation>& methods) const;
  [[nodiscard]] bool handlers_fit(std::size_t block) const;

  const LenientParse& parsed_;
  const CapFile& cap_;
  const Components& components_;
  bool comments_;
  const NameSource* names_;
  References references_;
  bool catches_ = false;  // handlers of the current block are written as .catch
  std::string text_;
};

// "..." with what the assembler's quotes need.
[[nodiscard]] std::string quoted(std::string_view text);

}  // namespace cose::cap::detail
