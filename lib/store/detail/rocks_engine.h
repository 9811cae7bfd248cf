// SPDX-License-Identifier: Apache-2.0
// What the files of RocksStore share: the open database and how its failures are told.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include <rocksdb/db.h>
#include <rocksdb/statistics.h>

#include "store/rocks_store.h"

namespace cose::store {

struct RocksStore::Engine {
  RocksOptions options;
  std::shared_ptr<rocksdb::Cache> cache;
  std::shared_ptr<rocksdb::Statistics> statistics;
  std::unique_ptr<rocksdb::DB> database;
  Fence fence = 0;
  bool has_unlogged = false;  // commits of kNone since the last sync
  Status failure;             // of a write or flush

  [[nodiscard]] Result<std::optional<std::string>> get(const std::string& key) const;

  // Ascending, every key that begins with the prefix, until the visitor fails.
  using Visitor = std::function<Status(std::string_view key, std::string_view value)>;
  [[nodiscard]] Status visit(const std::string& prefix, const Visitor& visitor) const;
};

namespace detail {

[[nodiscard]] inline std::string_view view_of(const rocksdb::Slice& slice) {
  return {slice.data(), slice.size()};
}

[[nodiscard]] std::unexpected<Error> engine_failure(std::string_view what, const rocksdb::Status& status);

}  // namespace detail

}  // namespace cose::store
