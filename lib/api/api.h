// SPDX-License-Identifier: Apache-2.0
// The one table of the Java Card and GlobalPlatform APIs: packages, classes, methods and constants with the tokens by
// which CAP files name them. Its text is api/java_card.api, which says what the columns mean.
//
// Constant data of the program: views never end. Names are those of class files ("javacard/framework/Util"), AIDs are
// octets. Packages stand in an order in which each comes after those it needs, classes by token.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace cose::api {

// Of classes, methods and fields, as far as they apply.
enum Flag : std::uint16_t {
  kPublic = 0x0001,
  kProtected = 0x0002,
  kStatic = 0x0004,
  kFinal = 0x0008,
  kAbstract = 0x0010,
  kInterface = 0x0020,
  kShareable = 0x0040,
  kRemote = 0x0080,
};

inline constexpr std::uint8_t kNoToken = 0xFF;

struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  friend bool operator==(const Version&, const Version&) = default;
};

struct Method {
  std::string_view name;        // "<init>" of a constructor
  std::string_view descriptor;  // "([BSB)Z"
  std::uint8_t token = kNoToken;
  std::uint16_t flags = 0;
  Version since;
  std::string_view throws;  // the checked exception that it declares; empty: none

  // Static methods and constructors have tokens of their own, apart from virtual methods.
  [[nodiscard]] constexpr bool in_static_space() const { return (flags & kStatic) != 0 || name == "<init>"; }
};

struct Field {
  std::string_view name;
  std::string_view descriptor;
  std::uint8_t token = kNoToken;      // of one without a value
  std::optional<std::int32_t> value;  // of a constant
  std::uint16_t flags = 0;
  Version since;
};

struct Class {
  std::string_view name;
  std::uint8_t token = kNoToken;
  std::uint16_t flags = 0;
  std::string_view super;                        // empty: none
  std::span<const std::string_view> interfaces;  // all, inherited ones too
  std::uint8_t inheritable_methods = 0;          // tokens of public virtual methods; zero where unknown
  std::span<const Method> methods;               // inherited ones too
  std::span<const Field> fields;

  [[nodiscard]] constexpr bool is_interface() const { return (flags & kInterface) != 0; }
};

struct Package {
  std::string_view name;
  std::string_view aid;
  Version version;
  std::span<const Class> classes;
};

[[nodiscard]] std::span<const Package> packages();

// Null: no such package, class, method or field in the table.
[[nodiscard]] const Package* find_package(std::string_view name);
[[nodiscard]] const Package* find_package_by_aid(std::string_view aid);
[[nodiscard]] const Class* find_class(std::string_view name);
[[nodiscard]] const Class* find_class(const Package& package, std::uint8_t token);
// Of the class itself or inherited.
[[nodiscard]] const Method* find_method(const Class& type, std::string_view name, std::string_view descriptor);
[[nodiscard]] const Field* find_field(const Class& type, std::string_view name);

// "javacard/framework" of "javacard/framework/Util".
[[nodiscard]] constexpr std::string_view package_of(std::string_view class_name) {
  const auto slash = class_name.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : class_name.substr(0, slash);
}

}  // namespace cose::api
