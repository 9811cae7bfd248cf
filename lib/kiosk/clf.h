// SPDX-License-Identifier: Apache-2.0
// Recordings of cardpeek: text, one event a line.
//
//   R:<answer to reset>
//   C:<command>:<status word>:<response data>
//
// Errors: kInvalid with the line, kLimit; kUnsupported for what the form has no word for (a failed exchange is left
// out, as cardpeek does).
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"
#include "iso7816/transcript.h"

namespace cose::kiosk {

[[nodiscard]] Result<iso7816::Transcript> parse_clf(std::string_view text);
[[nodiscard]] std::string to_clf(const iso7816::Transcript& transcript);

}  // namespace cose::kiosk
