// SPDX-License-Identifier: Apache-2.0
#include "metrics/exposition.h"

#include <array>
#include <charconv>
#include <string>

#include "bytes/result.h"

namespace cose::metrics {

namespace {

bool is_name(std::string_view name) {
  if (name.empty()) return false;
  for (const char character : name)
    if ((character < 'a' || character > 'z') && character != '_') return false;
  return true;
}

// In seconds, as short as the number can be told from any other.
std::string seconds_text(Nanoseconds duration) {
  std::array<char, 32> digits{};
  const auto seconds = std::chrono::duration<double>(duration).count();
  const auto written = std::to_chars(digits.data(), digits.data() + digits.size(), seconds);
  return {digits.data(), written.ptr};
}

void append_escaped(std::string& to, std::string_view text) {
  for (const char character : text) {
    if (character == '\n')
      to += "\\n";
    else if (character == '\\' || character == '"')
      to.append("\\").push_back(character);
    else
      to += character;
  }
}

void append_label(std::string& to, const Exposition::Label& label, char& separator) {
  COSE_ASSERT(is_name(label.first));
  to.push_back(std::exchange(separator, ','));
  to.append(label.first).append("=\"");
  append_escaped(to, label.second);
  to += '"';
}

}  // namespace

void Exposition::open(std::string_view name, std::string_view help, std::string_view type) {
  COSE_ASSERT(is_name(name));
  name_ = name;
  text_.append("# HELP ").append(name).append(" ").append(help).append("\n");
  text_.append("# TYPE ").append(name).append(" ").append(type).append("\n");
}

void Exposition::line(std::string_view suffix, Labels labels, Label extra, std::string_view value) {
  text_.append(name_).append(suffix);
  char separator = '{';
  for (const auto& label : labels) append_label(text_, label, separator);
  if (!extra.first.empty()) append_label(text_, extra, separator);
  if (separator == ',') text_ += '}';
  text_.append(" ").append(value).append("\n");
}

void Exposition::sample(Labels labels, std::uint64_t value) {
  line({}, labels, {}, std::to_string(value));
}

void Exposition::sample(Labels labels, const Histogram& histogram) {
  for (std::size_t bound = 0; bound < Histogram::kBounds.size(); ++bound)
    line("_bucket", labels, {"le", seconds_text(Histogram::kBounds[bound])}, std::to_string(histogram.up_to(bound)));
  line("_bucket", labels, {"le", "+Inf"}, std::to_string(histogram.count()));
  line("_sum", labels, {}, seconds_text(histogram.sum()));
  line("_count", labels, {}, std::to_string(histogram.count()));
}

}  // namespace cose::metrics
