// SPDX-License-Identifier: Apache-2.0
// Reproducible numbers for tests: the same seed gives the same octets on every machine. Never for keys of value.
#pragma once

#include <cstdint>
#include <random>

#include "bytes/rng.h"

namespace cose::testing {

class SeededRng final : public Rng {
 public:
  explicit SeededRng(std::uint64_t seed) : engine_(seed) {}

  [[nodiscard]] Status fill(MutableByteView buffer) override {
    for (auto& octet : buffer) octet = static_cast<std::uint8_t>(engine_());
    return {};
  }

  // 0 <= value < bound.
  [[nodiscard]] std::uint64_t below(std::uint64_t bound) { return engine_() % bound; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace cose::testing
