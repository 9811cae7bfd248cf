// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kLowerLimit(0x9F14);
constexpr Tag kUpperLimit(0x9F23);

// From 1 to 99, each alike.
Result<unsigned> draw(Rng& rng) {
  constexpr std::uint8_t kLastFair = 198;  // 2 * 99: what lies above would favour some
  std::uint8_t octet = 0;
  do COSE_CHECK(rng.fill({&octet, 1}));
  while (octet >= kLastFair);
  return octet % 99U + 1;
}

// EMV 4.4 Book 3 §10.6.2.
Status select_randomly(Run& run, std::uint64_t amount) {
  const auto& selection = run.application->selection;
  const auto floor = run.application->floor_limit;
  unsigned percent = selection.target_percent;
  if (amount >= selection.threshold && floor > selection.threshold && amount < floor) {
    const auto more = selection.maximum_percent > percent ? selection.maximum_percent - percent : 0U;
    percent += static_cast<unsigned>(more * (amount - selection.threshold) / (floor - selection.threshold));
  }
  COSE_TRY(const auto number, draw(run.parties.rng));
  if (number <= percent) {
    run.tvr(tvr::kRandomlySelected);
    run.note(fmt::format("selected randomly: {} of {}", number, percent));
  }
  return {};
}

// EMV 4.4 Book 3 §10.6.3.
Status check_velocity(Run& run) {
  const auto lower = run.data.get(kLowerLimit), upper = run.data.get(kUpperLimit);
  if (lower.size() != 1 || upper.size() != 1) return {};
  const auto lower_limit = lower[0], upper_limit = upper[0];
  COSE_TRY(const auto counter, run.get_data(tags::kAtc));
  COSE_TRY(const auto last, run.get_data(tags::kLastOnline));
  const auto now = counter ? binary_of(*counter) : 0;
  const auto then = last ? binary_of(*last) : 0;
  if (!counter || !last || now <= then) {
    run.tvr(tvr::kLowerLimit);
    run.tvr(tvr::kUpperLimit);
    run.problem("velocity: the card's counters are not there, or make no sense");
  } else {
    if (now - then > lower_limit) run.tvr(tvr::kLowerLimit);
    if (now - then > upper_limit) run.tvr(tvr::kUpperLimit);
    run.note(fmt::format("velocity: {} transactions since the last online one, limits {} and {}", now - then,
                         lower_limit, upper_limit));
  }
  if (last && then == 0) run.tvr(tvr::kNewCard);
  return {};
}

}  // namespace

Status manage_risk(Run& run) {
  const auto amount = run.payment.amount + run.payment.cashback;
  if (run.configuration.exception_file.contains(run.data.pan())) {
    run.tvr(tvr::kOnExceptionFile);
    run.problem("the account is on the exception file");
  }
  if (run.payment.force_online) run.tvr(tvr::kMerchantForced);
  // EMV 4.4 Book 3 §10.6: always allowed, though the card asks for it with a bit.
  if (amount >= run.application->floor_limit) {
    run.tvr(tvr::kOverFloorLimit);
    run.note(fmt::format("amount {} is not below the floor limit {}", amount, run.application->floor_limit));
  } else if (run.configuration.can_go_online() && !run.configuration.is_online_only()) {
    COSE_CHECK(select_randomly(run, amount));
  }
  COSE_CHECK(check_velocity(run));
  run.tsi(tsi::kTerminalRisk);
  return {};
}

}  // namespace cose::terminal::detail
