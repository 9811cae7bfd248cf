// SPDX-License-Identifier: Apache-2.0
#include "store/rocks_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/env.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include "store/admission.h"
#include "store/detail/keys.h"
#include "store/detail/rocks_engine.h"
#include "store/engine_log.h"

namespace cose::store {

namespace {

using detail::Kind;

constexpr int kFilterBitsPerKey = 10;
constexpr int kBackgroundJobs = 2;
constexpr std::size_t kLargestTornEntry = 64 * 1024;

rocksdb::Options engine_options(const RocksOptions& wanted, const std::shared_ptr<rocksdb::Cache>& cache,
                                const std::shared_ptr<rocksdb::Statistics>& statistics) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  // Else their memory grows with the files, beside the budget.
  table.cache_index_and_filter_blocks = true;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));

  rocksdb::Options options;
  options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
  if (wanted.env != nullptr) options.env = wanted.env;
  options.create_if_missing = wanted.if_missing == IfMissing::kCreate;
  options.write_buffer_size = wanted.write_buffer;
  options.max_background_jobs = kBackgroundJobs;
  options.allow_concurrent_memtable_write = false;  // there is one committer
  options.level_compaction_dynamic_level_bytes = true;
  options.compression = rocksdb::kNoCompression;  // sealed octets do not shrink
  options.statistics = statistics;
  options.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  options.keep_log_file_num = 2;
  // A torn end of the log is what a loss of power leaves. What was flushed before it stays.
  options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
  // A file of the log that was flushed and is missing now is damage, not an end.
  options.track_and_verify_wals_in_manifest = true;
  // A failed write is not tried again behind our back.
  options.max_bgerror_resume_count = 0;
  return options;
}

void add_change(rocksdb::WriteBatch& batch, const Change& change) {
  const auto head_key = detail::card_key(Kind::kHead, change.card);
  const auto answer_key = detail::card_key(Kind::kAnswer, change.card);
  if (change.kind == Change::Kind::kDestroy) {
    const auto pages = detail::card_key(Kind::kPage, change.card);
    batch.Delete(head_key);
    batch.Delete(answer_key);
    batch.DeleteRange(pages, detail::end_of(pages));
    return;
  }
  batch.Put(head_key, detail::head_value(change));
  for (const auto& page : change.pages) {
    const auto key = detail::page_key(change.card, page.number);
    const auto octets = as_text(page.octets);
    if (page.octets.empty())
      batch.Delete(key);
    else
      batch.Put(key, rocksdb::Slice(octets.data(), octets.size()));
  }
  if (change.answer) batch.Put(answer_key, detail::answer_value(*change.answer));
}

void add_record(rocksdb::WriteBatch& batch, const Record& record) {
  const auto key = detail::record_key(record.key);
  const auto octets = as_text(record.octets);
  if (record.octets.empty())
    batch.Delete(key);
  else
    batch.Put(key, rocksdb::Slice(octets.data(), octets.size()));
}

std::unexpected<Error> opening_failure(const std::string& directory, const rocksdb::Status& status) {
  const auto text = status.ToString();
  // The engine has no code of its own for a held lock.
  if (text.find("lock") != std::string::npos)
    return fail(ErrorKind::kBusy,
                directory + ": another process uses this state; stop it, or choose another directory");
  if (text.find("does not exist") != std::string::npos)
    return fail(ErrorKind::kNotFound, directory + ": there is no state here");
  return detail::engine_failure(directory, status);
}

// The engine adds to its list of files (MANIFEST) and flushes it before it relies on what it wrote. A loss of power in
// between can leave that last entry with a hole, which the engine takes for damage, other than in its log of changes.
// It was never relied on, so it goes.
rocksdb::Status cut_torn_manifest(rocksdb::Env& env, const std::string& directory) {
  std::string name;
  auto status = rocksdb::ReadFileToString(&env, directory + "/CURRENT", &name);
  if (!status.ok()) return status;
  while (!name.empty() && name.back() == '\n') name.pop_back();
  const auto file = directory + "/" + name;
  std::string manifest;
  status = rocksdb::ReadFileToString(&env, file, &manifest);
  if (!status.ok()) return status;
  const auto whole = whole_entries(manifest);
  if (whole == 0 || manifest.size() - whole > kLargestTornEntry) return rocksdb::Status::Corruption(file);
  status = rocksdb::WriteStringToFile(&env, rocksdb::Slice(manifest.data(), whole), file + ".dbtmp", true);
  if (status.ok()) status = env.RenameFile(file + ".dbtmp", file);
  std::unique_ptr<rocksdb::Directory> names;
  if (status.ok()) status = env.NewDirectory(directory, &names);
  return status.ok() ? names->Fsync() : status;
}

