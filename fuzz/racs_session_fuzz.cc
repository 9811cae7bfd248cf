// SPDX-License-Identifier: Apache-2.0
// A whole RACS session fed with anything, in pieces of any size: every response is whole, and nothing grows.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/racs_http.h"
#include "grid/racs_session.h"

namespace {

using namespace cose;

// Answers at once with what the command holds, which may be 61xx or 6Cxx; fails for one slot.
class AnyService final : public grid::SlotService {
 public:
  std::optional<grid::WorkResult> start(grid::SlotNumber slot, const grid::SlotWork& work, grid::SessionId) override {
    if (slot.position() == 2) return fail(ErrorKind::kTimeout, "slow");
    answer_ = to_bytes(work.command);
    return grid::WorkResult(ByteView(answer_));
  }
  void release(grid::SlotNumber, grid::SessionId) override {}

 private:
  Bytes answer_;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const std::size_t piece = 1 + data[0] % 64;
  testing::ManualClock clock;
  NullLog log;
  grid::SlotTable slots;
  grid::SeidTable seids;
  for (const unsigned number : {101U, 102U, 725U}) {
    slots.configure(grid::SlotNumber::from_value(number).value());
    COSE_ASSERT(seids.add("s" + std::to_string(number), grid::SlotNumber::from_value(number).value()).has_value());
  }
  AnyService service;
  grid::RacsContext context{
      slots, service, seids, clock, log, {}, [](const auto&) {
                              return std::make_unique<grid::OpenAccess>(); }};
  testing::SeededRng rng(1);
  grid::KeepTable keeps(rng, std::chrono::seconds(10));
  context.keeps = &keeps;
  context.settings.maximum_line = 256;
  context.settings.mode = static_cast<grid::RacsMode>(data[1] % 2);
  context.settings.channel = grid::RacsSettings::Channel::kPlain;
  grid::RacsSession session(context, 1, "fuzz");
  session.start();

  const ByteView input(data + 2, size - 2);
  for (std::size_t at = 0; at < input.size() && session.wants_input(); at += piece) {
    session.receive(input.subspan(at, std::min(piece, input.size() - at)));
    const auto& output = session.output();
    COSE_ASSERT(output.empty() || (output.starts_with("BEGIN") && output.ends_with("END\r\n")));
    COSE_ASSERT(output.size() < grid::kOutputHighWater + 2 * grid::kMaximumRacsAnswer);
    static_cast<void>(grid::racs_xml(output));
    session.output().clear();
    session.sent();
  }
  const auto text = as_text(input);
  if (const auto lines = grid::racs_lines_of_query(text))
    COSE_ASSERT(std::ranges::count(*lines, '\n') <= std::ranges::count(text, '&') + 1);
  if (const auto names = grid::expand_seid_list(text)) COSE_ASSERT(names->size() <= grid::kMaximumSeids);
  return 0;
}
