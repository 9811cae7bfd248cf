// SPDX-License-Identifier: Apache-2.0
// SCARD_READERSTATE in and out, shared by readers.cc and monitor.cc.
#pragma once

#include <string>
#include <vector>

#include <winscard.h>

#include "bytes/result.h"
#include "pcsc/context.h"
#include "pcsc/readers.h"

namespace cose::pcsc::detail {

// pcsc-lite keeps flags in the low half of a state and the number of insertions and removals so far in the high half.
inline constexpr DWORD kStateFlags = 0xFFFF;

[[nodiscard]] Result<std::vector<std::string>> reader_names(Context& context);

[[nodiscard]] ReaderStatus status_of(const SCARD_READERSTATE& state);

// Asks about `reader`, knowing nothing yet. Borrows the name.
[[nodiscard]] SCARD_READERSTATE unaware_of(const std::string& reader);

}  // namespace cose::pcsc::detail
