// SPDX-License-Identifier: Apache-2.0
// A whole HTTP connection fed with anything, in pieces of any size, down to the cards: what goes out is HTTP, and
// nothing grows.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "net/http_session.h"
#include "web/limits.h"

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
  if (size < 1) return 0;
  const std::size_t piece = 1 + 8 * std::size_t{data[0]};
  testing::ManualClock clock;
  testing::SeededRng rng(1);
  NullLog log;
  grid::SlotTable slots;
  grid::SeidTable seids;
  for (const unsigned number : {101U, 102U}) {
    const auto slot = grid::SlotNumber::from_value(number).value();
    slots.configure(slot);
    slots.set_presence(slot, iso7816::Presence::kPresent);
    COSE_ASSERT(seids.add("s" + std::to_string(number), slot).has_value());
  }
  AnyService service;
  grid::SessionId last = 1;
  web::Front front(
      web::FrontContext{.slots = slots,
                        .service = service,
                        .seids = seids,
                        .clock = clock,
                        .log = log,
                        .rng = rng,
                        .settings = {.channel = web::FrontSettings::Channel::kPlain, .loopback_only = false},
                        .access = [](const auto&) { return std::make_unique<grid::OpenAccess>(); },
                        .next_owner = [&last] { return ++last; }});
  slots.watch([&front](grid::SlotNumber slot, grid::SlotChange change) { front.slot_changed(slot, change); });
  {
    net::HttpSession session(front, {.connection = 1, .peer = "fuzz", .loopback = true, .identities = {}}, [] {});
    session.start();
    const ByteView input(data + 1, size - 1);
    bool first = true;
    for (std::size_t at = 0; at < input.size() && session.wants_input(); at += piece) {
      session.receive(input.subspan(at, std::min(piece, input.size() - at)));
      for (int rounds = 0; !session.output().empty() && rounds < 1000; ++rounds) {
        COSE_ASSERT(!first || session.output().starts_with("HTTP/1.1 "));
        COSE_ASSERT(session.output().size() < web::kMaximumXmlAnswer + 2 * web::kMaximumBatchAnswer * 3);
        first = false;
        session.output().clear();
        session.sent();
      }
    }
  }
  slots.watch({});
  return 0;
}
