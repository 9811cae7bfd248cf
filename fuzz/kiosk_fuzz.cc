// SPDX-License-Identifier: Apache-2.0
// A card that answers whatever the fuzzer likes: the explorer ends, and every form of its output can be made.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "kiosk/explorer.h"

namespace {

// Each answer: a length, then so many octets; the last one again and again.
class FuzzedCard final : public cose::iso7816::Card {
 public:
  explicit FuzzedCard(cose::ByteView octets) : rest_(octets) {}
  cose::Result<cose::Bytes> power_up(cose::iso7816::ResetKind) override { return cose::Bytes{0x3B, 0x00}; }
  cose::Status transmit(cose::ByteView, cose::Bytes& response) override {
    if (!rest_.empty()) {
      const auto size = std::min<std::size_t>(rest_[0], rest_.size() - 1);
      answer_ = cose::to_bytes(rest_.subspan(1, size));
      rest_ = rest_.subspan(1 + size);
      answer_.push_back(0x90);
      answer_.push_back(0x00);
    }
    response = answer_;
    return {};
  }
  cose::Status power_down() override { return {}; }

 private:
  cose::ByteView rest_;
  cose::Bytes answer_{0x6A, 0x82};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedCard card({data, size});
  cose::testing::ManualClock clock;
  cose::testing::SeededRng rng{1};
  const auto item = cose::kiosk::Explorer(card, clock, rng, {}).explore();
  if (!item) return 0;
  if (cose::kiosk::to_text(*item, {.colours = true, .parts = true}).empty()) __builtin_trap();
  if (cose::kiosk::to_xml(*item).empty() || cose::kiosk::to_html(*item).empty()) __builtin_trap();
  return 0;
}
