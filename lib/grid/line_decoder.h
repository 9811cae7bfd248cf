// SPDX-License-Identifier: Apache-2.0
// Cuts a stream of octets into lines that end with LF or CR LF, without ever holding more than one maximal line.
//
// A line that is too long is skipped to its end, however long that is, and reported once. A line with an octet that
// is no printable ASCII (nor a tab) is reported as such. A view handed out is valid until the next call.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"

namespace cose::grid {

enum class LineDefect { kNone, kTooLong, kNotText };

struct Line {
  std::string_view text;  // without its end; empty when there is a defect
  LineDefect defect = LineDefect::kNone;
  bool carriage_return = false;  // ended with CR LF
};

class LineDecoder {
 public:
  explicit LineDecoder(std::size_t maximum_line) : maximum_line_(maximum_line) {}

  // The caller feeds no more than it reads at once, and next() before it feeds again: what is kept stays below
  // maximum_line and one such piece, however many lines wait.
  void feed(ByteView octets);

  // The next whole line, if there is one.
  [[nodiscard]] std::optional<Line> next();

  // What stands before the next line; -1 when nothing does.
  [[nodiscard]] int peek() const;

  // Hands over everything not decoded yet, and forgets it.
  [[nodiscard]] Bytes take_rest();

  // Gives memory back when nothing is waiting. Called between commands by connections that are many and mostly idle.
  void shrink();

 private:
  [[nodiscard]] Line make_line(std::string_view raw) const;
  void bound_unfinished_line();

  std::size_t maximum_line_;
  std::string buffer_;
  std::size_t start_ = 0;    // of the first line not handed out
  std::size_t scanned_ = 0;  // no LF before this place
  bool skipping_ = false;    // inside a line that is too long
};

}  // namespace cose::grid
