// SPDX-License-Identifier: Apache-2.0
// The package that is being converted: its classes, what their names lead to, the tokens they get, and what is wrong
// with them.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "classfile/class_file.h"
#include "classfile/descriptor.h"
#include "convert/convert.h"
#include "convert/detail/external.h"

namespace cose::convert::detail {

struct Unit;

inline constexpr std::uint8_t kNoToken = 0xFF;

struct FieldUnit {
  const classfile::Field* source = nullptr;
  Unit* owner = nullptr;
  classfile::FieldType type;
  std::optional<std::int32_t> constant;  // static final with a value: no room in the image
  std::uint8_t token = kNoToken;         // of an instance field; of an exported static one
  std::uint16_t static_offset = 0;

  [[nodiscard]] bool is_static() const { return source->is(classfile::kStatic); }
  [[nodiscard]] bool is_visible() const { return source->is(classfile::kPublic | classfile::kProtected); }
};

struct MethodUnit {
  const classfile::Method* source = nullptr;  // null: an interface's method that an abstract class does not define
  Unit* owner = nullptr;
  std::string name;
  std::string descriptor;
  std::uint16_t access = 0;
  classfile::MethodType type;
  // Its int parameters are short on the card: what javac makes for `outer.field += value` in an inner class takes an
  // int whatever the field is.
  bool is_narrowed = false;
  std::uint8_t token = kNoToken;  // virtual, interface, or exported static method
  cap::MethodLocation location;   // once the code is laid out

  [[nodiscard]] bool is(std::uint16_t flags) const { return (access & flags) != 0; }
  [[nodiscard]] bool is_constructor() const { return name == "<init>"; }
  [[nodiscard]] bool is_class_initializer() const { return name == "<clinit>"; }
  // JCVM 3.1 §4.3.7.6: private methods are called like static ones.
  [[nodiscard]] bool is_virtual() const { return !is(classfile::kStatic | classfile::kPrivate) && name[0] != '<'; }
  [[nodiscard]] bool is_visible() const { return is(classfile::kPublic | classfile::kProtected); }
  [[nodiscard]] bool is_abstract() const { return is(classfile::kAbstract); }
};

// A class of this package, or one of another package.
struct TypeRef {
  Unit* unit = nullptr;
  const ExternalClass* external = nullptr;

  [[nodiscard]] explicit operator bool() const { return unit != nullptr || external != nullptr; }
  friend auto operator<=>(const TypeRef&, const TypeRef&) = default;
};

struct Unit {
  std::string path;
  classfile::ClassFile file;
  TypeRef super;
  std::vector<TypeRef> interfaces;  // declared ones
  std::deque<FieldUnit> fields;
  std::deque<MethodUnit> methods;
  std::uint8_t token = kNoToken;  // of an exported class
  bool is_shareable = false;
  std::uint16_t offset = 0;  // in the Class component
  // Tokens in use, inherited ones included.
  std::uint8_t public_tokens = 0;
  std::uint8_t package_tokens = 0;
  std::uint8_t instance_words = 0;
  std::uint8_t first_reference = 0xFF;
  std::uint8_t references = 0;

  [[nodiscard]] bool is_interface() const { return file.is(classfile::kInterface); }
  [[nodiscard]] bool is_abstract() const { return file.is(classfile::kAbstract); }
  [[nodiscard]] MethodUnit* find_method(std::string_view name, std::string_view descriptor);
  [[nodiscard]] FieldUnit* find_field(std::string_view name, std::string_view descriptor);
};

// Where a name and descriptor lead: a member of this package or of another one.
struct MethodRef {
  MethodUnit* unit = nullptr;
  const ExternalClass* type = nullptr;
  const ExternalMethod* external = nullptr;

  [[nodiscard]] explicit operator bool() const { return unit != nullptr || external != nullptr; }
};
struct FieldRef {
  FieldUnit* unit = nullptr;
  const ExternalClass* type = nullptr;
  const ExternalField* external = nullptr;

  [[nodiscard]] explicit operator bool() const { return unit != nullptr || external != nullptr; }
};

class Program {
 public:
  explicit Program(const Options& options) : options_(options), externals_(options.libraries) {}

  [[nodiscard]] const Options& options() const { return options_; }
  [[nodiscard]] bool has_ints() const { return options_.ints == IntSupport::kYes; }
  [[nodiscard]] const std::string& package() const { return package_; }
  [[nodiscard]] const std::vector<Unit*>& units() const { return order_; }

  // Reads the class files and joins them; false: there are problems that make going on useless.
  [[nodiscard]] bool load(std::span<const Input> inputs);

  [[nodiscard]] TypeRef find_type(std::string_view name);
  [[nodiscard]] MethodRef find_method(TypeRef type, std::string_view name, std::string_view descriptor);
  [[nodiscard]] FieldRef find_field(TypeRef type, std::string_view name, std::string_view descriptor);
  // What it implements: itself, if it is one, and all above it.
  [[nodiscard]] std::vector<TypeRef> interfaces_of(TypeRef type);
  [[nodiscard]] TypeRef super_of(TypeRef type);

  // ---- problems ----
  void report(const Unit& unit, std::string reason);
  void report(const Unit& unit, std::string_view member, std::string reason);
  void report(const MethodUnit& method, std::optional<std::size_t> at, std::string reason);
  void report(Problem problem);
  [[nodiscard]] bool has_problems() const { return !problems_.empty(); }
  [[nodiscard]] std::vector<Problem> take_problems() { return std::move(problems_); }

  // ---- what is used of other packages ----
  void use(const ExternalClass& type, cap::Version since);
  [[nodiscard]] const std::map<const ExternalPackage*, cap::Version>& used() const { return used_; }

 private:
  void read(const Input& input, std::vector<std::unique_ptr<Unit>>& read_units);
  bool choose_package(const std::vector<std::unique_ptr<Unit>>& read_units);
  void add_members(Unit& unit);
  static void narrow(MethodUnit& method);
  void resolve_supers(Unit& unit);
  bool order_units();

  const Options& options_;
  Externals externals_;
  std::string package_;
  std::deque<Unit> units_;
  std::vector<Unit*> order_;  // interfaces first, each behind what it extends
  std::map<std::string_view, Unit*> by_name_;
  std::vector<Problem> problems_;
  std::map<const ExternalPackage*, cap::Version> used_;
};

// "com.example.Wallet" of "com/example/Wallet".
[[nodiscard]] std::string to_java_name(std::string_view class_name);
// Why there is no such class: what Java Card has instead, for those that Java programs often use.
[[nodiscard]] std::string absent_class(std::string_view class_name);
[[nodiscard]] std::string_view package_of(std::string_view class_name);

// ---- steps, in this order; each reports what it finds ----
// JCVM 3.1 §2.2: what the language subset leaves out, by declarations and instructions.
void check_subset(Program& program);
// Tokens of classes, fields and methods (JCVM 3.1 §4.3.7), abstract methods that classes only inherit.
void assign_tokens(Program& program);

}  // namespace cose::convert::detail
