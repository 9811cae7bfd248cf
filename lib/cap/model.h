// SPDX-License-Identifier: Apache-2.0
// A CAP file as typed values: one struct per structure of JCVM 3.1 chapter 6, in the order of the octets, with the
// specification's names. What parse() read, write() gives back octet for octet.
//
// Plain values that own what they hold; no thread rule. Nothing here is checked beyond its shape: an AID may be
// empty and an offset may lead nowhere until verify() has said otherwise.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "bytes/bytes.h"
#include "cap/component.h"

namespace cose::cap {

struct Version {
  std::uint8_t major = 0;
  std::uint8_t minor = 0;
  friend auto operator<=>(const Version&, const Version&) = default;
};

// What the shape of the other components depends on.
struct Format {
  Version version{2, 1};
  Layout layout = Layout::kCompact;

  [[nodiscard]] bool extended() const { return layout == Layout::kExtended; }
  [[nodiscard]] bool since(std::uint8_t minor) const { return version.minor >= minor; }
};

// ---- Header, §6.4 ----

inline constexpr std::uint32_t kCapMagic = 0xDECAFFED;

enum HeaderFlag : std::uint8_t {
  kHeaderInt = 0x01,
  kHeaderExport = 0x02,
  kHeaderApplet = 0x04,
  kHeaderExtended = 0x08,
};

struct PackageInfo {
  Version version;
  Bytes aid;
  friend bool operator==(const PackageInfo&, const PackageInfo&) = default;
};

struct Header {
  Version format{2, 1};
  std::uint8_t flags = 0;
  std::optional<PackageInfo> cap;          // extended: version and AID of the CAP file itself
  std::vector<PackageInfo> packages;       // compact: exactly one
  std::vector<std::string> package_names;  // since 2.2; one for each package

  [[nodiscard]] Format shape() const {
    return {format, (flags & kHeaderExtended) != 0 ? Layout::kExtended : Layout::kCompact};
  }
};

// ---- Directory, §6.5 ----

struct CustomComponentInfo {
  std::uint8_t tag = 0;
  std::uint32_t size = 0;
  Bytes aid;
};

struct Directory {
  std::array<std::uint32_t, kStandardComponents> component_sizes{};  // index: tag - 1
  std::uint16_t image_size = 0;
  std::uint16_t array_init_count = 0;
  std::uint16_t array_init_size = 0;
  std::uint8_t import_count = 0;
  std::uint8_t applet_count = 0;
  std::uint8_t method_component_block_count = 0;  // extended only
  std::vector<CustomComponentInfo> custom_components;
};

// ---- Applet, Import: §6.6, §6.7 ----

// Where a method_info starts: an offset into the Method component's info item or, extended, into one of its blocks.
struct MethodLocation {
  std::uint8_t block = 0;
  std::uint16_t offset = 0;
  friend auto operator<=>(const MethodLocation&, const MethodLocation&) = default;
};

struct AppletInfo {
  Bytes aid;
  MethodLocation install_method;
};

// ---- ConstantPool, §6.8 ----

// A class or interface: of this CAP file as an offset into the Class component's info item, or of an imported
// package as package token and class token.
struct ClassRef {
  std::uint16_t value = kNone;

  static constexpr std::uint16_t kNone = 0xFFFF;  // as super class: this is java.lang.Object
  [[nodiscard]] bool none() const { return value == kNone; }
  [[nodiscard]] bool external() const { return (value & 0x8000) != 0 && !none(); }
  [[nodiscard]] bool internal() const { return (value & 0x8000) == 0; }
  [[nodiscard]] std::uint8_t package_token() const { return static_cast<std::uint8_t>(value >> 8 & 0x7F); }
  [[nodiscard]] std::uint8_t class_token() const { return static_cast<std::uint8_t>(value & 0xFF); }
  friend auto operator<=>(const ClassRef&, const ClassRef&) = default;
};

enum class ConstantTag : std::uint8_t {
  kClassref = 1,
  kInstanceFieldref = 2,
  kVirtualMethodref = 3,
  kSuperMethodref = 4,
  kStaticFieldref = 5,
  kStaticMethodref = 6,
};

// cp_info: four octets. The accessors say what the three after the tag mean; which of them apply depends on the tag.
struct Constant {
  ConstantTag tag{};
  std::array<std::uint8_t, 3> info{};

