// SPDX-License-Identifier: Apache-2.0
#include <set>

#include <rocksdb/cache.h>
#include <rocksdb/utilities/checkpoint.h>

#include "store/detail/keys.h"
#include "store/detail/rocks_engine.h"

namespace cose::store {

namespace {

using detail::Kind;

class Checker {
 public:
  explicit Checker(CheckReport& report) : report_(report) {}

  void entry(std::string_view key, std::string_view value) {
    switch (static_cast<Kind>(key.front())) {
      case Kind::kHead: return head(key, value);
      case Kind::kPage: return page(key, value);
      case Kind::kAnswer: return answer(key, value);
      case Kind::kRecord: ++report_.records; return;
      case Kind::kMeta: return;
    }
    problem("an entry that is none of ours");
  }

 private:
  // Heads come before pages in the order of keys, answers before both.
  void answer(std::string_view key, std::string_view value) {
    if (!detail::card_of(key) || !detail::parse_answer(value)) problem("an answer is damaged");
  }

  void head(std::string_view key, std::string_view value) {
    const auto card = detail::card_of(key);
    if (!card || !detail::parse_head(value)) return problem("the head of a card is damaged");
    ++report_.cards;
    cards_.insert(*card);
  }

  void page(std::string_view key, std::string_view value) {
    const auto card = detail::card_of(key);
    if (!card || !detail::page_of(key)) return problem("a page has a damaged key");
    ++report_.pages;
    if (value.empty() || value.size() > kMaximumPage) problem("card " + std::to_string(*card) + ": a page is damaged");
    if (!cards_.contains(*card)) problem("card " + std::to_string(*card) + ": a page without a head");
  }

  void problem(std::string text) {
    if (report_.problems.size() < CheckReport::kMaximumProblems) report_.problems.push_back(std::move(text));
  }

  CheckReport& report_;
  std::set<CardId> cards_;
};

std::uint64_t property(rocksdb::DB& database, const std::string& name) {
  std::uint64_t value = 0;
  return database.GetAggregatedIntProperty(name, &value) ? value : 0;
}

}  // namespace

Result<CheckReport> RocksStore::check() const {
  CheckReport report;
  if (const auto status = engine_->database->VerifyChecksum(); !status.ok())
    report.problems.push_back("a file is damaged: " + status.ToString());
  Checker checker(report);
  COSE_CHECK(engine_->visit({}, [&](std::string_view key, std::string_view value) -> Status {
    checker.entry(key, value);
    return {};
  }));
  return report;
}

Status RocksStore::compact() {
  rocksdb::CompactRangeOptions options;
  options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForceOptimized;
  const auto status = engine_->database->CompactRange(options, nullptr, nullptr);
  if (!status.ok()) return detail::engine_failure("the state cannot be compacted", status);
  return {};
}

Status RocksStore::backup(const std::string& directory) {
  rocksdb::Checkpoint* made = nullptr;
  auto status = rocksdb::Checkpoint::Create(engine_->database.get(), &made);
  const std::unique_ptr<rocksdb::Checkpoint> checkpoint(made);
  if (status.ok()) status = checkpoint->CreateCheckpoint(directory);
  if (!status.ok()) return detail::engine_failure(directory + ": no backup could be made", status);
  return {};
}

Result<StoreStatistics> RocksStore::statistics() const {
  StoreStatistics statistics;
  auto& database = *engine_->database;
  COSE_CHECK(visit_heads([&](CardId, const Head&) -> Status {
    ++statistics.cards;
    return {};
  }));
  statistics.flushes = engine_->statistics->getTickerCount(rocksdb::WAL_FILE_SYNCED);
  statistics.log_octets = engine_->statistics->getTickerCount(rocksdb::WAL_FILE_BYTES);
  std::vector<std::string> names;
  auto* env = database.GetEnv();
  if (const auto status = env->GetChildren(engine_->options.directory, &names); !status.ok())
    return detail::engine_failure(engine_->options.directory, status);
  for (const auto& name : names) {
    std::uint64_t size = 0;
    if (env->GetFileSize(engine_->options.directory + "/" + name, &size).ok()) statistics.disk_octets += size;
  }
  statistics.cache_octets = engine_->cache->GetUsage() +
                            property(database, rocksdb::DB::Properties::kSizeAllMemTables) +
                            property(database, rocksdb::DB::Properties::kEstimateTableReadersMem);
  return statistics;
}

}  // namespace cose::store
