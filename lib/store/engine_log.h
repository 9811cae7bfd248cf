// SPDX-License-Identifier: Apache-2.0
// How far a log file of the engine is whole.
//
// A log is a sequence of 32 KiB blocks of records: checksum, length, type (whole, first, middle or last part) and
// octets; source: RocksDB's description of its write-ahead log format, which its MANIFEST shares.
#pragma once

#include <cstddef>
#include <string_view>

namespace cose::store {

// The size of the longest beginning that ends with a whole entry.
[[nodiscard]] std::size_t whole_entries(std::string_view log);

}  // namespace cose::store
