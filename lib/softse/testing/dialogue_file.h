// SPDX-License-Identifier: Apache-2.0
// A file of dialogue lines (dialogue.h). What many cards have in common is written once, for the rows of a table:
//
//   table
//   02:15 01
//   03:70 33
//   rows
//   card protocols=$1
//   open level=$2
//   end
//
// After every line the registry is checked. Errors name file, line and row.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "softse/testing/dialogue.h"

namespace cose::softse::testing {

class DialogueFile {
 public:
  [[nodiscard]] Status run(const std::string& path) {
    std::ifstream file(path);
    if (!file) return fail(ErrorKind::kNotFound, path + " cannot be opened");
    std::size_t number = 0;
    for (std::string text; std::getline(file, text);) {
      ++number;
      if (text.empty() || text.starts_with('#')) continue;
      const auto done = take({text, number});
      if (!done) return std::unexpected(done.error().within(path));
    }
    return within_ == Within::kLines ? Status{} : fail(ErrorKind::kInvalid, path + ": a table without end");
  }

 private:
  struct Line {
    std::string text;
    std::size_t number;
  };
  enum class Within { kLines, kTable, kRows };

  [[nodiscard]] Status take(Line line) {
    if (line.text == "table") return within_ = Within::kTable, table_.clear(), lines_.clear(), Status{};
    if (line.text == "rows") return within_ = Within::kRows, Status{};
    if (line.text == "end") return within_ = Within::kLines, run_table();
    if (within_ == Within::kTable) return table_.push_back(std::move(line)), Status{};
    if (within_ == Within::kRows) return lines_.push_back(std::move(line)), Status{};
    return run_line(line, {});
  }

  [[nodiscard]] Status run_table() {
    for (const auto& row : table_)
      for (const auto& line : lines_) COSE_CHECK(run_line(line, row.text));
    return {};
  }

  [[nodiscard]] Status run_line(const Line& line, const std::string& row) {
    auto text = line.text;
    const auto columns = split(row, ' ');
    for (std::size_t at = 0; at < columns.size(); ++at) {
      const auto name = "$" + std::to_string(at + 1);
      for (auto from = text.find(name); from != std::string::npos; from = text.find(name))
        text.replace(from, name.size(), columns[at]);
    }
    auto done = dialogue_.line(text);
    if (done) done = dialogue_.check();
    if (done) return {};
    const auto where = std::to_string(line.number) + (row.empty() ? "" : " (" + row + ")");
    return std::unexpected(done.error().within(where + ": " + text.substr(0, 100)));
  }

  Dialogue dialogue_;
  Within within_ = Within::kLines;
  std::vector<Line> table_;
  std::vector<Line> lines_;
};

}  // namespace cose::softse::testing
