// SPDX-License-Identifier: Apache-2.0
#include "terminal/configuration.h"

#include "bytes/hex.h"

namespace cose::terminal {

namespace {

struct Row {
  std::string_view name;
  std::string_view aid;
  std::uint16_t version;
  std::uint8_t kernel;
};

// Kernels: EMV Contactless Book B §3.3.2.4 table 3-6.
constexpr Row kRows[] = {
    {"Visa", "A0000000031010", 0x0096, 3},
    {"Visa Electron", "A0000000032010", 0x0096, 3},
    {"V PAY", "A0000000032020", 0x0096, 3},
    {"Mastercard", "A0000000041010", 0x0002, 2},
    {"Maestro", "A0000000043060", 0x0002, 2},
    {"American Express", "A00000002501", 0x0001, 0},
    {"JCB", "A0000000651010", 0x0200, 0},
    {"Discover", "A0000001523010", 0x0001, 0},
    {"UnionPay", "A000000333010101", 0x0030, 0},
    {"Interac", "A0000002771010", 0x0001, 0},
    {"Girocard", "A0000003591010028001", 0x0001, 0},
};

// Of no scheme: what a cautious acquirer would set. Denied: nothing by itself. Online: failed or missing
// authentication, other versions and dates, failed PIN, over limits. Without the online answer: the same is refused.
// Relay resistance: the issuer is to know.
constexpr ActionCodes kActions{.denial = {0x00, 0x00, 0x00, 0x00, 0x00},
                               .online = {0xFC, 0x50, 0xBC, 0xF8, 0x0C},
                               .otherwise = {0xFC, 0x50, 0xBC, 0xA0, 0x0C}};
constexpr std::uint64_t kFloorLimit = 5000;
constexpr RandomSelection kSelection{.threshold = 1000, .target_percent = 10, .maximum_percent = 50};
const ContactlessLimits kLimits{.transaction = 100000, .floor = 2500, .cardholder_verification = 5000};

}  // namespace

Configuration Configuration::standard() {
  Configuration configuration;
  for (const auto& row : kRows) {
    Application application;
    application.name = row.name;
    application.aid = from_hex(row.aid).value();
    application.version = row.version;
    application.kernel = row.kernel;
    application.actions = kActions;
    application.floor_limit = kFloorLimit;
    application.selection = kSelection;
    application.limits = kLimits;
    configuration.applications.push_back(std::move(application));
  }
  return configuration;
}

}  // namespace cose::terminal
