// SPDX-License-Identifier: Apache-2.0
// Structured log as a port: an event name and fields, so that a line can be searched and a test can count.
//
// The implementation over spdlog is host/log.h; NullLog drops everything. Thread rule: write() may come from any
// thread. Secrets never come here: no key, no PIN; APDU data only as events of level kTrace, already masked
// (iso7816/masking.h).
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace cose {

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

struct LogField {
  std::string_view name;
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;

  [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
  // event: lower case words with dots, for example "session.open".
  virtual void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) = 0;
};

class NullLog final : public Log {
 public:
  [[nodiscard]] bool enabled(LogLevel) const override { return false; }
  void write(LogLevel, std::string_view, std::initializer_list<LogField>) override {}
};

}  // namespace cose
