// SPDX-License-Identifier: Apache-2.0
// The cardholder of `cose kiosk pay`: a PIN from a file or typed without an echo, an application by its AID or asked
// for.
#pragma once

#include <optional>
#include <string>

#include "terminal/transaction.h"

namespace cose::app {

class ConsoleCardholder final : public terminal::Cardholder {
 public:
  struct Options {
    std::string pin_file;  // its first line; each PIN asked for is the same
    bool asks_pin = false;
    bool asks_application = false;
    Bytes aid;  // the one wanted; empty: what the card prefers
  };
  explicit ConsoleCardholder(Options options) : options_(std::move(options)) {}

  [[nodiscard]] std::optional<std::size_t> choose(std::span<const terminal::Candidate> candidates) override;
  [[nodiscard]] Result<std::optional<Secret>> pin(const terminal::PinRequest& request) override;
  [[nodiscard]] bool has_pin_pad() const override { return options_.asks_pin || !options_.pin_file.empty(); }

 private:
  Options options_;
  bool file_was_wrong_ = false;
};

}  // namespace cose::app
