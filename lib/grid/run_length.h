// SPDX-License-Identifier: Apache-2.0
// Hexadecimal with runs: *NNBB stands for octet BB repeated NN (hexadecimal) times; all else is plain digits.
// "*0500*02FF9000" is 00 00 00 00 00 FF FF 90 00. Source: SIM Array protocol, replies to apdu and tpdu.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::grid {

// Writes a run where it is shorter than the digits it stands for.
void append_run_length(std::string& to, ByteView octets);

// Errors: kInvalid with the position; kLimit when more than `maximum` octets would come out.
[[nodiscard]] Result<Bytes> from_run_length(std::string_view text, std::size_t maximum);

// The same into a buffer that is used again.
[[nodiscard]] Status from_run_length(std::string_view text, std::size_t maximum, Bytes& octets);

}  // namespace cose::grid
