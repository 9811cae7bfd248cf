// SPDX-License-Identifier: Apache-2.0
#include "store/detail/rocks_engine.h"

#include "store/detail/keys.h"

namespace cose::store {

namespace detail {

std::unexpected<Error> engine_failure(std::string_view what, const rocksdb::Status& status) {
  return fail(ErrorKind::kIo, std::string(what) + ": " + status.ToString());
}

}  // namespace detail

Result<std::optional<std::string>> RocksStore::Engine::get(const std::string& key) const {
  std::string value;
  const auto status = database->Get(rocksdb::ReadOptions(), key, &value);
  if (status.ok()) return value;
  if (status.IsNotFound()) return std::nullopt;
  return detail::engine_failure("the state cannot be read", status);
}

Status RocksStore::Engine::visit(const std::string& prefix, const Visitor& visitor) const {
  const auto end = detail::end_of(prefix);
  const rocksdb::Slice bound(end);
  rocksdb::ReadOptions reading;
  if (!end.empty()) reading.iterate_upper_bound = &bound;
  const std::unique_ptr<rocksdb::Iterator> at(database->NewIterator(reading));
  for (at->Seek(prefix); at->Valid(); at->Next())
    COSE_CHECK(visitor(detail::view_of(at->key()), detail::view_of(at->value())));
  if (!at->status().ok()) return detail::engine_failure("the state cannot be read", at->status());
  return {};
}

}  // namespace cose::store
