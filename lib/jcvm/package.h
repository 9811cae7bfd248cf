// SPDX-License-Identifier: Apache-2.0
// Linked code: packages, classes, methods, and what their instructions refer to.
//
// Immutable once link() or make_native_package() has built it, held as std::shared_ptr<const Package> and shared by
// all cards of a process that loaded the same octets against the same imports; any thread may read it. Nothing here
// knows a card: classes and methods are pointers, static fields offsets in the package's own static image, and only
// a loaded package (machine.h) gives them numbers.
//
// Source: JCVM 3.1 chapters 4 and 6.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "cap/model.h"
#include "jcvm/object.h"

namespace cose::jcvm {

struct Class;
struct Package;
class NativeCall;
enum class NativeResult : std::uint8_t;
using NativeFunction = NativeResult (*)(NativeCall& call);

// What a method leaves on the caller's stack. kNever: all that its code can do is throw or loop. kUnknown: the CAP
// file does not say and no code tells.
enum class Returns : std::uint8_t { kVoid, kShort, kInt, kReference, kNever, kUnknown };

[[nodiscard]] constexpr std::uint8_t words_of(Returns returns) {
  switch (returns) {
    case Returns::kShort:
    case Returns::kReference: return 1;
    case Returns::kInt: return 2;
    default: return 0;
  }
}

// What caller and callee must agree on, so that no call can move the stack by other than the verified distance.
// Checked at each virtual call, since the two may come from packages compiled against different versions.
using Shape = std::uint16_t;
[[nodiscard]] constexpr Shape shape_of(std::uint8_t argument_words, std::uint8_t return_words) {
  return static_cast<Shape>(argument_words << 8 | return_words);
}

// A pre-decoded instruction (detail/internal_opcodes.def).
struct Unit {
  std::uint8_t op;
  std::uint8_t a;
  std::int16_t b;
};
static_assert(sizeof(Unit) == 4);

// In units of the method's code.
struct Handler {
  std::uint16_t start = 0;
  std::uint16_t end = 0;
  std::uint16_t target = 0;
  const Class* type = nullptr;  // null: any
};

// Where `ret` may lead: behind a jsr, with the depth of stack that the verifier found there.
struct ReturnPoint {
  std::uint16_t unit = 0;
  std::uint16_t depth = 0;
};

struct Method {
  const Unit* code = nullptr;       // null: native or abstract
  NativeFunction native = nullptr;  // null: code or abstract
  const Package* package = nullptr;
  const Class* owner = nullptr;  // null: unknown, as of a static method without a Descriptor
  Shape shape = 0;
  std::uint8_t argument_words = 0;  // with `this`
  Returns returns = Returns::kVoid;
  std::uint16_t local_words = 0;  // with the arguments
  std::uint16_t frame_words = 0;  // locals and stack
  std::uint16_t code_units = 0;
  bool is_static = false;
  bool is_abstract = false;
  std::span<const Handler> handlers;
  std::span<const ReturnPoint> return_points;
  // For messages, and for the kinds of arguments: 's' short, 'i' int (two words), 'a' reference; 'w' unknown word.
  std::string name;
  std::string arguments;
  cap::MethodLocation location;
};

struct InterfaceTable {
  const Class* type = nullptr;
  std::vector<std::uint8_t> tokens;  // interface method token to virtual method token
};

struct Class {
  const Package* package = nullptr;
  std::uint16_t index = 0;  // in package->classes
  std::string name;
  bool is_interface = false;
  bool is_shareable = false;  // is or implements or extends javacard.framework.Shareable
  bool is_abstract = false;
  bool is_final = false;
  const Class* super = nullptr;
  std::vector<const Class*> ancestors;  // root first, itself last: index is the depth

  // Instances: native octets of the API classes first, then the cells (JCVM 3.1 §4.3.7.5), super classes' before own.
  std::uint16_t native_octets = 0;
  std::uint16_t instance_octets = 0;
  std::uint16_t first_cell = 0;  // offset in octets of the class's own cells
  std::vector<std::uint16_t> reference_offsets;

  [[nodiscard]] std::uint32_t own_cells() const { return (instance_octets - first_cell) / 2U; }

  std::vector<const Method*> virtual_methods;    // by token; null where a token is nobody's
  std::vector<const Method*> package_methods;    // by token without kPackageVisible
  std::vector<InterfaceTable> interfaces;        // all, inherited ones too
  std::vector<const Class*> super_interfaces;    // of an interface: all
  std::vector<const Method*> interface_methods;  // of an interface, by token; null where no signature is known

  // Of itself, too. A class: extends or implements. An interface: extends.
  [[nodiscard]] bool derives_from(const Class& other) const;
  [[nodiscard]] const InterfaceTable* find_interface(const Class& interface) const;
};

// What an entry of the constant pool resolved to.
struct Site {
  const Class* type = nullptr;     // class, or the class that declares the member
  const Method* method = nullptr;  // static and special: the method; virtual: the declared one, for its signature
  std::uint16_t value = 0;         // field: offset in octets in the instance or static image; virtual: token
  Shape shape = 0;                 // of the call
  std::uint8_t import = kOwn;      // whose static image or class it is
  cap::ConstantTag tag{};

  static constexpr std::uint8_t kOwn = 0xFF;
};

// Targets are distances in units from the switch.
struct SwitchTable {
  std::int32_t low = 0;  // of a table switch
  std::int16_t otherwise = 0;
  std::vector<std::int32_t> matches;  // of a lookup switch, as the code has them
  std::vector<std::int16_t> targets;
};

struct ExportedClass {
  const Class* type = nullptr;
  std::vector<std::uint16_t> static_fields;  // token to offset in the static image
  std::vector<const Method*> static_methods;
};

struct ExportedPackage {
  cap::PackageInfo info;
  std::vector<ExportedClass> classes;  // by class token
};

struct AppletModule {
  Bytes aid;
  const Method* install = nullptr;
};

struct StaticImage {
  Bytes initial;  // references first, all null
  std::uint16_t reference_count = 0;
  std::vector<cap::ArrayInit> arrays;  // what the first references refer to
  // Of a native package: the classes of which its references refer to an instance, made for each card.
  std::vector<const Class*> instances;
};

struct Package {
  std::string name;  // for messages
  Bytes identity;    // chosen by the loader, up to kMaximumIdentity octets: which octets this was made of
  bool native = false;
  std::vector<std::shared_ptr<const Package>> imports;
  std::vector<ExportedPackage> exports;  // one for each package of the CAP file, the private ones without classes
  std::vector<AppletModule> applets;
  std::vector<const Class*> thrown;  // of which each card has an instance (native.h, kNativeThrown)
  std::deque<Class> classes;         // a deque does not move them
  std::deque<Method> methods;
  std::vector<Unit> units;
  std::vector<Handler> handlers;
  std::vector<ReturnPoint> return_points;
  std::vector<Site> sites;
  std::vector<SwitchTable> switches;
  StaticImage statics;
  std::vector<cap::StaticResource> resources;
  std::vector<const Class*> by_name;  // of a native package, in the order of their names

  static constexpr std::size_t kMaximumIdentity = 32;

  // Null when none of its packages has that AID or it has no such class.
  [[nodiscard]] const ExportedPackage* find(ByteView aid) const;
  [[nodiscard]] const ExportedClass* find_class(ByteView aid, std::uint8_t token) const;
  // Of a native package by its name, hidden ones as well; null: none.
  [[nodiscard]] const Class* find_class(std::string_view class_name) const;
};

}  // namespace cose::jcvm
