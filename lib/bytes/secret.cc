// SPDX-License-Identifier: Apache-2.0
#include "bytes/secret.h"

#include <algorithm>
#include <utility>

#include <string.h>  // explicit_bzero

namespace cose {

void wipe(MutableByteView octets) {
  if (!octets.empty()) explicit_bzero(octets.data(), octets.size());
}

bool constant_time_equal(ByteView left, ByteView right) {
  if (left.size() != right.size()) return false;
  // volatile keeps the compiler from leaving the loop at the first difference.
  volatile std::uint8_t difference = 0;
  for (std::size_t at = 0; at < left.size(); ++at)
    difference = static_cast<std::uint8_t>(difference | (left[at] ^ right[at]));
  return difference == 0;
}

Secret::Secret(std::size_t size) : octets_(std::make_unique<std::uint8_t[]>(size)), size_(size) {}

Secret::Secret(ByteView octets) : Secret(octets.size()) {
  std::ranges::copy(octets, octets_.get());
}

Secret Secret::take(Bytes&& octets) {
  Secret secret{ByteView(octets)};
  wipe(octets);
  octets.clear();
  return secret;
}

Secret::Secret(Secret&& other) noexcept : octets_(std::move(other.octets_)), size_(std::exchange(other.size_, 0)) {}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  clear();
  octets_ = std::move(other.octets_);
  size_ = std::exchange(other.size_, 0);
  return *this;
}

Secret::~Secret() {
  clear();
}

void Secret::clear() noexcept {
  wipe({octets_.get(), size_});
  octets_.reset();
  size_ = 0;
}

}  // namespace cose
