// SPDX-License-Identifier: Apache-2.0
// Sorts by a key and keeps the order of equal ones. Not std::stable_sort: that of GCC 12's library is built on what
// C++20 removed, which clang warns of.
#pragma once

#include <algorithm>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

namespace cose::convert::detail {

template <typename Item, typename Key>
void order_stably(std::vector<Item>& items, Key key_of) {
  using KeyType = std::remove_cvref_t<std::invoke_result_t<Key, const Item&>>;
  std::vector<std::pair<KeyType, std::size_t>> order;
  order.reserve(items.size());
  for (std::size_t at = 0; at < items.size(); ++at)
    order.emplace_back(std::invoke(key_of, std::as_const(items[at])), at);
  std::ranges::sort(order);
  std::vector<Item> sorted;
  sorted.reserve(items.size());
  for (const auto& [key, at] : order) sorted.push_back(std::move(items[at]));
  items = std::move(sorted);
}

}  // namespace cose::convert::detail