  [[nodiscard]] std::uint16_t high_word() const { return static_cast<std::uint16_t>(info[0] << 8 | info[1]); }
  [[nodiscard]] std::uint16_t low_word() const { return static_cast<std::uint16_t>(info[1] << 8 | info[2]); }

  // Tags 1 to 4.
  [[nodiscard]] ClassRef class_ref() const { return {high_word()}; }
  [[nodiscard]] std::uint8_t token() const { return info[2]; }

  // Tags 5 and 6: the high bit of the first octet tells.
  [[nodiscard]] bool external_static() const { return (info[0] & 0x80) != 0; }
  [[nodiscard]] std::uint8_t package_token() const { return info[0] & 0x7F; }
  [[nodiscard]] std::uint8_t class_token() const { return info[1]; }
  [[nodiscard]] std::uint16_t static_field_offset() const { return low_word(); }
  [[nodiscard]] MethodLocation method() const { return {info[0], low_word()}; }

  friend bool operator==(const Constant&, const Constant&) = default;
};

// A method token with this bit belongs to a package-visible method (§4.3.7.6).
inline constexpr std::uint8_t kPackageVisible = 0x80;

// ---- Class, §6.9 ----

enum ClassFlag : std::uint8_t { kClassRemote = 0x2, kClassShareable = 0x4, kClassInterface = 0x8 };

// type_descriptor: types as nibbles, two to an octet, the last padded with zero.
struct TypeDescriptor {
  std::uint8_t nibble_count = 0;
  Bytes type;
  std::uint16_t offset = 0;  // where it starts in the structure that holds it

  [[nodiscard]] std::size_t size() const { return 1 + type.size(); }
};

struct InterfaceInfo {
  std::uint16_t offset = 0;  // in the Class component's info item
  std::uint8_t flags = kClassInterface;
  std::vector<ClassRef> superinterfaces;
  std::string interface_name;  // remote only
};

struct ImplementedInterface {
  ClassRef interface;
  Bytes index;  // interface method token to virtual method token
};

struct RemoteMethod {
  std::uint16_t hash = 0;
  std::uint16_t signature_offset = 0;
  std::uint8_t virtual_method_token = 0;
};

struct RemoteInterfaces {
  std::vector<RemoteMethod> methods;
  Bytes hash_modifier;
  std::string class_name;
  std::vector<ClassRef> interfaces;
};

// In a method table: this class inherits the method from a super class of another package.
inline constexpr std::uint16_t kInherited = 0xFFFF;

struct ClassInfo {
  std::uint16_t offset = 0;  // in the Class component's info item
  std::uint8_t flags = 0;
  ClassRef super_class;
  std::uint8_t declared_instance_size = 0;
  std::uint8_t first_reference_token = 0xFF;
  std::uint8_t reference_count = 0;
  std::uint8_t public_method_table_base = 0;
  std::uint8_t package_method_table_base = 0;
  std::vector<MethodLocation> public_virtual_methods;
  std::vector<MethodLocation> package_virtual_methods;
  std::vector<ImplementedInterface> interfaces;
  std::optional<RemoteInterfaces> remote;                   // since 2.2, with kClassRemote
  Bytes public_virtual_method_token_mapping;                // since 2.3
  std::uint8_t cap22_inheritable_public_method_tokens = 0;  // since 2.3
};

using ClassEntry = std::variant<InterfaceInfo, ClassInfo>;

[[nodiscard]] inline std::uint16_t offset_of(const ClassEntry& entry) {
  return std::visit([](const auto& info) { return info.offset; }, entry);
}

struct ClassComponent {
  std::vector<TypeDescriptor> signature_pool;  // since 2.2
  std::vector<ClassEntry> entries;

  // The entry that starts at `offset`; null when none does.
  [[nodiscard]] const ClassEntry* at(std::uint16_t offset) const;
  [[nodiscard]] const ClassInfo* class_at(std::uint16_t offset) const;
};

// ---- Method, §6.10 ----

struct ExceptionHandler {
  std::uint16_t start_offset = 0;
  std::uint16_t active = 0;  // stop bit and active length
  std::uint16_t handler_offset = 0;
  std::uint16_t catch_type_index = 0;  // 0: any

