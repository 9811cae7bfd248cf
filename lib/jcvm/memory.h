// SPDX-License-Identifier: Apache-2.0
// The persistent memory of one card: an image of octets in pages, the journal of a transaction, and the dirty pages.
//
// The image IS the card's state. It grows on demand up to its limit, so addresses (offsets) last and pointers into it
// do not: a pointer is good until the next allocation. Every change goes through write() or prepare(): inside a
// transaction they note the old octets first, and they mark the pages dirty. At the end of a command the store takes
// the dirty pages (take_dirty_pages) and commits them together.
//
// What a power cut leaves is a Snapshot: the image and the journal as they were. Restored from one, the memory has
// rolled an open transaction back. A WriteHook sees the moment before each write, so that a test can cut the power at
// any of them.
//
// Inside a transaction new objects are put behind the end that the image had when the transaction began
// (fresh_from()). What is written there needs no journal, since an abort clears it as a whole.
//
// Transactions nest once: a program's inside the runtime's change of content. The inner one's commit leaves its undos
// to the outer one, and a power cut rolls both back.
//
// One owner at a time. Errors: a write that the journal cannot hold is refused and changes nothing
// (TransactionException.BUFFER_FULL is the caller's to throw).
#pragma once

#include <algorithm>
#include <array>
#include <cstring>
#include <functional>
#include <vector>

#include "bytes/bytes.h"

namespace cose::jcvm {

inline constexpr std::uint32_t kPageSize = 256;
inline constexpr std::uint32_t kPageShift = 8;
// The size of a block is 16 bits in units of four octets, and the table of objects has 65535 entries.
inline constexpr std::uint32_t kMaximumPersistent = 1024 * 1024;
inline constexpr int kMaximumTransactions = 2;

// kNonAtomic is for what must survive an abort: the try counter of a PIN, the NonAtomic methods of Util
// (JCRE 3.1 §7.7).
enum class Atomicity { kAtomic, kNonAtomic };

struct Undo {
  std::uint32_t address = 0;
  std::uint32_t size = 0;
  std::uint32_t old = 0;  // where the old octets start
};

struct Journal {
  std::vector<Undo> entries;
  Bytes old_octets;

  [[nodiscard]] std::size_t used() const { return old_octets.size() + entries.size() * kOverhead; }
  void clear();

  static constexpr std::size_t kOverhead = 4;
};

// All that a power cut leaves.
struct Snapshot {
  Bytes image;
  bool in_transaction = false;
  std::uint32_t fresh_from = 0;
  Journal journal;
};

class Memory {
 public:
  Memory(std::uint32_t limit, std::uint32_t commit_capacity);

  // Rolls an open transaction back.
  void restore(const Snapshot& snapshot);
  [[nodiscard]] Snapshot snapshot() const;

  [[nodiscard]] std::uint8_t* data() { return image_.data(); }
  [[nodiscard]] const std::uint8_t* data() const { return image_.data(); }
  [[nodiscard]] std::uint32_t size() const { return static_cast<std::uint32_t>(image_.size()); }
  [[nodiscard]] std::uint32_t limit() const { return limit_; }

  // Makes [0, end) usable; what is added is zero. False: beyond the limit.
  [[nodiscard]] bool reserve(std::uint32_t end);

  // The one function that changes persistent state. The caller guarantees that the range lies in the image.
  [[nodiscard]] bool write(std::uint32_t address, const void* octets, std::uint32_t size,
                           Atomicity atomicity = Atomicity::kAtomic) {
    if (size == 0) return true;
    if (watched_ && !note(address, size, atomicity)) [[unlikely]]
      return false;
    mark(address, size);
    std::memcpy(image_.data() + address, octets, size);
    return true;
  }

  // The same for a caller that fills the range itself, before anything else happens. Null: refused.
  [[nodiscard]] std::uint8_t* prepare(std::uint32_t address, std::uint32_t size,
                                      Atomicity atomicity = Atomicity::kAtomic);

  // For memory that nothing refers to yet: neither journalled nor a write that a power cut could split.
  void clear_unused(std::uint32_t address, std::uint32_t size);

  // ---- transactions, JCRE 3.1 chapter 7 ----
  [[nodiscard]] bool in_transaction() const { return open_ > 0; }
  [[nodiscard]] int open_transactions() const { return open_; }
  void begin(std::uint32_t end_of_objects) { begin(end_of_objects, commit_capacity_); }
  void begin(std::uint32_t end_of_objects, std::uint32_t capacity);
  void commit();
  void abort();
  [[nodiscard]] std::uint32_t fresh_from() const { return level().fresh_from; }
  [[nodiscard]] std::uint32_t commit_capacity() const { return commit_capacity_; }
  // Of the innermost transaction, or of the next one.
  [[nodiscard]] std::uint32_t unused_commit_capacity() const;

  // ---- dirty pages ----
  // Numbers of the pages changed since the last call, ascending.
  [[nodiscard]] std::vector<std::uint32_t> take_dirty_pages();
  [[nodiscard]] bool dirty() const { return dirty_any_; }

  using WriteHook = std::function<void()>;
  void set_write_hook(WriteHook hook);

 private:
  struct Level {
    std::uint32_t fresh_from = 0;
    std::uint32_t capacity = 0;
    std::size_t entries = 0;  // of the journal, when it began
    std::size_t old_octets = 0;
  };
  [[nodiscard]] const Level& level() const { return levels_[static_cast<std::size_t>(std::max(open_ - 1, 0))]; }
  [[nodiscard]] std::size_t used(const Level& level) const;
  void mark(std::uint32_t address, std::uint32_t size) {
    dirty_any_ = true;
    const auto last = (address + size - (size != 0)) >> kPageShift;
    for (auto page = address >> kPageShift; page <= last; ++page) dirty_[page] = 1;
  }
  [[nodiscard]] bool note(std::uint32_t address, std::uint32_t size, Atomicity atomicity);
  void roll_back(const Journal& journal, const Level& level);

  Bytes image_;
  Bytes dirty_;  // one octet for each page
  std::uint32_t limit_;
  std::uint32_t commit_capacity_;
  bool watched_ = false;  // in a transaction, or with a hook
  bool dirty_any_ = false;
  int open_ = 0;
  std::array<Level, kMaximumTransactions> levels_{};
  Journal journal_;
  WriteHook hook_;
};

}  // namespace cose::jcvm
