// SPDX-License-Identifier: Apache-2.0
// Methods that are C++: how a native sees its call, and how a package of them is described.
//
// A native runs on behalf of the applet that called it: it keeps the caller's context, and every access to an object
// that came as an argument is checked as if the caller's own code made it. It returns by one of the return_...()
// functions or by throwing:
//
//   NativeResult get_short(NativeCall& call) {                       // Util.getShort([BS)S
//     const auto octets = call.readable(call.reference(0), call.number(1), 2);
//     if (!octets) return NativeResult::kThrown;                     // NullPointer, ArrayIndexOutOfBounds, Security
//     return call.return_short(big_endian(*octets));
//   }
//
// Arguments are numbered by parameter, `this` apart. Their kinds were proven when the caller was linked, so a reference
// argument is a reference; which class it has must still be asked (state_of(), is_instance()).
//
// Whatever a function hands out as a view is good until the next allocation, write or call on the machine.
//
// State of API objects. A class declares `state_octets`; they stand first in each instance, are part of the image and
// so last, and change through write_state(), inside transactions like fields. `extra` octets can be added to one
// instance (a key's value) and `reference_cells` hold references that the garbage collector follows. What cannot be
// octets, a cipher in the middle of its work, is a TransientState: a C++ object that the machine keeps beside the
// instance until reset, deletion or abort.
//
// Trust: the linker checks the arguments' kinds, the machine the class of `this`. State octets are written by natives
// only. Source: JCRE 3.1 chapters 6 and 7.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "bytes/result.h"
#include "jcvm/exception.h"
#include "jcvm/heap.h"
#include "jcvm/package.h"

namespace cose::jcvm {

class Machine;

enum class NativeResult : std::uint8_t { kReturned, kThrown };

class TransientState {
 public:
  virtual ~TransientState() = default;
};

class NativeCall {
 public:
  // `cells`: the arguments as they lie on the stack, `this` first.
  NativeCall(Machine& machine, const Method& method, std::uint16_t* cells)
      : machine_(machine), method_(method), cells_(cells) {}

  [[nodiscard]] Machine& machine() { return machine_; }
  [[nodiscard]] Heap& heap();
  [[nodiscard]] const Method& method() const { return method_; }

  // ---- arguments; a number out of range breaks a promise ----
  [[nodiscard]] Reference self() const { return cells_[0]; }
  [[nodiscard]] std::int16_t number(std::size_t parameter) const;  // short, byte, boolean
  [[nodiscard]] std::int32_t integer(std::size_t parameter) const;
  [[nodiscard]] Reference reference(std::size_t parameter) const;  // dead ones come as null

  // ---- results ----
  NativeResult return_void();
  NativeResult return_short(std::int16_t value);
  NativeResult return_boolean(bool value) { return return_short(value ? 1 : 0); }
  NativeResult return_int(std::int32_t value);
  NativeResult return_reference(Reference value);
  // The first cell of what was returned; `this` and the arguments are gone then.
  [[nodiscard]] std::uint16_t result() const { return cells_[0]; }
  // Sets the pending exception to the runtime's instance of that class.
  NativeResult throw_exception(const ExceptionClass& type, std::int16_t reason = 0);
  // athrow of an object, as throwIt on an applet's own instance would do.
  NativeResult throw_object(Reference exception);

  // ---- who ----
  [[nodiscard]] Context context() const;  // of the caller
  [[nodiscard]] AppletId applet() const;  // the active applet instance
  // The applet instance active before the last switch of context (JCSystem.getPreviousContextAID); kNoApplet: the
  // runtime itself.
  [[nodiscard]] AppletId previous_applet() const;
  // Whose code the calling method is; null: C++ called.
  [[nodiscard]] const Package* calling_package() const;

  // ---- arrays, with all checks; nothing: an exception is pending ----
  // `length` octets of a byte or boolean array from `offset` on.
  [[nodiscard]] std::optional<ByteView> readable(Reference array, std::int32_t offset, std::int32_t length);
  // Journalled and marked dirty in advance where the array is persistent.
  [[nodiscard]] std::optional<MutableByteView> writable(Reference array, std::int32_t offset, std::int32_t length,
                                                        Atomicity atomicity = Atomicity::kAtomic);
  // As one write. Source and destination may overlap.
  [[nodiscard]] bool write(Reference array, std::int32_t offset, ByteView octets,
                           Atomicity atomicity = Atomicity::kAtomic);
  // The header of an array of that kind that the caller may access; null: an exception is pending. For arrays of
  // other types, with load_element() and store_element().
  [[nodiscard]] const ObjectHeader* array(Reference array, ObjectKind kind);
  [[nodiscard]] std::optional<std::int32_t> load_element(Reference array, ObjectKind kind, std::int32_t index);
  [[nodiscard]] bool store_element(Reference array, ObjectKind kind, std::int32_t index, std::int32_t value);

