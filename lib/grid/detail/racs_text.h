// SPDX-License-Identifier: Apache-2.0
// The words of RACS answers, in both modes: status lines, responses, and what each failure says.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bytes/result.h"
#include "grid/access.h"
#include "grid/racs_request.h"

namespace cose::grid::detail {

// The longest response that the author's server passes on.
inline constexpr std::size_t kReferenceResponse = 4096;

enum class Outcome : std::uint8_t { kSuccess, kFailure };

// "+006 001 9000" CR LF. `event` only counts for a failure.
[[nodiscard]] std::string status_line(Outcome outcome, RacsClass event, RacsVerb verb, int line, std::string_view text,
                                      RacsMode mode);

// BEGIN [label], the status lines, END.
void append_response(std::string& to, RacsMode mode, std::string_view label, std::string_view statuses,
                     std::string_view last);

// "Syntax error at line 3: ...".
[[nodiscard]] std::string failure_text(const RacsRefusal& refusal, int line);

[[nodiscard]] RacsRefusal label_refusal(const RacsRefusal& refusal, RacsMode mode);
[[nodiscard]] std::string_view in_use_text(RacsMode mode);
[[nodiscard]] std::string wrong_status_text(std::uint16_t status, RacsMode mode);
[[nodiscard]] RacsClass class_of(ErrorKind kind);
[[nodiscard]] RacsClass class_of(Refusal::Kind kind);

[[nodiscard]] std::string_view version(RacsMode mode);
[[nodiscard]] bool speaks_version(std::string_view asked, RacsMode mode);
[[nodiscard]] std::string version_set_text(std::string_view asked, RacsMode mode);

// What makes the author's server hang up without a word: no words, or too many.
[[nodiscard]] bool is_silently_refused(std::string_view line);

}  // namespace cose::grid::detail
