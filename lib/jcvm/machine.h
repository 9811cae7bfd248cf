// SPDX-License-Identifier: Apache-2.0
// The virtual machine of one card: its heap, the packages loaded on it, and the running of their code.
//
// The owner gives a machine the native packages first, then loads linked packages; applets run through invoke_...().
// A call ends in an Outcome: returned, thrown (nobody caught it), or stopped by the watchdog. No program can make it
// end in another way, and none can reach anything outside this card's heap.
//
// Running on behalf of whom: an invocation starts in the runtime's context and moves to the callee's by the rules of
// JCRE 3.1 §6.1.2. Natives may call back into code through the same functions, kMaximumNesting deep.
//
// The state is the image of heap().memory(): loaded packages and their static fields, objects and the roots are in it.
// restore() brings a card back from a Snapshot, given the packages that loaded_identities() names.
//
// One owner at a time; no clock, no threads. Memory of the stack is taken by the first call and given back by
// release_working_memory(). Source: JCVM 3.1 chapters 3 and 7, JCRE 3.1 chapters 5 to 7.
#pragma once

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "bytes/result.h"
#include "jcvm/exception.h"
#include "jcvm/heap.h"
#include "jcvm/native.h"
#include "jcvm/package.h"

namespace cose::jcvm {

struct MachineOptions {
  HeapLimits heap;
  std::uint32_t stack_cells = 2048;
  std::uint16_t frames = 256;
  // Instructions of one invocation from outside: loops are charged per round, calls per call.
  std::int64_t instruction_budget = 200'000'000;
};

using PackageNumber = std::uint8_t;
// Before the static fields of a loaded package: ClassId of its first class, context, length of the identity and the
// identity. Static fields follow, big-endian as in the CAP file.
inline constexpr std::uint16_t kStaticPrefix = 4 + Package::kMaximumIdentity;
inline constexpr PackageNumber kMaximumPackages = 254;
inline constexpr int kMaximumNesting = 8;

struct LoadedPackage {
  std::shared_ptr<const Package> package;  // null: the number is free
  Context context = kRuntimeContext;       // where its applets run; the runtime's for one without applets
  ClassId first_class = 0;
  Reference statics = kNull;
  std::vector<PackageNumber> imports;
};

struct Outcome {
  enum class Kind : std::uint8_t { kReturned, kThrown, kExhausted };
  Kind kind = Kind::kReturned;
  std::int32_t value = 0;       // what it returned, if anything
  Reference exception = kNull;  // kThrown
  const Class* exception_class = nullptr;
  std::int16_t reason = 0;  // zero for classes without one
};

// Who is active: a context and the applet instance that owns what it makes.
struct Principal {
  Context context = kRuntimeContext;
  AppletId applet = kNoApplet;
  friend bool operator==(const Principal&, const Principal&) = default;
};

// What the runtime decides while code runs.
class MachineHooks {
 public:
  virtual ~MachineHooks() = default;
  // JCRE 3.1 §4.2.2: may a shareable method of this applet instance be called now? False: SecurityException.
  [[nodiscard]] virtual bool may_enter(AppletId server) = 0;
};

// References that the runtime and the API keep alive and find again after a restart: numbers up to kRootCount.
enum class Root : std::uint8_t {
  kRegistry = 0,
  kApplets = 1,
  kApdu = 2,
  kApduBuffer = 3,
  kResources = 4,
  kFirstOfApi = 8,
  kOneShots = 40
};

inline constexpr std::uint32_t kRootCount = 64;
// The first object of a card.
inline constexpr Reference kRoots = 1;

struct IdentifiedPackage {
  PackageNumber number = 0;
  Bytes identity;
};

class Interpreter;

class Machine {
 public:
  // The limits leave room for the roots at least, 256 octets.
  explicit Machine(const MachineOptions& options = {});
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  [[nodiscard]] Heap& heap() { return heap_; }
  [[nodiscard]] const Heap& heap() const { return heap_; }
  void set_hooks(MachineHooks* hooks) { hooks_ = hooks; }
  [[nodiscard]] MachineHooks* hooks() const { return hooks_; }

  // ---- content ----
  // A change of the card's content is one transaction around whatever happens in it: packages loaded and unloaded,
  // garbage collected, code run with transactions of its own. Aborted, or cut off with the power, it leaves the card as
  // it was. Not while code runs, not inside another. Objects that the change has removed keep their place until it is
  // committed.
  void begin_change();
  void commit_change();
  void abort_change();
  [[nodiscard]] bool changing() const { return before_change_ != nullptr; }