  // ---- objects ----
  // Instances of an API class, owned by the caller's context and applet (or by the runtime's). kNull: an exception is
  // pending (SystemException).
  [[nodiscard]] Reference new_instance(const Class& type, std::uint32_t extra = 0);
  [[nodiscard]] Reference new_array(ObjectKind kind, std::int32_t length, ObjectFlags flags = 0);
  [[nodiscard]] Reference new_object(NewObject wanted);
  // May the caller's context touch it? False: an exception is pending.
  [[nodiscard]] bool check_access(Reference object);
  [[nodiscard]] bool is_instance(Reference object, const Class& type) const;
  [[nodiscard]] const Class* class_of(Reference object) const;
  // The class of an API package by name; null when no such package is on the card.
  [[nodiscard]] const Class* find_class(std::string_view package_aid, std::uint8_t token) const;

  // ---- state of an instance of a native class: nothing when it is none of `type` (no exception) ----
  [[nodiscard]] std::optional<ByteView> state_of(Reference object, const Class& type) const;
  // Of `this`, whose class the machine has checked.
  [[nodiscard]] ByteView state() const;
  [[nodiscard]] bool write_state(Reference object, std::uint32_t offset, ByteView octets,
                                 Atomicity atomicity = Atomicity::kAtomic);
  [[nodiscard]] ByteView extra(Reference object) const;
  [[nodiscard]] bool write_extra(Reference object, std::uint32_t offset, ByteView octets,
                                 Atomicity atomicity = Atomicity::kAtomic);
  // Reference cell `index` of a native class's own.
  [[nodiscard]] Reference held(Reference object, const Class& type, std::size_t index) const;
  [[nodiscard]] bool hold(Reference object, const Class& type, std::size_t index, Reference value);
  // Static reference `index` of the package that the running method belongs to.
  [[nodiscard]] Reference static_reference(std::size_t index) const;

  // ---- transient C++ state; null when there is none of that type ----
  template <typename T>
  [[nodiscard]] T* transient(Reference object) {
    return dynamic_cast<T*>(find_transient(object));
  }
  void set_transient(Reference object, std::unique_ptr<TransientState> state);

 private:
  [[nodiscard]] std::size_t word_of(std::size_t parameter) const;
  [[nodiscard]] TransientState* find_transient(Reference object);
  [[nodiscard]] const ObjectHeader* open_array(Reference array, ObjectKind kind, std::uint8_t access);
  [[nodiscard]] bool write_instance(Reference object, std::uint32_t offset, std::uint32_t end, ByteView octets,
                                    Atomicity atomicity);
  [[nodiscard]] static std::uint32_t held_offset(const Class& type, std::size_t index);
  [[nodiscard]] bool bounded(const ObjectHeader& header, std::int32_t offset, std::int32_t length);

  Machine& machine_;
  const Method& method_;
  std::uint16_t* cells_;
};

// ---- descriptions: plain tables, from which make_native_package() (link.h) builds a Package ----

// A class of a package: this one's when package_aid is empty.
struct ClassName {
  std::string_view package_aid;
  std::uint8_t token = 0xFF;  // 0xFF: none
};

enum NativeFlag : std::uint8_t {
  kNativeInterface = 0x01,
  kNativeShareable = 0x02,
  kNativeAbstract = 0x04,
  kNativeFinal = 0x08,
  kNativeThrown = 0x10,  // the runtime throws it: each card has an instance of its own
  kNativeHidden = 0x20,  // what natives make behind an interface: no CAP file can name it, only Package::find_class
};

struct NativeMethod {
  std::uint8_t token = 0;
  std::string_view name;
  std::string_view descriptor;        // "([BSB)Z"
  NativeFunction function = nullptr;  // null: abstract, or not there: a CAP that needs it is refused
  bool abstract = false;
};

struct NativeInterface {
  ClassName name;
  std::vector<std::uint8_t> tokens;  // interface method token to virtual method token
};

struct NativeClass {
  std::uint8_t token = 0;
  std::string_view name;
  std::uint8_t flags = 0;
  ClassName super;
  std::vector<NativeInterface> interfaces;  // inherited ones may be left out
  std::uint16_t state_octets = 0;
  std::uint8_t reference_cells = 0;
  std::vector<NativeMethod> virtual_methods;  // of an interface: its methods
  std::vector<NativeMethod> static_methods;   // and constructors: descriptor without `this`, name "<init>"
  // Token to index among the package's static references. Each refers to an instance of this class that all contexts
  // may use and each card has for itself.
  std::vector<std::uint8_t> static_fields;
};

struct NativePackage {
  std::string_view name;  // "javacard/framework"
  std::string_view aid;   // octets
  cap::Version version;
  std::vector<NativeClass> classes;
  std::uint8_t static_references = 0;
};

}  // namespace cose::jcvm