rocksdb::Status open_engine(const rocksdb::Options& options, const std::string& directory, rocksdb::DB** database) {
  const auto status = rocksdb::DB::Open(options, directory, database);
  if (!status.IsCorruption() || status.ToString().find("MANIFEST") == std::string::npos) return status;
  if (!cut_torn_manifest(*options.env, directory).ok()) return status;
  return rocksdb::DB::Open(options, directory, database);
}

}  // namespace

RocksStore::RocksStore(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

RocksStore::~RocksStore() {
  // The log would be replayed by the next start: that is slower, and as good.
  if (engine_->failure) static_cast<void>(engine_->database->Flush(rocksdb::FlushOptions()));
}

Result<std::unique_ptr<RocksStore>> RocksStore::open(const RocksOptions& options) {
  auto engine = std::make_unique<Engine>();
  engine->options = options;
  engine->cache = rocksdb::NewLRUCache(options.block_cache);
  engine->statistics = rocksdb::CreateDBStatistics();
  engine->statistics->set_stats_level(rocksdb::StatsLevel::kExceptHistogramOrTimers);
  rocksdb::DB* database = nullptr;
  const auto status =
      open_engine(engine_options(options, engine->cache, engine->statistics), options.directory, &database);
  if (!status.ok()) return opening_failure(options.directory, status);
  engine->database.reset(database);
  std::unique_ptr<RocksStore> store(new RocksStore(std::move(engine)));
  COSE_CHECK(store->prepare_format(options.if_missing));
  return store;
}

Status RocksStore::prepare_format(IfMissing if_missing) {
  const std::string key(detail::kFormatKey);
  COSE_TRY(const auto stored, engine_->get(key));
  if (stored) {
    COSE_TRY(const auto format, detail::parse_number(*stored));
    if (format >= kOldestFormat && format <= kFormat) return upgrade(format);
    return fail(ErrorKind::kUnsupported, engine_->options.directory + ": expected state of format " +
                                             std::to_string(kFormat) + ", found " + std::to_string(format) +
                                             "; nothing was changed" +
                                             (format > kFormat ? "; a newer program wrote it" : ""));
  }
  const std::unique_ptr<rocksdb::Iterator> any(engine_->database->NewIterator(rocksdb::ReadOptions()));
  any->SeekToFirst();
  if (any->Valid() || if_missing == IfMissing::kFail)
    return fail(ErrorKind::kNotFound, engine_->options.directory + ": a database, but no state of cards");
  rocksdb::WriteOptions writing;
  writing.sync = true;
  const auto written = engine_->database->Put(writing, key, detail::number_value(kFormat));
  if (!written.ok()) return detail::engine_failure("the state cannot be written", written);
  return {};
}

// In one entry of the log: after a loss of power the directory is of one format or the other.
Status RocksStore::upgrade(std::uint64_t format) {
  if (format == kFormat) return {};
  rocksdb::WriteBatch batch;
  // Format 2 counts a card's last answer in the sum of its pages. Those of format 1 are not, and no protocol made any.
  const std::string answers(1, static_cast<char>(Kind::kAnswer));
  batch.DeleteRange(answers, detail::end_of(answers));
  batch.Put(std::string(detail::kFormatKey), detail::number_value(kFormat));
  rocksdb::WriteOptions writing;
  writing.sync = true;
  const auto written = engine_->database->Write(writing, &batch);
  if (!written.ok()) return detail::engine_failure("the state cannot be brought to a new format", written);
  return {};
}

Result<Fence> RocksStore::raise_fence() {
  COSE_CHECK(engine_->failure);
  const std::string key(detail::kFenceKey);
  COSE_TRY(const auto stored, engine_->get(key));
  Fence last = 0;
  if (stored) {
    COSE_TRY(last, detail::parse_number(*stored));
  }
  rocksdb::WriteOptions writing;
  writing.sync = true;
  const auto status = engine_->database->Put(writing, key, detail::number_value(last + 1));
  if (!status.ok()) {
    engine_->failure = detail::engine_failure("the fence cannot be written", status);
    return std::unexpected(engine_->failure.error());
  }
  engine_->fence = last + 1;
  return engine_->fence;
}

// With some room kept, a full disk refuses commands and does not end the process in the middle of one.
Status RocksStore::check_room() const {
  std::uint64_t room = 0;
  const auto& options = engine_->options;
  const auto status = engine_->database->GetEnv()->GetFreeSpace(options.directory, &room);
  if (!status.ok() || room >= options.disk_reserve) return {};
  return fail(ErrorKind::kLimit, options.directory + ": the disk is nearly full: " + std::to_string(room >> 20) +
                                     " MiB are left, " + std::to_string(options.disk_reserve >> 20) + " are kept");
}

Status RocksStore::commit(const Group& group, Durability durability) {
  COSE_CHECK(engine_->failure);
  COSE_CHECK(check_room());
  COSE_CHECK(admit(group, engine_->fence, [this](CardId card) -> Result<std::optional<Sequence>> {
    COSE_TRY(const auto stored, head(card));
    return stored ? std::optional(stored->sequence) : std::nullopt;
  }));
  rocksdb::WriteBatch batch;
  for (const auto& change : group.changes) add_change(batch, change);
  for (const auto& record : group.records) add_record(batch, record);
  rocksdb::WriteOptions writing;
  writing.sync = durability == Durability::kDurable;
  writing.disableWAL = durability == Durability::kNone;
  engine_->has_unlogged |= writing.disableWAL;
  const auto status = engine_->database->Write(writing, &batch);
  if (status.ok()) return {};
  engine_->failure = detail::engine_failure("a change could not be made durable", status);
  return engine_->failure;
}

Status RocksStore::sync() {
  COSE_CHECK(engine_->failure);
  auto status = engine_->has_unlogged ? engine_->database->Flush(rocksdb::FlushOptions()) : rocksdb::Status::OK();
  if (status.ok()) status = engine_->database->FlushWAL(true);
  engine_->has_unlogged = false;
  if (status.ok()) return {};
  engine_->failure = detail::engine_failure("a flush to the disk failed", status);
  return engine_->failure;
}

Result<std::optional<Head>> RocksStore::head(CardId card) const {
  COSE_TRY(const auto value, engine_->get(detail::card_key(Kind::kHead, card)));
  if (!value) return std::nullopt;
  return detail::parse_head(*value);
}

Result<std::vector<Page>> RocksStore::pages(CardId card) const {
  std::vector<Page> pages;
  COSE_CHECK(
      engine_->visit(detail::card_key(Kind::kPage, card), [&](std::string_view key, std::string_view value) -> Status {
        const auto number = detail::page_of(key);
        if (!number) return fail(ErrorKind::kIo, "a page has a damaged key");
        pages.push_back({*number, to_bytes(as_bytes(value))});
        return {};
      }));
  return pages;
}

Result<std::optional<Answer>> RocksStore::answer(CardId card) const {
  COSE_TRY(const auto value, engine_->get(detail::card_key(Kind::kAnswer, card)));
  if (!value) return std::nullopt;
  return detail::parse_answer(*value);
}

Result<std::optional<Bytes>> RocksStore::record(std::string_view key) const {
  COSE_TRY(const auto value, engine_->get(detail::record_key(key)));
  if (!value) return std::nullopt;
  return to_bytes(as_bytes(*value));
}

Status RocksStore::visit_heads(const HeadVisitor& visitor) const {
  return engine_->visit(std::string(1, static_cast<char>(Kind::kHead)),
                        [&](std::string_view key, std::string_view value) -> Status {
                          const auto card = detail::card_of(key);
                          if (!card) return fail(ErrorKind::kIo, "a card has a damaged key");
                          COSE_TRY(const auto head, detail::parse_head(value));
                          return visitor(*card, head);
                        });
}

Status RocksStore::visit_records(std::string_view prefix, const RecordVisitor& visitor) const {
  return engine_->visit(detail::record_key(prefix), [&](std::string_view key, std::string_view value) {
    return visitor(key.substr(1), as_bytes(value));
  });
}

}  // namespace cose::store
