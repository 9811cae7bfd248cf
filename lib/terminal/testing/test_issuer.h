// SPDX-License-Identifier: Apache-2.0
// The issuer of EmvCard's cards, in the form of an authorisation host.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "issuer/issuer.h"
#include "terminal/testing/emv_card.h"

namespace cose::terminal::testing {

class TestIssuer final : public emv::AuthorisationHost {
 public:
  struct Options {
    std::vector<std::string> orders = {};
    std::optional<std::uint16_t> last_atc = {};
  };

  explicit TestIssuer(const Options& options) : issuer_(profile(options), book_) {
    if (options.last_atc) static_cast<void>(book_.note({.pan = kPan, .sequence = "00"}, *options.last_atc));
  }

  [[nodiscard]] Result<emv::AuthorisationResponse> authorise(const emv::AuthorisationRequest& request) override {
    requests.push_back(request);
    return issuer_.authorise(request);
  }

  std::vector<emv::AuthorisationRequest> requests;

 private:
  static constexpr const char* kPan = "4761739001010119";

  static issuer::IssuerProfile profile(const Options& options) {
    issuer::IssuerProfile made;
    for (auto* key : {&made.keys.cryptograms, &made.keys.integrity, &made.keys.confidentiality})
      *key = Secret(EmvCard::master_key());
    made.keys.pin = Secret(hex("000102030405060708090A0B0C0D0E0F"));
    made.amount_limit = 20000;
    issuer::CardAccount card;
    card.account = {.pan = kPan, .sequence = "00"};
    card.pin = Secret(as_bytes("1234"));
    made.cards.push_back(std::move(card));
    for (const auto& text : options.orders) made.orders.push_back(issuer::ScriptOrder::parse(text).value());
    return made;
  }

  issuer::MemoryAtcBook book_;
  issuer::Issuer issuer_;
};

}  // namespace cose::terminal::testing
