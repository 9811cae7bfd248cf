// SPDX-License-Identifier: Apache-2.0
#include "bytes/hex.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kCardVersion(0x9F08);

// EMV 4.4 Book 3 §C2 and §10.4.2: which bits of the usage control a transaction needs, at home and abroad.
struct Row {
  std::uint8_t type;
  Bit domestic;
  Bit international;
  std::string_view what;
};
constexpr Row kRows[] = {
    {0x01, {1, 0x80}, {1, 0x40}, "cash"},
    {0x00, {1, 0x28}, {1, 0x14}, "goods and services"},
    {0x09, {1, 0x28}, {1, 0x14}, "goods and services"},
    {0x09, {2, 0x80}, {2, 0x40}, "cashback"},
};
constexpr Bit kMachines{1, 0x02};
constexpr Bit kOtherTerminals{1, 0x01};

void restrict(Run& run, Bit bit, const std::string& why) {
  run.tvr(bit);
  run.problem(why);
}

// EMV 4.4 Book 4 annex A1: cash dispensers are terminals of banks or unattended ones with cash.
bool is_machine(const Run& run) {
  return run.configuration.type == 0x14 || run.configuration.type == 0x15 || run.configuration.type == 0x16;
}

void check_usage(Run& run) {
  const auto control = run.data.get(tags::kUsageControl);
  if (control.size() != 2) return;
  if (!run.data.has_bit(tags::kUsageControl, is_machine(run) ? kMachines : kOtherTerminals))
    restrict(run, tvr::kServiceNotAllowed, "9F07: not for this kind of terminal");
  const auto country = run.data.get(tags::kIssuerCountry);
  if (country.empty()) return;
  const bool is_domestic = equal(country, run.data.get(Tag(0x9F1A)));
  for (const auto& row : kRows) {
    if (row.type != run.payment.type) continue;
    if (!run.data.has_bit(tags::kUsageControl, is_domestic ? row.domestic : row.international))
      restrict(run, tvr::kServiceNotAllowed,
               "9F07: not for " + std::string(row.what) + (is_domestic ? " at home" : " abroad"));
  }
}

// Years from 50 on are of the last century (EMV 4.4 Book 4 §6.7.3).
Bytes comparable(ByteView date) {
  auto made = to_bytes(date);
  if (!made.empty()) made[0] = static_cast<std::uint8_t>(made[0] >= 0x50 ? made[0] - 0x50 : made[0] + 0x50);
  return made;
}

}  // namespace

void check_restrictions(Run& run) {
  const auto version = run.data.get(kCardVersion);
  if (!version.empty() && !equal(version, run.data.get(Tag(0x9F09))))
    restrict(run, tvr::kDifferentVersions,
             "versions: the card's is " + to_hex(version) + ", the terminal's " + to_hex(run.data.get(Tag(0x9F09))));
  check_usage(run);
  const auto today = comparable(run.data.get(tags::kDate));
  if (run.data.has(tags::kEffective) && comparable(run.data.get(tags::kEffective)) > today)
    restrict(run, tvr::kNotYetEffective, "not effective before " + to_hex(run.data.get(tags::kEffective)));
  if (run.data.has(tags::kExpiry) && comparable(run.data.get(tags::kExpiry)) < today)
    restrict(run, tvr::kExpired, "expired on " + to_hex(run.data.get(tags::kExpiry)));
}

}  // namespace cose::terminal::detail
