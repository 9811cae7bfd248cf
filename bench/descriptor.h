// SPDX-License-Identifier: Apache-2.0
// A file descriptor with an owner, and what the operating system said when it refused something.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "bytes/result.h"

namespace cose::bench {

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int number() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }
  void close();

 private:
  int number_;
};

// kIo with errno in words: "cannot listen: Address already in use".
[[nodiscard]] std::unexpected<Error> system_failure(std::string_view what);

// Lets this process, and those it starts from now on, hold so many descriptors. Error: kLimit.
[[nodiscard]] Status allow_descriptors(std::size_t count);

}  // namespace cose::bench
