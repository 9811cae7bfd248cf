// SPDX-License-Identifier: Apache-2.0
// One line from a person at a terminal: editing, history, completion. Anything else than a terminal is read as it
// comes.
//
//   left, right, home, end, ^A ^E ^B ^F    move          ^H backspace, delete ^D    one character
//   up, down, ^P ^N                         history       ^U ^K ^W                  line, rest, word
//   tab                                     completes     ^C gives the line up, ^D on an empty line ends
//
// History stays in memory: lines hold keys. One thread; the terminal is raw only inside read().
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cose::app {

// What may stand in place of the last word of `line`.
using Completer = std::function<std::vector<std::string>(std::string_view line)>;

class LineEditor {
 public:
  explicit LineEditor(Completer completer) : completer_(std::move(completer)) {}

  // Nothing: the input has ended.
  [[nodiscard]] std::optional<std::string> read(const std::string& prompt);

 private:
  enum class Key { kOther, kUp, kDown, kLeft, kRight, kHome, kEnd, kDelete, kEndOfInput };
  enum class Step { kGoOn, kDone, kEnd };

  [[nodiscard]] std::optional<std::string> read_raw(const std::string& prompt);
  [[nodiscard]] Step take(char character);
  [[nodiscard]] static Key escape_sequence();
  void take(Key key);
  void edit(char character);
  void browse(int direction);
  void complete();
  void draw(const std::string& prompt) const;

  Completer completer_;
  std::vector<std::string> history_;
  std::string line_;
  std::size_t cursor_ = 0;
  std::size_t place_ = 0;  // in history_
};

}  // namespace cose::app
