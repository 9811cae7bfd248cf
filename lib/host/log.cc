// SPDX-License-Identifier: Apache-2.0
#include "host/log.h"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace cose::host {

namespace {

struct LevelRow {
  std::string_view name;
  LogLevel level;
  spdlog::level::level_enum spdlog;
};

constexpr std::array kLevels{
    LevelRow{"trace", LogLevel::kTrace, spdlog::level::trace},
    LevelRow{"debug", LogLevel::kDebug, spdlog::level::debug},
    LevelRow{"info", LogLevel::kInfo, spdlog::level::info},
    LevelRow{"warning", LogLevel::kWarning, spdlog::level::warn},
    LevelRow{"error", LogLevel::kError, spdlog::level::err},
};

spdlog::level::level_enum to_spdlog(LogLevel level) {
  return std::ranges::find(kLevels, level, &LevelRow::level)->spdlog;
}

// JSON's escapes serve both formats; octets that are no UTF-8 become replacement characters.
std::string json_text(std::string_view value) {
  return nlohmann::json(value).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

bool is_plain(std::string_view value) {
  return !value.empty() && std::ranges::all_of(value, [](char character) {
    return character > ' ' && character < 0x7F && character != '"' && character != '=' && character != '\\';
  });
}

class SpdLog final : public Log {
 public:
  SpdLog(LogLevel level, LogFormat format)
      : format_(format), logger_("cose", std::make_shared<spdlog::sinks::stderr_color_sink_mt>()) {
    logger_.set_level(to_spdlog(level));
    logger_.set_pattern(format == LogFormat::kText ? "%Y-%m-%dT%H:%M:%S.%eZ %^%-7l%$ %v"
                                                   : "{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}",
                        spdlog::pattern_time_type::utc);
    logger_.flush_on(spdlog::level::trace);
  }

  bool enabled(LogLevel level) const override { return logger_.should_log(to_spdlog(level)); }

  void write(LogLevel level, std::string_view event, std::initializer_list<LogField> fields) override {
    if (enabled(level)) logger_.log(to_spdlog(level), "{}", format_event(format_, event, fields));
  }

 private:
  LogFormat format_;
  spdlog::logger logger_;
};

}  // namespace

Result<LogLevel> parse_log_level(std::string_view text) {
  const auto* row = std::ranges::find(kLevels, text, &LevelRow::name);
  if (row != kLevels.end()) return row->level;
  return fail(ErrorKind::kInvalid,
              "log level: expected trace, debug, info, warning or error, found \"" + std::string(text) + "\"");
}

Result<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return fail(ErrorKind::kInvalid, "log format: expected text or json, found \"" + std::string(text) + "\"");
}

std::string format_event(LogFormat format, std::string_view event, std::initializer_list<LogField> fields) {
  std::string line;
  if (format == LogFormat::kJson) {
    line = "\"event\":" + json_text(event);
    for (const auto& field : fields) line += "," + json_text(field.name) + ":" + json_text(field.value);
    return line;
  }
  line = event;
  for (const auto& field : fields) {
    if (field.value.empty()) continue;
    line += " ";
    line += field.name;
    line += "=" + (is_plain(field.value) ? field.value : json_text(field.value));
  }
  return line;
}

std::unique_ptr<Log> make_log(LogLevel level, LogFormat format) {
  return std::make_unique<SpdLog>(level, format);
}

}  // namespace cose::host
