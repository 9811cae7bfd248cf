// SPDX-License-Identifier: Apache-2.0
// A Store in a directory, over RocksDB: the embedded engine of one machine.
//
// The directory belongs to one process at a time; a second one is refused (kBusy). A group is one entry of the
// write-ahead log, so a loss of power leaves all of it or nothing. The layout is docs/formats/state.md. A directory
// of an older format is brought to this one when it is opened; a newer one is refused (kUnsupported), untouched.
//
// Besides what Store says: check(), compact(), backup() and statistics() may be called by any thread while the store
// is in use.
#pragma once

#include <memory>
#include <string>

#include "store/store.h"

namespace rocksdb {
class Env;
}

namespace cose::store {

enum class IfMissing { kFail, kCreate };

struct RocksOptions {
  std::string directory;
  IfMissing if_missing = IfMissing::kFail;
  std::size_t write_buffer = 32U << 20;
  std::size_t block_cache = 32U << 20;
  // A commit that would find less room on the disk is refused before it touches anything.
  std::uint64_t disk_reserve = 64U << 20;
  rocksdb::Env* env = nullptr;  // the machine's files, or a test's; outlives the store
};

struct StoreStatistics {
  std::uint64_t cards = 0;
  std::uint64_t flushes = 0;       // of the log, since the start
  std::uint64_t log_octets = 0;    // written to the log since the start
  std::uint64_t disk_octets = 0;   // of all files
  std::uint64_t cache_octets = 0;  // memory that the engine holds
};

struct CheckReport {
  std::uint64_t cards = 0;
  std::uint64_t pages = 0;
  std::uint64_t records = 0;
  std::vector<std::string> problems;  // at most kMaximumProblems
  static constexpr std::size_t kMaximumProblems = 100;
};

class RocksStore final : public Store {
 public:
  static constexpr std::uint64_t kFormat = 2;
  static constexpr std::uint64_t kOldestFormat = 1;  // that open() brings to this one

  // Recovers from what an unfinished run left. Errors: kNotFound (no state there), kBusy, kUnsupported, kIo.
  [[nodiscard]] static Result<std::unique_ptr<RocksStore>> open(const RocksOptions& options);
  ~RocksStore() override;
  RocksStore(const RocksStore&) = delete;
  RocksStore& operator=(const RocksStore&) = delete;

  [[nodiscard]] Result<Fence> raise_fence() override;
  [[nodiscard]] Status commit(const Group& group, Durability durability) override;
  [[nodiscard]] Status sync() override;
  [[nodiscard]] Result<std::optional<Head>> head(CardId card) const override;
  [[nodiscard]] Result<std::vector<Page>> pages(CardId card) const override;
  [[nodiscard]] Result<std::optional<Answer>> answer(CardId card) const override;
  [[nodiscard]] Result<std::optional<Bytes>> record(std::string_view key) const override;
  [[nodiscard]] Status visit_heads(const HeadVisitor& visitor) const override;
  [[nodiscard]] Status visit_records(std::string_view prefix, const RecordVisitor& visitor) const override;

  // Reads everything and compares checksums and shapes. Error: the walk itself failed.
  [[nodiscard]] Result<CheckReport> check() const;
  // Rewrites the files without what was overwritten and removed.
  [[nodiscard]] Status compact();
  // A consistent copy that can be opened as a state directory. The target must not exist.
  [[nodiscard]] Status backup(const std::string& directory);
  [[nodiscard]] Result<StoreStatistics> statistics() const;

 private:
  struct Engine;
  explicit RocksStore(std::unique_ptr<Engine> engine);
  [[nodiscard]] Status prepare_format(IfMissing if_missing);
  [[nodiscard]] Status upgrade(std::uint64_t format);
  [[nodiscard]] Status check_room() const;

  std::unique_ptr<Engine> engine_;
};

}  // namespace cose::store
