// SPDX-License-Identifier: Apache-2.0
// Octets that must not linger: keys, PINs, plaintexts.
//
// A Secret owns its buffer, wipes it when it is destroyed, moved from or assigned over, and is copied only by the
// word clone(). It has no way into a stream or a log. The buffer never grows, so no stale copy is left behind.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "bytes/bytes.h"

namespace cose {

// Overwrites with zeros, and the compiler may not leave it out.
void wipe(MutableByteView octets);

// Takes the same time wherever the difference is. Lengths are public.
[[nodiscard]] bool constant_time_equal(ByteView left, ByteView right);

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::size_t size);  // zeros
  explicit Secret(ByteView octets);   // a copy; the caller wipes its own
  // Takes the value over and wipes the source.
  [[nodiscard]] static Secret take(Bytes&& octets);

  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret();

  [[nodiscard]] Secret clone() const { return Secret(view()); }

  [[nodiscard]] ByteView view() const { return {octets_.get(), size_}; }
  [[nodiscard]] MutableByteView writable() { return {octets_.get(), size_}; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] bool empty() const { return size_ == 0; }

 private:
  void clear() noexcept;

  std::unique_ptr<std::uint8_t[]> octets_;
  std::size_t size_ = 0;
};

}  // namespace cose
