// SPDX-License-Identifier: Apache-2.0
// Objects of one card: allocation, look-up by reference, transient contents, deletion.
//
// The persistent image is a list of blocks, each an ObjectHeader and its contents; a zero header ends it. The table
// from reference to address is an index over that list. It is rebuilt by walking the list when a card is restored and
// so is not part of the state. Contents of transient objects live in two areas of their own, which are zeroed by
// reset or deselection and never stored; the block in the image holds where in the area they are.
//
// A reference whose object has gone (aborted, deleted) is dead. Dead references in transient memory, on the stack and
// in local variables count as null everywhere (normalized()), which is what JCRE 3.1 §7.6.3 asks of an abort without
// searching the stack. A handle is not given out again before forget_dead(), which the machine calls when no
// program runs.
//
// Nothing here knows the firewall; see firewall.h. One owner at a time.
#pragma once

#include <array>
#include <vector>

#include "jcvm/memory.h"
#include "jcvm/object.h"

namespace cose::jcvm {

struct HeapLimits {
  std::uint32_t persistent = 128 * 1024;
  std::uint32_t transient = 8 * 1024;  // both areas together, without the runtime's own temporary entry points
  std::uint32_t commit_capacity = 16 * 1024;
};

struct NewObject {
  ObjectKind kind = ObjectKind::kInstance;
  ClassId class_id = kNoClass;
  std::uint32_t length = 0;  // elements, or octets of an instance
  ObjectFlags flags = 0;
  Context context = kRuntimeContext;
  AppletId applet = kNoApplet;
};

// What the objects of one applet may take together, headers included; zero: no bound.
struct Allowance {
  AppletId applet = kNoApplet;
  std::uint32_t persistent = 0;
  std::uint32_t transient = 0;
};

enum class AllocationError : std::uint8_t { kNone, kNoPersistent, kNoTransient, kJournalFull };

// The contents of a view's block: which elements of which array, and what may be done (ATTR_* of JCSystem 3.1).
struct ViewInfo {
  Reference array = kNull;
  std::uint16_t first = 0;
  std::uint8_t attributes = 0;
  std::uint8_t unused = 0;
};
// What the runtime may have beyond HeapLimits::transient.
inline constexpr std::uint32_t kMaximumEntryOctets = 64 * 1024;
inline constexpr std::uint8_t kViewReadable = 0x01;
inline constexpr std::uint8_t kViewWritable = 0x02;

class Heap {
 public:
  explicit Heap(const HeapLimits& limits);

  [[nodiscard]] Memory& memory() { return memory_; }
  [[nodiscard]] const Memory& memory() const { return memory_; }

  // kNull when there is no room; last_error() says of what. Contents are zero.
  [[nodiscard]] Reference allocate(const NewObject& wanted);
  // A view of `length` elements of an array that is no view itself, from `first` on.
  [[nodiscard]] Reference allocate_view(const NewObject& wanted, const ViewInfo& info);
  [[nodiscard]] AllocationError last_error() const { return last_error_; }
  // In place of those before. What goes beyond one is refused as if the card were full.
  void set_allowances(std::vector<Allowance> allowances) { allowances_ = std::move(allowances); }
  [[nodiscard]] std::uint32_t persistent_of(AppletId applet) const;
  [[nodiscard]] std::uint32_t transient_of(AppletId applet) const;

  // Null when the reference is null, dead or made up. Valid until the next allocation.
  [[nodiscard]] const ObjectHeader* find(Reference reference) const {
    if (reference >= table_.size()) return nullptr;
    const auto address = table_[reference];
    return address == 0 ? nullptr : header_at(address);
  }
  [[nodiscard]] Reference normalized(Reference reference) const {
    return reference < table_.size() && table_[reference] != 0 ? reference : kNull;
  }

  // ---- contents: valid until the next allocation ----
  // Of any object but a view whose array has gone: then null.
  [[nodiscard]] const std::uint8_t* contents(const ObjectHeader& header) const {
    if ((header.flags & (kTransient | kView)) == 0) [[likely]]
      return reinterpret_cast<const std::uint8_t*>(&header) + kHeaderSize;
    return special_contents(header);
  }
  // Changes [offset, offset + size) octets; the caller has checked that they are the object's. False: the journal is
  // full, nothing was changed.
  [[nodiscard]] bool write(const ObjectHeader& header, std::uint32_t offset, const void* octets, std::uint32_t size,
                           Atomicity atomicity = Atomicity::kAtomic) {
    if ((header.flags & (kTransient | kView)) == 0) [[likely]]
      return memory_.write(address_of(header) + kHeaderSize + offset, octets, size, atomicity);
    return special_write(header, offset, octets, size, atomicity);
  }
  // The same for a caller that fills the range itself. Null: refused.
  [[nodiscard]] std::uint8_t* prepare(const ObjectHeader& header, std::uint32_t offset, std::uint32_t size,
                                      Atomicity atomicity = Atomicity::kAtomic);
  [[nodiscard]] ViewInfo view_info(const ObjectHeader& view) const;
  [[nodiscard]] static std::uint32_t octets_in(const ObjectHeader& header) {
    return is_array(header.kind) ? header.length * element_size(header.kind) : header.length;
  }

