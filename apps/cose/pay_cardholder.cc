// SPDX-License-Identifier: Apache-2.0
#include "pay_cardholder.h"

#include <cstdio>
#include <iostream>

#include <fmt/core.h>
#include <termios.h>
#include <unistd.h>

#include "bytes/hex.h"
#include "host/files.h"

namespace cose::app {

namespace {

constexpr std::size_t kMaximumPinFile = 64;

// Nothing is shown of what is typed while one of these lives.
class SilentInput {
 public:
  SilentInput() {
    if (tcgetattr(STDIN_FILENO, &before_) != 0) return;
    changed_ = true;
    auto silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
  }
  SilentInput(const SilentInput&) = delete;
  SilentInput& operator=(const SilentInput&) = delete;
  ~SilentInput() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
  }

 private:
  termios before_{};
  bool changed_ = false;
};

Secret first_line(std::string& text) {
  const auto end = text.find_first_of("\r\n");
  Secret line(as_bytes(std::string_view(text).substr(0, end)));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return line;
}

std::optional<Secret> typed(const std::string& prompt) {
  std::cerr << prompt << std::flush;
  std::string line;
  {
    const SilentInput silent;
    std::getline(std::cin, line);
  }
  std::cerr << "\n";
  if (line.empty()) return std::nullopt;
  return first_line(line);
}

}  // namespace

std::optional<std::size_t> ConsoleCardholder::choose(std::span<const terminal::Candidate> candidates) {
  if (!options_.aid.empty()) {
    for (std::size_t at = 0; at < candidates.size(); ++at)
      if (candidates[at].aid == options_.aid) return at;
    return std::nullopt;
  }
  if (!options_.asks_application || candidates.size() < 2) return Cardholder::choose(candidates);
  for (std::size_t at = 0; at < candidates.size(); ++at)
    std::cerr << fmt::format("{} {} {}\n", at + 1, to_hex(candidates[at].aid), candidates[at].label);
  std::cerr << "which application? " << std::flush;
  std::size_t number = 0;
  if (!(std::cin >> number) || number < 1 || number > candidates.size()) return std::nullopt;
  std::cin.ignore();
  return number - 1;
}

Result<std::optional<Secret>> ConsoleCardholder::pin(const terminal::PinRequest& request) {
  if (!options_.pin_file.empty()) {
    // The same wrong PIN again would block the card.
    if (file_was_wrong_) return std::optional<Secret>();
    file_was_wrong_ = true;
    COSE_TRY(auto text, host::read_file(options_.pin_file, kMaximumPinFile));
    return std::optional(first_line(text));
  }
  if (!options_.asks_pin) return std::optional<Secret>();
  const auto tries = request.tries_left ? fmt::format(" ({} tries left)", *request.tries_left) : std::string();
  return typed("PIN" + tries + ": ");
}

}  // namespace cose::app
