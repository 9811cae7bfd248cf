// SPDX-License-Identifier: Apache-2.0
// Scripts of strangers against a card that is an issuer security domain.
#include "admin/interpreter.h"
#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "gphost/testing/domain_card.h"
#include "iso7816/wrapped_card.h"

namespace {

class OneCard final : public cose::admin::CardProvider {
 public:
  [[nodiscard]] cose::Result<std::vector<std::string>> names() override { return std::vector<std::string>{"card"}; }
  [[nodiscard]] cose::Result<std::unique_ptr<cose::iso7816::Card>> open(const std::string&) override {
    return std::make_unique<cose::iso7816::WrappedCard>(card_);
  }

 private:
  cose::gphost::testing::DomainCard card_{
      {0x03, 0x70}, *cose::scp::KeySet::from_one(1, cose::scp::KeyAlgorithm::kAes, cose::gphost::default_key())};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  OneCard cards;
  cose::testing::SeededRng rng(1);
  cose::testing::ManualClock clock;
  cose::gphost::MemoryLedger ledger;
  cose::admin::Interpreter interpreter({cards, rng, ledger, clock, [](std::string_view) {},
                                        [](const std::string&) { return std::optional<std::string>("00"); }, true});
  static_cast<void>(interpreter.run(cose::as_text({data, size})));
  return 0;
}
