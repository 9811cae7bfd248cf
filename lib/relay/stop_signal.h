// SPDX-License-Identifier: Apache-2.0
// Ends waits on sockets from another thread, once and for good. request() may come from any thread, also from a
// signal handler; the descriptor is readable from then on.
#pragma once

#include "bytes/result.h"

namespace cose::relay {

class StopSignal {
 public:
  // Error: kLimit, no descriptor left.
  [[nodiscard]] static Result<StopSignal> make();
  StopSignal(StopSignal&& other) noexcept;
  StopSignal& operator=(StopSignal&&) = delete;
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;
  ~StopSignal();

  void request() const;
  [[nodiscard]] bool requested() const;
  // False as soon as the stop is requested; true after that time.
  [[nodiscard]] bool sleep(int milliseconds) const;
  [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
  explicit StopSignal(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace cose::relay
