// SPDX-License-Identifier: Apache-2.0
#include "many_cards.h"

#include <algorithm>
#include <atomic>
#include <thread>

#include <fmt/core.h>

#include "host/admin_cards.h"

namespace cose::app {

Result<std::vector<std::string>> expand_cards(host::CardOpener& opener, const std::vector<std::string>& wanted,
                                              Width width) {
  std::vector<std::string> uris;
  for (const auto& text : wanted) {
    COSE_TRY(const auto uri, host::CardUri::parse(text));
    if (uri.scheme != host::CardScheme::kGrid || uri.slot) {
      uris.push_back(text);
      continue;
    }
    if (width != Width::kAll)
      return fail(ErrorKind::kInvalid, text + ": which slot? --all takes every card of the grid");
    COSE_TRY(const auto connector, opener.connector(uri));
    COSE_TRY(const auto boards, remote::fetch_inventory(*connector));
    const auto query = std::min(text.find('?'), text.size());
    auto base = text.substr(0, query);
    if (base.ends_with('/')) base.pop_back();
    for (const auto slot : grid::present_slots(boards))
      uris.push_back(fmt::format("{}/{}{}", base, slot.value(), text.substr(query)));
  }
  if (uris.empty() && width == Width::kAll) return host::AdminCards(opener, {}).names();
  return uris;
}

void work_side_by_side(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work) {
  std::atomic<std::size_t> next = 0;
  const auto take = [&] {
    for (auto at = next++; at < count; at = next++) work(at);
  };
  std::vector<std::jthread> threads;
  for (std::size_t thread = 0; thread < std::min<std::size_t>(jobs, count); ++thread) threads.emplace_back(take);
}

}  // namespace cose::app