  // ---- transactions; they nest as those of the memory do ----
  void begin() { begin(memory_.commit_capacity()); }
  void begin(std::uint32_t capacity);
  void commit();
  // Rolls back; objects made inside are dead afterwards, objects removed inside live again.
  void abort();

  // ---- transient memory ----
  void clear_on_reset();
  // JCRE 3.1 §5.1: what the applets of one context hold for as long as one of them is selected.
  void clear_on_deselect(Context context);

  // ---- life of the whole ----
  // False: the image is none that a heap of these limits wrote.
  [[nodiscard]] bool restore(const Snapshot& snapshot);
  // Inside a transaction the block is free for others only once the outermost has been committed. False: the journal
  // is full.
  bool remove(Reference reference);
  // Changes the flags in the header; those that say where the contents are must stay.
  [[nodiscard]] bool set_flags(Reference reference, ObjectFlags flags);
  // After removals: closes the gaps in the transient areas.
  void compact_transient();
  void forget_dead();

  // All live references, ascending.
  [[nodiscard]] std::vector<Reference> all() const;
  [[nodiscard]] std::uint32_t free_persistent() const;
  [[nodiscard]] std::uint32_t free_transient() const;
  // Memory of the process that this heap takes.
  [[nodiscard]] std::size_t footprint() const;

 private:
  [[nodiscard]] const ObjectHeader* header_at(std::uint32_t address) const {
    return reinterpret_cast<const ObjectHeader*>(memory_.data() + address);
  }
  [[nodiscard]] std::uint32_t address_of(const ObjectHeader& header) const {
    return static_cast<std::uint32_t>(reinterpret_cast<const std::uint8_t*>(&header) - memory_.data());
  }
  [[nodiscard]] const std::uint8_t* special_contents(const ObjectHeader& header) const;
  [[nodiscard]] bool special_write(const ObjectHeader& header, std::uint32_t offset, const void* octets,
                                   std::uint32_t size, Atomicity atomicity);
  [[nodiscard]] Reference take_handle();
  [[nodiscard]] std::uint32_t take_block(std::uint32_t units);
  [[nodiscard]] std::uint32_t find_free_block(std::uint32_t units);
  [[nodiscard]] bool write_header(std::uint32_t address, const ObjectHeader& header);
  [[nodiscard]] bool take_transient(ObjectFlags flags, std::uint32_t size, std::uint32_t& offset);
  [[nodiscard]] Reference place(const NewObject& wanted, const void* contents, std::uint32_t size);
  [[nodiscard]] bool fill_block(std::uint32_t address, std::uint32_t units, Reference handle, const NewObject& wanted,
                                const void* contents, std::uint32_t size);
  [[nodiscard]] Bytes& area_of(ObjectFlags flags) {
    return (flags & kClearOnReset) != 0 ? reset_area_ : deselect_area_;
  }
  [[nodiscard]] const Bytes& area_of(ObjectFlags flags) const {
    return (flags & kClearOnReset) != 0 ? reset_area_ : deselect_area_;
  }
  [[nodiscard]] std::uint32_t transient_offset(const ObjectHeader& header) const;
  [[nodiscard]] bool index_blocks();
  [[nodiscard]] bool index_block(const ObjectHeader& header, std::uint32_t address);
  void scrub_transient_references();

  HeapLimits limits_;
  Memory memory_;
  std::vector<std::uint32_t> table_;  // reference to address of its header; zero: dead or never used
  std::vector<Reference> free_handles_;
  std::vector<Reference> dead_handles_;
  std::uint32_t end_ = 0;         // where the zero header is
  std::uint32_t free_units_ = 0;  // in free blocks before the end
  Bytes reset_area_;
  Bytes deselect_area_;
  std::uint32_t entry_octets_ = 0;  // of temporary entry points in these areas
  // Who has contents in the second one; looked for when somebody asks after a change.
  std::vector<Reference> deselect_holders_;
  bool holders_known_ = false;
  struct Removed {
    Reference reference = kNull;
    std::uint32_t address = 0;
  };
  struct Transaction {
    std::vector<Reference> created;
    std::vector<Removed> removed;
    // As they were when it began.
    std::uint32_t free_units = 0;
    std::size_t reset_size = 0;
    std::size_t deselect_size = 0;
    std::uint32_t entry_octets = 0;
  };
  [[nodiscard]] Transaction& transaction() {
    return transactions_[static_cast<std::size_t>(memory_.open_transactions()) - 1];
  }
  [[nodiscard]] std::uint32_t counted_transient() const {
    return static_cast<std::uint32_t>(reset_area_.size() + deselect_area_.size()) - entry_octets_;
  }
  void free_block(std::uint32_t address);
  [[nodiscard]] AllocationError beyond_allowance(const NewObject& wanted, std::uint32_t size) const;
  std::array<Transaction, kMaximumTransactions> transactions_;
  AllocationError last_error_ = AllocationError::kNone;
  std::vector<Allowance> allowances_;
};

}  // namespace cose::jcvm
