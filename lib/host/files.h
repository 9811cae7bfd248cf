// SPDX-License-Identifier: Apache-2.0
// Whole files in and out, bounded. Errors: kNotFound (or no right), kLimit, kIo, each naming the file.
#pragma once

#include <cstddef>
#include <string>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::host {

[[nodiscard]] Result<std::string> read_file(const std::string& name, std::size_t maximum);

// Written beside and moved into place, so that a failure leaves the old file as it was.
[[nodiscard]] Status write_file(const std::string& name, ByteView content);

}  // namespace cose::host
