// SPDX-License-Identifier: Apache-2.0
// An application identifier, 5 to 16 octets (ISO/IEC 7816-4 §8.2.1.2), as a value that allocates nothing.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "bytes/bytes.h"

namespace cose::jcre {

class Aid {
 public:
  static constexpr std::size_t kMinimum = 5;
  static constexpr std::size_t kMaximum = 16;
  // Of the registered application provider; the rest is the provider's own.
  static constexpr std::size_t kProvider = 5;

  // Nothing when the length is none of an AID.
  [[nodiscard]] static std::optional<Aid> of(ByteView octets) {
    if (octets.size() < kMinimum || octets.size() > kMaximum) return std::nullopt;
    Aid aid;
    aid.size_ = static_cast<std::uint8_t>(octets.size());
    std::ranges::copy(octets, aid.octets_.begin());
    return aid;
  }

  [[nodiscard]] ByteView octets() const { return ByteView(octets_).first(size_); }

  friend bool operator==(const Aid&, const Aid&) = default;

 private:
  std::uint8_t size_ = kMinimum;
  std::array<std::uint8_t, kMaximum> octets_{};
};

}  // namespace cose::jcre
