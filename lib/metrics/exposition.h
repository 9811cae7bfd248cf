// SPDX-License-Identifier: Apache-2.0
// Writes measurements in the text format that Prometheus collects, version 0.0.4.
//
//   # HELP cose_commands_total Commands that cards were given.
//   # TYPE cose_commands_total counter
//   cose_commands_total{kind="transmit"} 12
//
// A family is opened once, and its samples follow. Names and labels are a programmer's and checked as such; values of
// labels are escaped. No value of a label may come from a card or name a person: few values, known in advance.
// Source: Prometheus documentation, "Exposition formats".
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "metrics/histogram.h"

namespace cose::metrics {

inline constexpr std::string_view kContentType = "text/plain; version=0.0.4; charset=utf-8";

class Exposition {
 public:
  using Label = std::pair<std::string_view, std::string_view>;
  using Labels = std::initializer_list<Label>;

  // A counter's name ends with _total, a histogram's with its unit.
  void counter(std::string_view name, std::string_view help) { open(name, help, "counter"); }
  void gauge(std::string_view name, std::string_view help) { open(name, help, "gauge"); }
  void histogram(std::string_view name, std::string_view help) { open(name, help, "histogram"); }

  // Of the family that was opened last.
  void sample(Labels labels, std::uint64_t value);
  void sample(std::uint64_t value) { sample({}, value); }
  void sample(Labels labels, const Histogram& histogram);

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void open(std::string_view name, std::string_view help, std::string_view type);
  void line(std::string_view suffix, Labels labels, Label extra, std::string_view value);

  std::string name_;
  std::string text_;
};

}  // namespace cose::metrics
