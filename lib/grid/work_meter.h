// SPDX-License-Identifier: Apache-2.0
// Counts and times the work that a rack gives to its cards, whichever front end asked for it.
//
// Knows kinds of work and of failure, never whose card it was or what the command said. One thread.
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "grid/ascii_session.h"
#include "grid/limits.h"
#include "grid/slot_number.h"
#include "metrics/exposition.h"
#include "metrics/histogram.h"

namespace cose::grid {

class WorkMeter {
 public:
  static constexpr std::size_t kKinds = static_cast<std::size_t>(SlotWork::Kind::kPowerDown) + 1;
  static constexpr std::size_t kFailures = static_cast<std::size_t>(ErrorKind::kInternal) + 1;

  // A slot has one piece of work at a time; what began and is forgotten (its owner gone) counts as begun only.
  void begin(SlotNumber slot, SlotWork::Kind kind, Nanoseconds now);
  void end(SlotNumber slot, const WorkResult& result, Nanoseconds now);

  [[nodiscard]] std::uint64_t begun(SlotWork::Kind kind) const { return begun_[index(kind)]; }
  [[nodiscard]] std::uint64_t failed(ErrorKind kind) const { return failed_[static_cast<std::size_t>(kind)]; }
  [[nodiscard]] const metrics::Histogram& durations(SlotWork::Kind kind) const { return durations_[index(kind)]; }

  void write(metrics::Exposition& to) const;

 private:
  struct Work {
    SlotWork::Kind kind;
    Nanoseconds begun;
  };

  [[nodiscard]] static std::size_t index(SlotWork::Kind kind) { return static_cast<std::size_t>(kind); }

  std::array<std::optional<Work>, kSlots> running_;
  std::array<std::uint64_t, kKinds> begun_{};
  std::array<std::uint64_t, kFailures> failed_{};
  std::array<metrics::Histogram, kKinds> durations_;
};

}  // namespace cose::grid
