// SPDX-License-Identifier: Apache-2.0
#include "line_editor.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <termios.h>
#include <unistd.h>

namespace cose::app {

namespace {

constexpr std::size_t kMaximumHistory = 1000;
constexpr std::size_t kMaximumLine = 128 * 1024;

constexpr char control(char letter) {
  return static_cast<char>(letter & 0x1F);
}

// The terminal as it was, when this goes.
class RawTerminal {
 public:
  RawTerminal() {
    tcgetattr(STDIN_FILENO, &before_);
    auto raw = before_;
    raw.c_iflag &= ~static_cast<tcflag_t>(ICRNL | IXON);
    raw.c_lflag &= ~static_cast<tcflag_t>(ECHO | ICANON | ISIG);
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
  }
  ~RawTerminal() { tcsetattr(STDIN_FILENO, TCSADRAIN, &before_); }
  RawTerminal(const RawTerminal&) = delete;
  RawTerminal& operator=(const RawTerminal&) = delete;

 private:
  termios before_{};
};

bool next(char& character) {
  return ::read(STDIN_FILENO, &character, 1) == 1;
}

std::size_t start_of_word(std::string_view line, std::size_t cursor) {
  const auto blank = cursor == 0 ? std::string_view::npos : line.find_last_of(" \t", cursor - 1);
  return blank == std::string_view::npos ? 0 : blank + 1;
}

}  // namespace

std::optional<std::string> LineEditor::read(const std::string& prompt) {
  if (isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1) return read_raw(prompt);
  std::string line;
  if (!std::getline(std::cin, line)) return std::nullopt;
  return line;
}

std::optional<std::string> LineEditor::read_raw(const std::string& prompt) {
  const RawTerminal terminal;
  line_.clear();
  cursor_ = 0;
  place_ = history_.size();
  draw(prompt);
  auto step = Step::kGoOn;
  while (step == Step::kGoOn) {
    char character = 0;
    step = next(character) ? take(character) : Step::kEnd;
    draw(prompt);
  }
  std::fputs("\r\n", stdout);
  std::fflush(stdout);
  if (step == Step::kEnd) return std::nullopt;
  if (!line_.empty() && (history_.empty() || history_.back() != line_)) {
    if (history_.size() == kMaximumHistory) history_.erase(history_.begin());
    history_.push_back(line_);
  }
  return line_;
}

LineEditor::Key LineEditor::escape_sequence() {
  char character = 0;
  if (!next(character) || (character != '[' && character != 'O') || !next(character)) return Key::kOther;
  switch (character) {
    case 'A': return Key::kUp;
    case 'B': return Key::kDown;
    case 'C': return Key::kRight;
    case 'D': return Key::kLeft;
    case 'H': return Key::kHome;
    case 'F': return Key::kEnd;
    default: break;
  }
  const char digit = character;
  while (character >= '0' && character <= ';')
    if (!next(character)) return Key::kOther;
  if (digit == '3') return Key::kDelete;
  if (digit == '1' || digit == '7') return Key::kHome;
  return digit == '4' || digit == '8' ? Key::kEnd : Key::kOther;
}

LineEditor::Step LineEditor::take(char character) {
  if (character == '\r' || character == '\n') return Step::kDone;
  if (character == control('D') && line_.empty()) return Step::kEnd;
  if (character == control('C')) {
    line_.clear();
    cursor_ = 0;
    return Step::kDone;
  }
  if (character == '\x1B')
    take(escape_sequence());
  else
    edit(character);
  return Step::kGoOn;
}

void LineEditor::take(Key key) {
  switch (key) {
    case Key::kUp: return browse(-1);
    case Key::kDown: return browse(1);
    case Key::kLeft:
      if (cursor_ > 0) --cursor_;
      return;
    case Key::kRight:
      if (cursor_ < line_.size()) ++cursor_;
      return;
    case Key::kHome: cursor_ = 0; return;
    case Key::kEnd: cursor_ = line_.size(); return;
    case Key::kDelete:
      if (cursor_ < line_.size()) line_.erase(cursor_, 1);
      return;
    default: return;
  }
}

void LineEditor::edit(char character) {
  switch (character) {
    case control('A'): return take(Key::kHome);
    case control('E'): return take(Key::kEnd);
    case control('B'): return take(Key::kLeft);
    case control('F'): return take(Key::kRight);
    case control('P'): return take(Key::kUp);
    case control('N'): return take(Key::kDown);
    case control('D'): return take(Key::kDelete);
    case '\t': return complete();
    case control('K'): line_.erase(cursor_); return;
    case control('U'):
      line_.erase(0, cursor_);
      cursor_ = 0;
      return;
    case control('W'): {
      auto from = cursor_;
      while (from > 0 && line_[from - 1] == ' ') --from;
      from = start_of_word(line_, from);
      line_.erase(from, cursor_ - from);
      cursor_ = from;
      return;
    }
    case '\x7F':
    case control('H'):
      if (cursor_ > 0) line_.erase(--cursor_, 1);
      return;
    default:
      if (static_cast<unsigned char>(character) >= ' ' && line_.size() < kMaximumLine)
        line_.insert(line_.begin() + static_cast<std::ptrdiff_t>(cursor_++), character);
  }
}

void LineEditor::browse(int direction) {
  if ((direction < 0 && place_ == 0) || (direction > 0 && place_ >= history_.size())) return;
  place_ = direction < 0 ? place_ - 1 : place_ + 1;
  line_ = place_ < history_.size() ? history_[place_] : std::string();
  cursor_ = line_.size();
}

// As far as all candidates agree; when they part, they are shown.
void LineEditor::complete() {
  if (!completer_) return;
  const auto candidates = completer_(std::string_view(line_).substr(0, cursor_));
  if (candidates.empty()) return;
  auto common = candidates.front();
  for (const auto& candidate : candidates) {
    const auto parted = std::ranges::mismatch(common, candidate).in1;
    common.resize(static_cast<std::size_t>(parted - common.begin()));
  }
  const auto from = start_of_word(line_, cursor_);
  const bool is_longer = common.size() > cursor_ - from;
  if (!is_longer && candidates.size() > 1) {
    std::fputs("\r\n", stdout);
    for (const auto& candidate : candidates) std::fprintf(stdout, "%s  ", candidate.c_str());
    std::fputs("\r\n", stdout);
    return;
  }
  if (candidates.size() == 1) common += ' ';
  line_.replace(from, cursor_ - from, common);
  cursor_ = from + common.size();
}

void LineEditor::draw(const std::string& prompt) const {
  std::fprintf(stdout, "\r\x1b[K%s%s\r\x1b[%zuC", prompt.c_str(), line_.c_str(), prompt.size() + cursor_);
  std::fflush(stdout);
}

}  // namespace cose::app
