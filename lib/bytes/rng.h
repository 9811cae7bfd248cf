// SPDX-License-Identifier: Apache-2.0
// Randomness as a port. Implementations: crypto/random.h (OpenSSL's DRBG), and SeededRng in bytes/testing/ for tests.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose {

class Rng {
 public:
  virtual ~Rng() = default;

  // Fills the whole buffer or fails; a partly filled buffer is never reported as success.
  [[nodiscard]] virtual Status fill(MutableByteView buffer) = 0;
};

}  // namespace cose
