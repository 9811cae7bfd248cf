// SPDX-License-Identifier: Apache-2.0
// What a terminal is, whom it works for, and which applications it takes on what terms.
//
// A value type; the default is an attended terminal of a test merchant that knows the schemes' applications. Amounts
// are in the currency's smallest unit. Source: EMV 4.4 Book 4 §10.2, annex A; EMV Contactless Book A §5.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/secret.h"

namespace cose::terminal {

using ActionCode = std::array<std::uint8_t, 5>;

struct ActionCodes {
  ActionCode denial{};
  ActionCode online{};
  ActionCode otherwise{};  // "default": when the terminal could not go online
};

// EMV 4.4 Book 3 §10.6.2: below `threshold` this share of transactions goes online; above it, a share that grows to
// `maximum_percent` at the floor limit.
struct RandomSelection {
  std::uint64_t threshold = 0;
  unsigned target_percent = 0;
  unsigned maximum_percent = 0;
};

// EMV Contactless Book A §5.3. An amount at or above a limit is over it; no limit: never.
struct ContactlessLimits {
  std::optional<std::uint64_t> transaction;
  std::optional<std::uint64_t> floor;
  std::optional<std::uint64_t> cardholder_verification;
  bool zero_amount_allowed = true;
  bool status_check = false;
};

struct Application {
  std::string name;
  Bytes aid;
  bool partial = true;  // names that begin with this AID are meant, too
  std::uint16_t version = 0x008C;
  ActionCodes actions;
  std::uint64_t floor_limit = 0;
  RandomSelection selection;
  Bytes default_ddol{0x9F, 0x37, 0x04};
  Bytes default_tdol;
  std::uint8_t kernel = 0;  // C-n; 0: no contactless
  ContactlessLimits limits;
  bool mag_stripe = true;  // the contactless magnetic stripe, where the kernel has it
};

struct Configuration {
  std::uint16_t country = 250;
  std::uint16_t currency = 978;
  std::uint8_t currency_exponent = 2;
  std::uint8_t type = 0x22;
  Bytes capabilities{0xE0, 0xF8, 0xC8};
  Bytes additional_capabilities{0xF0, 0x00, 0xF0, 0xA0, 0x01};
  Bytes transaction_qualifiers{0x26, 0x00, 0x40, 0x00};  // TTQ, before a transaction's own bits
  std::string merchant_name = "CoSE test shop";
  std::string merchant_identifier = "000000000000001";
  std::string terminal_identifier = "COSE0001";
  std::uint16_t merchant_category = 5999;
  std::vector<Application> applications;
  std::set<std::string> exception_file;  // account numbers
  Secret pin_key;                        // of AES, shared with the issuer; empty: no online PIN

  // EMV 4.4 Book 4 annex A1: the second digit of the type.
  [[nodiscard]] bool is_online_only() const { return type % 16 == 1 || type % 16 == 4; }
  [[nodiscard]] bool can_go_online() const { return type % 16 != 3 && type % 16 != 6; }

  // With the applications of the schemes, and terms on which a shop may take them.
  [[nodiscard]] static Configuration standard();
};

}  // namespace cose::terminal