  // ---- packages; changes of their own, or parts of one ----
  // Imports must be loaded already (kNotFound). Error kLimit: numbers, classes or memory are used up; nothing changed.
  [[nodiscard]] Result<PackageNumber> load(std::shared_ptr<const Package> package);
  // Error kBusy: another package imports it, or objects of its classes are held by others than its static fields.
  [[nodiscard]] Status unload(PackageNumber number);
  [[nodiscard]] const LoadedPackage* loaded(PackageNumber number) const;
  [[nodiscard]] std::optional<PackageNumber> find_package(ByteView aid) const;
  // What link() may resolve against: all packages of this card.
  [[nodiscard]] std::vector<std::shared_ptr<const Package>> packages() const;

  // ---- state ----
  [[nodiscard]] static std::vector<IdentifiedPackage> loaded_identities(const Snapshot& snapshot);
  // `find` gives the package of an identity. Error: one is missing, or the image contradicts itself.
  [[nodiscard]] Status restore(const Snapshot& snapshot,
                               const std::function<std::shared_ptr<const Package>(ByteView identity)>& find);
  [[nodiscard]] Reference root(Root which) const;
  [[nodiscard]] bool set_root(Root which, Reference value);

  // ---- running code, as the runtime environment ----
  // Cells as the callee's signature says, an int as two. The callee runs as `as`.
  [[nodiscard]] Outcome invoke_static(const Method& method, std::span<const std::uint16_t> cells, Principal as);
  // Calls the method of that token on an object, `cells` without `this`, in the context of the object's owner.
  [[nodiscard]] Outcome invoke_virtual(Reference object, std::uint8_t token, std::span<const std::uint16_t> cells);
  [[nodiscard]] Outcome invoke_interface(Reference object, const Class& interface, std::uint8_t token,
                                         std::span<const std::uint16_t> cells);
  [[nodiscard]] const Principal& current() const { return current_; }
  // Active before the last change of context; none: the runtime.
  [[nodiscard]] Principal previous() const;
  [[nodiscard]] bool running() const { return nesting_ > 0; }
  // How many calls have come from the outside, this one included: what lasts no longer than one remembers it.
  [[nodiscard]] std::uint64_t invocations() const { return invocations_; }
  // The watchdog has struck: what runs returns to the outside as soon as it can. Natives that call back ask this.
  [[nodiscard]] bool exhausted() const { return exhausted_; }
  void set_instruction_budget(std::int64_t budget) { options_.instruction_budget = budget; }
  void release_working_memory();

  // ---- objects ----
  [[nodiscard]] const Class* class_of(const ObjectHeader& header) const;
  [[nodiscard]] const Class* class_numbered(ClassId id) const { return id < classes_.size() ? classes_[id] : nullptr; }
  [[nodiscard]] ClassId id_of(const Class& type) const;  // kNoClass: its package is not loaded here
  [[nodiscard]] bool is_instance(Reference object, const Class& type) const;
  [[nodiscard]] const Class* find_class(std::string_view package_aid, std::uint8_t token) const;
  // A class of a native package by its full name, "javacard/framework/AID"; null: not on this card.
  [[nodiscard]] const Class* find_class_named(std::string_view class_name) const;
  // As `new` in code, for any principal. kNull: no room; the pending exception is set.
  [[nodiscard]] Reference new_object(NewObject wanted);
  [[nodiscard]] Reference new_instance(const Class& type, Principal owner, ObjectFlags flags = 0,
                                       std::uint32_t extra = 0);

  // ---- firewall (firewall.cc): may the current context do it? ----
  [[nodiscard]] bool may_access(const ObjectHeader& header) const {
    return freely_accessible(header) || may_access_specially(header);
  }
  // May the reference be kept in a field or array?
  [[nodiscard]] bool may_store(Reference reference) const;

  // ---- exceptions ----
  void throw_exception(const ExceptionClass& type, std::int16_t reason = 0);
  void throw_object(Reference exception) { pending_ = exception; }
  void throw_no_room();  // what fits Heap::last_error()
  [[nodiscard]] Reference pending() const { return pending_; }
  void clear_pending() { pending_ = kNull; }
  [[nodiscard]] std::int16_t reason_of(Reference exception) const;
  // How often code did what verified code of matching versions cannot do: wrong class for a field, wrong shape of a
  // call. Each ended in a SecurityException.
  [[nodiscard]] std::uint64_t violations() const { return violations_; }

  // ---- transactions, JCRE 3.1 chapter 7; false: TransactionException is pending ----
  [[nodiscard]] bool begin_transaction();
  [[nodiscard]] bool commit_transaction();
  [[nodiscard]] bool abort_transaction();
  [[nodiscard]] bool in_transaction() const { return heap_.memory().open_transactions() > (changing() ? 1 : 0); }