  [[nodiscard]] bool stop_bit() const { return (active & 0x8000) != 0; }
  [[nodiscard]] std::uint16_t active_length() const { return active & 0x7FFF; }
  [[nodiscard]] std::size_t end_offset() const { return std::size_t{start_offset} + active_length(); }
  friend bool operator==(const ExceptionHandler&, const ExceptionHandler&) = default;
};

inline constexpr std::size_t kExceptionHandlerSize = 8;

// One block of an extended Method component, or all of a compact one. Offsets count from the block's first octet,
// the handler count. Where one method ends and the next starts is not written here: see cap/methods.h.
struct MethodBlock {
  std::vector<ExceptionHandler> handlers;
  Bytes methods;

  [[nodiscard]] std::size_t methods_start() const { return 1 + kExceptionHandlerSize * handlers.size(); }
  [[nodiscard]] std::size_t size() const { return methods_start() + methods.size(); }
  // The octets [from, to) by block offset, cut to what lies in the methods.
  [[nodiscard]] ByteView octets(std::size_t from, std::size_t to) const;
};

// ---- StaticField, §6.11 ----

struct ArrayInit {
  std::uint8_t type = 0;  // 2 boolean, 3 byte, 4 short, 5 int
  Bytes values;
};

struct StaticFieldComponent {
  std::uint16_t image_size = 0;
  std::uint16_t reference_count = 0;
  std::vector<ArrayInit> array_init;
  std::uint16_t default_value_count = 0;
  Bytes non_default_values;
};

// ---- ReferenceLocation, §6.12 ----

// Two lists of jumps; cap/reference_location.h turns them into offsets and back.
struct ReferenceLocations {
  Bytes byte_jumps;   // to one-octet constant pool indices
  Bytes byte2_jumps;  // to two-octet ones
};

// ---- Export, §6.13 ----

struct ClassExport {
  std::uint16_t class_offset = 0;
  std::vector<std::uint16_t> static_field_offsets;
  std::vector<MethodLocation> static_methods;
};

// Index: class token.
using PackageExports = std::vector<ClassExport>;

// ---- Descriptor, §6.14 ----

enum DescriptorFlag : std::uint8_t {
  kDescriptorPublic = 0x01,
  kDescriptorPrivate = 0x02,
  kDescriptorProtected = 0x04,
  kDescriptorStatic = 0x08,
  kDescriptorFinal = 0x10,
  kDescriptorInterface = 0x40,  // of a class; of a method: abstract
  kDescriptorAbstract = 0x80,   // of a class; of a method: constructor
};

struct FieldDescriptor {
  std::uint8_t token = 0xFF;
  std::uint8_t flags = 0;
  std::array<std::uint8_t, 3> field_ref{};  // as in a constant of tag 5 (static) or 2
  std::uint16_t type = 0;                   // 8002..8005 primitive, else an offset into the types
};

struct MethodDescriptor {
  std::uint8_t token = 0xFF;
  std::uint8_t flags = 0;
  MethodLocation location;
  std::uint16_t type_offset = 0;
  std::uint16_t bytecode_count = 0;
  std::uint16_t exception_handler_count = 0;
  std::uint16_t exception_handler_index = 0;
};

struct ClassDescriptor {
  std::uint8_t token = 0xFF;
  std::uint8_t flags = 0;
  ClassRef this_class;
  std::vector<ClassRef> interfaces;
  std::vector<FieldDescriptor> fields;
  std::vector<MethodDescriptor> methods;
};

inline constexpr std::uint16_t kNoType = 0xFFFF;

struct DescriptorComponent {
  std::vector<std::vector<ClassDescriptor>> packages;  // compact: exactly one
  std::vector<std::uint16_t> constant_pool_types;      // kNoType for classes
  std::vector<TypeDescriptor> types;
};

// ---- StaticResources, §6.16 ----

struct StaticResource {
  std::uint16_t id = 0;
  Bytes content;
};

// ---- the whole ----

struct CapFile {
  Header header;
  Directory directory;
  std::vector<PackageInfo> imports;
  std::optional<std::vector<AppletInfo>> applets;
  ClassComponent classes;
  std::vector<MethodBlock> method_blocks;  // compact: exactly one
  StaticFieldComponent static_fields;
  std::vector<ReferenceLocations> reference_locations;  // one for each method block
  std::optional<std::vector<PackageExports>> exports;   // compact: exactly one
  std::vector<Constant> constants;
  std::optional<DescriptorComponent> descriptor;
  std::optional<Bytes> debug;  // kept as it is; cap/debug.h reads it
  std::optional<std::vector<StaticResource>> static_resources;
};

}  // namespace cose::cap
