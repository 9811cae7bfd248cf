// SPDX-License-Identifier: Apache-2.0
#include "grid/work_meter.h"

#include <string>
#include <utility>

namespace cose::grid {

namespace {

// In the order of SlotWork::Kind.
constexpr std::array<std::string_view, WorkMeter::kKinds> kKindNames{"power_up", "reset", "transmit",
                                                                     "recall",   "once",  "power_down"};

// "card removed" as a value of a label.
std::string label_of(ErrorKind kind) {
  std::string name(to_string(kind));
  for (auto& character : name)
    if (character == ' ') character = '_';
  return name;
}

}  // namespace

void WorkMeter::begin(SlotNumber slot, SlotWork::Kind kind, Nanoseconds now) {
  ++begun_[index(kind)];
  running_[slot.index()] = Work{kind, now};
}

void WorkMeter::end(SlotNumber slot, const WorkResult& result, Nanoseconds now) {
  const auto work = std::exchange(running_[slot.index()], std::nullopt);
  if (!work) return;
  durations_[index(work->kind)].add(now - work->begun);
  if (!result) ++failed_[static_cast<std::size_t>(result.error().kind)];
}

void WorkMeter::write(metrics::Exposition& to) const {
  to.counter("cose_card_operations_total", "Work given to cards, by kind.");
  for (std::size_t kind = 0; kind < kKinds; ++kind) to.sample({{"kind", kKindNames[kind]}}, begun_[kind]);
  to.counter("cose_card_failures_total", "Work that failed on the way to the card or on it, by kind of failure.");
  for (std::size_t kind = 0; kind < kFailures; ++kind)
    to.sample({{"failure", label_of(static_cast<ErrorKind>(kind))}}, failed_[kind]);
  to.histogram("cose_card_operation_seconds", "How long work on cards took, by kind.");
  for (std::size_t kind = 0; kind < kKinds; ++kind) to.sample({{"kind", kKindNames[kind]}}, durations_[kind]);
}

}  // namespace cose::grid