  // ---- transient memory ----
  // The context whose CLEAR_ON_DESELECT objects may be made and used now (JCRE 3.1 §5.1).
  void set_selected_context(Context context) { selected_context_ = context; }
  [[nodiscard]] Context selected_context() const { return selected_context_; }
  // Also drops all TransientStates and rolls an open transaction back.
  void reset();
  void deselect(Context context);

  // ---- garbage, when no code runs ----
  // Removes what roots, static fields and entry points do not reach. Returns how many objects went. A change of its
  // own, or part of one.
  std::size_t collect_garbage();
  // By reference: what roots, entry points and static fields reach, those of one package apart.
  [[nodiscard]] std::vector<bool> reachable(std::optional<PackageNumber> without) const;

 private:
  friend class NativeCall;
  friend class Interpreter;

  struct Frame {
    const Method* method = nullptr;
    const Unit* resume = nullptr;  // of the caller; null: the caller is C++
    std::uint16_t* locals = nullptr;
    Principal caller;  // active again on return
  };

  [[nodiscard]] bool freely_accessible(const ObjectHeader& header) const {
    return (header.context == current_.context || (header.flags & kOpenArray) != 0) &&
           (header.flags & (kClearOnDeselect | kView)) == 0;
  }
  [[nodiscard]] bool may_access_specially(const ObjectHeader& header) const;
  [[nodiscard]] Outcome invoke(const Method& method, std::span<const std::uint16_t> cells, Principal as);
  void run_native(const Method& method, std::uint16_t* cells);
  void run_code(const Method& method, std::uint16_t* cells);
  [[nodiscard]] Outcome refused(const ExceptionClass& type, std::int16_t reason = 0);
  [[nodiscard]] Outcome outcome(const Method& method, const std::uint16_t* cells);
  void violation();
  void take_working_memory();
  [[nodiscard]] std::optional<PackageNumber> number_of(const Package& package) const;
  [[nodiscard]] Result<ClassId> take_class_numbers(std::size_t count) const;
  [[nodiscard]] Context take_context() const;
  [[nodiscard]] Result<std::vector<PackageNumber>> numbers_of_imports(const Package& package) const;
  [[nodiscard]] Reference make_statics(const LoadedPackage& loaded, PackageNumber number);
  [[nodiscard]] bool make_initial_arrays(const LoadedPackage& loaded);
  [[nodiscard]] bool make_static_instances(const LoadedPackage& loaded);
  [[nodiscard]] bool set_static(const LoadedPackage& loaded, std::uint32_t offset, Reference value);
  [[nodiscard]] bool make_exceptions(const LoadedPackage& loaded);
  [[nodiscard]] bool make_parts(PackageNumber number);
  void bind(PackageNumber number, LoadedPackage loaded);
  void unbind(PackageNumber number);
  [[nodiscard]] Status bind_restored(const std::function<std::shared_ptr<const Package>(ByteView identity)>& find);
  [[nodiscard]] Status check_restored();
  [[nodiscard]] Result<PackageNumber> load_in_change(std::shared_ptr<const Package> package);
  [[nodiscard]] Status unload_in_change(PackageNumber number);
  void mark(Reference reference, std::vector<Reference>& pending, std::vector<bool>& seen) const;
  void mark_contents(Reference reference, std::vector<Reference>& pending, std::vector<bool>& seen) const;
  [[nodiscard]] bool has_objects_of(const LoadedPackage& loaded, const std::vector<bool>& live) const;
  void drop_transient_of_the_dead();

  MachineOptions options_;
  Heap heap_;
  MachineHooks* hooks_ = nullptr;
  std::vector<LoadedPackage> packages_;
  std::vector<const Class*> classes_;    // by ClassId
  const Class* object_class_ = nullptr;  // java.lang.Object, the class of arrays
  std::unordered_map<const Class*, Reference> exceptions_;
  struct Bindings {
    std::vector<LoadedPackage> packages;
    std::vector<const Class*> classes;
    const Class* object_class = nullptr;
    std::unordered_map<const Class*, Reference> exceptions;
  };
  std::unique_ptr<Bindings> before_change_;
  std::unordered_map<Reference, std::unique_ptr<TransientState>> transient_states_;
  std::unique_ptr<std::uint16_t[]> stack_;
  std::uint16_t* stack_top_ = nullptr;
  std::vector<Frame> frames_;
  std::int64_t budget_ = 0;
  Principal current_;
  Context selected_context_ = kRuntimeContext;
  Reference pending_ = kNull;
  int nesting_ = 0;
  std::uint64_t invocations_ = 0;
  bool exhausted_ = false;
  std::uint64_t violations_ = 0;
};

}  // namespace cose::jcvm
