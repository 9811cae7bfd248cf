// SPDX-License-Identifier: Apache-2.0
// A line cut at its blanks, borrowed from the line. One word more than `kMost` is kept, to tell "too many".
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace cose::grid {

template <std::size_t kMost>
struct Words {
  std::array<std::string_view, kMost + 1> word;
  std::size_t count = 0;
};

// Not with find_first_of, which in libstdc++ calls memchr for each character: on a long command a tenth of the time.
template <std::size_t kMost, typename IsBlank>
[[nodiscard]] Words<kMost> split(std::string_view line, IsBlank is_blank) {
  Words<kMost> words;
  auto at = line.begin();
  while (words.count < words.word.size()) {
    at = std::find_if_not(at, line.end(), is_blank);
    if (at == line.end()) break;
    const auto end = std::find_if(at, line.end(), is_blank);
    words.word[words.count++] = {at, end};
    at = end;
  }
  return words;
}

}  // namespace cose::grid
