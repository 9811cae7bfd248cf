// SPDX-License-Identifier: Apache-2.0
// Zip archives in memory: CAP files and jars.
//
// Values own their octets. Writing is deterministic: entries in the order given, stored, with the format's zero date.
// Reading inflates only what is wanted and believes no size that the archive claims.
// Errors: kInvalid (damaged, a wrong checksum, an entry twice), kLimit (the limits that the caller sets).
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::archive {

struct ZipEntry {
  std::string name;  // "com/example/Hello.class"
  Bytes content;
};

struct ZipLimits {
  std::size_t archive = std::size_t{16} << 20;  // octets as they come in
  std::size_t content = std::size_t{16} << 20;  // of all wanted entries together, inflated
  std::size_t entries = 4096;
  std::size_t name = 512;
};

// Whether an entry is to be inflated; an error ends the reading with that error.
using ZipFilter = std::function<Result<bool>(std::string_view name)>;

[[nodiscard]] bool is_zip(ByteView file);
[[nodiscard]] Result<std::vector<ZipEntry>> read_zip(ByteView zip, const ZipLimits& limits, const ZipFilter& wanted);
[[nodiscard]] Result<Bytes> write_zip(const std::vector<ZipEntry>& entries);

}  // namespace cose::archive
