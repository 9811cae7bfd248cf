// SPDX-License-Identifier: Apache-2.0
// A card that answers whatever the fuzzer likes, at a contact and a contactless terminal: each transaction ends with a
// reason, within its bound of commands, and its report can be made.
#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "kiosk/transaction_item.h"
#include "terminal/contact.h"
#include "terminal/contactless.h"
#include "terminal/receipt.h"

namespace {

// Each answer: a length, then so many octets; the last one again and again. A length of FF breaks the exchange.
class FuzzedCard final : public cose::iso7816::Card {
 public:
  explicit FuzzedCard(cose::ByteView octets) : rest_(octets) {}
  cose::Result<cose::Bytes> power_up(cose::iso7816::ResetKind) override { return cose::Bytes{0x3B, 0x00}; }
  cose::Status transmit(cose::ByteView, cose::Bytes& response) override {
    constexpr std::uint8_t kBreak = 0xFF;
    if (!rest_.empty()) {
      if (rest_[0] == kBreak) {
        rest_ = rest_.subspan(1);
        return cose::fail(cose::ErrorKind::kCardRemoved, "gone");
      }
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

class Issuer final : public cose::emv::AuthorisationHost {
 public:
  cose::Result<cose::emv::AuthorisationResponse> authorise(const cose::emv::AuthorisationRequest&) override {
    cose::emv::AuthorisationResponse response;
    response.response_code = "00";
    response.issuer_authentication_data = cose::Bytes(10);
    response.scripts = {{0x72, 0x06, 0x86, 0x04, 0x84, 0x1E, 0x00, 0x00}};
    return response;
  }
};

void check(const cose::terminal::Outcome& outcome, const cose::terminal::Configuration& configuration) {
  if (outcome.reason.empty()) __builtin_trap();
  if (cose::kiosk::to_html(cose::kiosk::item_of(outcome, cose::emv::Accounts::kMasked)).empty()) __builtin_trap();
  if (cose::terminal::receipt(outcome, configuration).empty()) __builtin_trap();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kConfiguration = cose::terminal::Configuration::standard();
  cose::testing::ManualClock clock;
  cose::testing::SeededRng rng{1};
  cose::terminal::Cardholder cardholder;
  const cose::emv::CaKeys keys;
  Issuer issuer;
  const cose::terminal::Parties parties{
      .clock = clock, .rng = rng, .cardholder = cardholder, .authorities = &keys, .host = &issuer};
  const cose::terminal::Payment payment{.amount = 6000};
  FuzzedCard contact({data, size});
  check(cose::terminal::pay_by_contact(contact, kConfiguration, payment, parties), kConfiguration);
  FuzzedCard tapped({data, size});
  cose::terminal::TornLog torn;
  for (int tap = 0; tap < 2; ++tap)
    check(cose::terminal::pay_contactless(tapped, kConfiguration, payment, parties, torn), kConfiguration);
  return 0;
}
