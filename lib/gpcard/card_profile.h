// SPDX-License-Identifier: Apache-2.0
// What kind of card this is (CardProfile, shared by all cards of a product) and which one of them (CardIdentity).
//
// Values, moved and not copied since they hold keys. The profile of a product may come from a file
// (host/profile_file.h, docs/formats/card-profile.md); a default one is complete and carries the public test keys.
// Source: GPC 2.3.1; the layout of CPLC is that of the card production life cycle data of Visa's Open Platform.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "gpcard/life_cycle.h"
#include "gpcard/privileges.h"
#include "scp/key_set.h"
#include "scp/protocol.h"

namespace cose::gpcard {

inline constexpr std::size_t kCplcSize = 42;

// What bounds the outside: how much is kept, how often is tried.
struct CardLimits {
  std::uint8_t channels = 20;
  std::uint8_t key_sets = 16;       // of one domain
  std::uint16_t applications = 64;  // with domains
  std::uint32_t load_file = 256 * 1024;
  // After so many failed authentications in a row the next one must wait, twice as long each time; zero: never.
  std::uint8_t failures_before_delay = 3;
  std::chrono::milliseconds first_delay{500};
  std::chrono::milliseconds longest_delay{60'000};
  // The issuer's keys are blocked for good after so many; zero: never. GPC 2.3.1 §10.2.2 leaves it to the issuer.
  std::uint8_t failures_before_block = 0;
};

struct CardProfile {
  CardProfile();

  std::string name = "CoSE";
  Bytes atr;
  Bytes issuer_domain_aid;   // A000000151000000
  Bytes domain_package_aid;  // what INSTALL names for a supplementary domain: A0000001515350
  Bytes domain_module_aid;   // A000000151535041
  Privileges issuer_privileges;
  CardState state = CardState::kOpReady;
  // In order of preference; the first that fits a key's algorithm is used with it.
  std::vector<scp::Protocol> protocols;
  std::vector<std::uint8_t> version;  // of GPC, in the card data: 2, 2, 1 or 2, 3, 1
  Bytes card_details;                 // value of tag 65 in the card data; empty: none
  Bytes chip_details;                 // value of tag 66 in the card data; empty: none
  std::optional<Bytes> card_data;     // the whole value of 66 instead
  std::optional<Bytes> capabilities;  // the whole value of 67 instead
  Bytes cplc;                         // kCplcSize; serial and batch are the card's. Empty: ours
  Bytes select_details;               // what stands in A5 of the answer to SELECT, 9F6501FF
  CardLimits limits;

  [[nodiscard]] CardProfile clone() const { return *this; }
};

// All keys here are the card's own, diversified already.
struct CardIdentity {
  Bytes key_diversification;  // the first ten octets of INITIALIZE UPDATE's answer
  Bytes cplc;                 // kCplcSize
  Bytes iin;                  // 42; empty: none
  Bytes cin;                  // 45; empty: none
  std::vector<scp::KeySet> keys;
};

// Card number `serial` of a product: its CPLC and its diversification data in the layout that VISA2 and EMV CPS
// diversification read (GPC card mapping guidelines; EMV CPS 1.1 §4.1): AID end, fabrication date, serial, batch.
[[nodiscard]] CardIdentity identity_of(const CardProfile& profile, std::uint32_t serial);

}  // namespace cose::gpcard
