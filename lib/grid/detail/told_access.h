// SPDX-License-Identifier: Apache-2.0
// What an access hears of a piece of work that has ended, and which of a session's cards have power then.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "grid/access.h"
#include "grid/ascii_session.h"

namespace cose::grid::detail {

inline void tell_access(Access& access, const std::string& seid, SlotNumber slot, const SlotWork& work,
                        const WorkResult& result, std::vector<SlotNumber>& powered) {
  // An answer of before, or none: the card has done nothing.
  if (work.kind == SlotWork::Kind::kRecall) return;
  const bool had_power = std::ranges::find(powered, slot) != powered.end();
  if (work.kind == SlotWork::Kind::kPowerDown || (!result && took_power(work.kind, result.error())))
    std::erase(powered, slot);
  if (work.kind == SlotWork::Kind::kPowerDown) return;
  if (!result) return access.failed(seid, work.command, result.error());
  if (work.kind == SlotWork::Kind::kTransmit) return access.answered(seid, work.command, *result);
  if (!had_power) powered.push_back(slot);
  if (work.kind == SlotWork::Kind::kReset)
    access.restarted(seid, work.reset == iso7816::ResetKind::kWarm ? Restart::kWarm : Restart::kCold);
  else if (!had_power)
    access.restarted(seid, Restart::kPowerUp);
}

}  // namespace cose::grid::detail
