// SPDX-License-Identifier: Apache-2.0
// The order of applications: by priority (tag 87), those without one (0) last, else as they were found.
#pragma once

#include <algorithm>
#include <iterator>
#include <vector>

namespace cose::terminal::detail {

// A stable insertion sort, for the few that there are: std::stable_sort of libstdc++ 12 calls what C++17 deprecates.
template <typename Entry, typename Priority>
void sort_by_priority(std::vector<Entry>& entries, Priority priority) {
  const auto rank = [&](const Entry& entry) {
    constexpr int kAfterAll = 16;
    return priority(entry) == 0 ? kAfterAll : static_cast<int>(priority(entry));
  };
  for (auto next = entries.begin(); next != entries.end(); ++next) {
    const auto place = std::ranges::upper_bound(entries.begin(), next, rank(*next), {}, rank);
    std::rotate(place, next, std::next(next));
  }
}

}  // namespace cose::terminal::detail
