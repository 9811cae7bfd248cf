// SPDX-License-Identifier: Apache-2.0
// The log of the programs: one line per event on standard error, over spdlog.
//
//   kText   2026-01-31T12:00:00.000Z info  slot.use session=3 peer=127.0.0.1:41022 detail=101
//   kJson   {"time":"2026-01-31T12:00:00.000Z","level":"info","event":"slot.use","session":"3",...}
//
// A value with blanks or quotes is quoted, control characters are escaped: what a peer sends can forge no line.
// Any thread.
#pragma once

#include <memory>
#include <string_view>

#include "bytes/log.h"
#include "bytes/result.h"

namespace cose::host {

enum class LogFormat { kText, kJson };

[[nodiscard]] Result<LogLevel> parse_log_level(std::string_view text);    // trace debug info warning error
[[nodiscard]] Result<LogFormat> parse_log_format(std::string_view text);  // text json

[[nodiscard]] std::unique_ptr<Log> make_log(LogLevel level, LogFormat format);

// The part of a line after time and level; apart for tests.
[[nodiscard]] std::string format_event(LogFormat format, std::string_view event,
                                       std::initializer_list<LogField> fields);

}  // namespace cose::host
