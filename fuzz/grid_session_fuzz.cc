// SPDX-License-Identifier: Apache-2.0
// A whole session fed with anything, in pieces of any size: every line gets one reply, and nothing else breaks.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "grid/ascii_session.h"

namespace {

using namespace cose;

// Answers at once, with as many octets as the command has; fails for some.
class AnyService final : public grid::SlotService {
 public:
  std::optional<grid::WorkResult> start(grid::SlotNumber slot, const grid::SlotWork& work, grid::SessionId) override {
    if (slot.position() == 2) return fail(ErrorKind::kTimeout, "slow");
    answer_ = to_bytes(work.command);
    answer_.resize(answer_.size() + 2, 0x90);
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
  for (const unsigned number : {101U, 102U, 725U}) slots.configure(grid::SlotNumber::from_value(number).value());
  AnyService service;
  grid::SessionContext context{slots, service, clock, log, {}};
  context.settings.maximum_line = 256;
  context.settings.secure = static_cast<grid::SecureMode>(data[1] % 3);
  grid::AsciiSession session(context, 1, "fuzz");

  const ByteView input(data + 2, size - 2);
  std::size_t replies = 0;
  std::size_t lines = 0;
  for (std::size_t at = 0; at < input.size() && session.wants_input(); at += piece) {
    const auto octets = input.subspan(at, std::min(piece, input.size() - at));
    lines += static_cast<std::size_t>(std::ranges::count(octets, '\n'));
    session.receive(octets);
    replies += static_cast<std::size_t>(std::ranges::count(session.output(), '\n'));
    session.output().clear();
    session.sent();
  }
  // After QUIT, or a TLS record, the lines behind it are not answered.
  const bool all_answered = session.wants_input() ? replies == lines : replies <= lines;
  COSE_ASSERT(all_answered);
  return 0;
}
