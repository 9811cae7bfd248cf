// SPDX-License-Identifier: Apache-2.0
// What the parts of verify() share: the CAP file, its methods, and where findings go.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "cap/instruction.h"
#include "cap/methods.h"
#include "cap/parse.h"
#include "cap/verify.h"

namespace cose::cap::detail {

class Verification {
 public:
  explicit Verification(const Components& components);

  // There, and readable.
  [[nodiscard]] bool has(ComponentTag tag) const;
  [[nodiscard]] const Components& components() const { return components_; }
  [[nodiscard]] const LenientParse& parsed() const { return parsed_; }
  [[nodiscard]] const CapFile& cap() const { return parsed_.cap; }
  [[nodiscard]] Format format() const { return parsed_.cap.header.shape(); }
  [[nodiscard]] const std::vector<MethodSpan>& methods() const { return methods_; }

  [[nodiscard]] const MethodSpan* method_at(MethodLocation location) const;
  // Null without a Descriptor.
  [[nodiscard]] const MethodDescriptor* described(MethodLocation location) const;

  void error(ComponentTag tag, std::size_t offset, std::string message);
  void warning(ComponentTag tag, std::size_t offset, std::string message);

  // Checks that recur. `what` begins the message.
  void check_aid(ComponentTag tag, std::size_t offset, ByteView aid, const std::string& what);
  void check_method(ComponentTag tag, std::size_t offset, MethodLocation location, const std::string& what);
  enum class Wanted { kAny, kClass, kInterface };
  void check_class_ref(ComponentTag tag, std::size_t offset, ClassRef ref, Wanted wanted, const std::string& what);
  // A virtual method token of an internal class; nothing to check for an external one.
  void check_virtual_token(ComponentTag tag, std::size_t offset, ClassRef ref, std::uint8_t token,
                           const std::string& what);

  [[nodiscard]] Report take() { return std::move(report_); }

 private:
  void add(Finding finding);

  const Components& components_;
  LenientParse parsed_;
  std::vector<MethodSpan> methods_;
  std::map<MethodLocation, const MethodDescriptor*> described_;
  Report report_;
};

// Where the code of a block refers to the constant pool, and what the verifier knows of each octet.
struct BlockMap {
  enum class Mark : std::uint8_t { kUnknown, kStart, kInside };
  std::vector<Mark> marks;
  std::vector<std::size_t> byte_references;
  std::vector<std::size_t> byte2_references;
  std::vector<std::size_t> type_tests;  // where checkcast and instanceof have a zero for an index
};

void verify_header(Verification& verification);
void verify_directory(Verification& verification);
void verify_applet(Verification& verification);
void verify_import(Verification& verification);
void verify_constant_pool(Verification& verification);
void verify_class(Verification& verification);
void verify_static_field(Verification& verification);
void verify_export(Verification& verification);
void verify_descriptor(Verification& verification);
void verify_static_resources(Verification& verification);
// Methods, exception handlers and, against them, the reference locations.
void verify_methods(Verification& verification);
void verify_method_code(Verification& verification, const MethodSpan& span, BlockMap& map);
void verify_reference_locations(Verification& verification, std::size_t block, BlockMap& map);

}  // namespace cose::cap::detail
