// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "bytes/hex.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

constexpr Tag kIssuerDefault(0x9F0D);
constexpr Tag kIssuerDenial(0x9F0E);
constexpr Tag kIssuerOnline(0x9F0F);

// EMV 4.4 Book 3 §10.7: without the issuer's code, no bit denies, and all bits ask for online and count by default.
ActionCode issuer_code(const Run& run, Tag tag) {
  ActionCode code{};
  code.fill(tag == kIssuerDenial ? 0x00 : 0xFF);
  const auto value = run.data.get(tag);
  if (value.size() == code.size()) std::ranges::copy(value, code.begin());
  return code;
}

bool meets(Run& run, std::string_view name, Tag issuer, const ActionCode& acquirer) {
  const auto code = issuer_code(run, issuer);
  const auto results = run.data.get(tags::kTvr);
  Bytes common(code.size());
  for (std::size_t at = 0; at < code.size() && at < results.size(); ++at)
    common[at] = static_cast<std::uint8_t>(results[at] & (code[at] | acquirer[at]));
  const bool any = std::ranges::any_of(common, [](auto octet) { return octet != 0; });
  if (any) run.note("TVR " + to_hex(results) + " meets the codes for " + std::string(name) + ": " + to_hex(common));
  return any;
}

}  // namespace

std::string_view to_string(Cryptogram cryptogram) {
  switch (cryptogram) {
    case Cryptogram::kAac: return "AAC";
    case Cryptogram::kTc: return "TC";
    case Cryptogram::kArqc: break;
  }
  return "ARQC";
}

Cryptogram analyse(Run& run) {
  const auto& actions = run.application->actions;
  if (meets(run, "denial", kIssuerDenial, actions.denial)) return Cryptogram::kAac;
  if (run.configuration.is_online_only() || run.payment.force_online) return Cryptogram::kArqc;
  if (run.configuration.can_go_online()) {
    return meets(run, "online", kIssuerOnline, actions.online) ? Cryptogram::kArqc : Cryptogram::kTc;
  }
  return analyse_without_issuer(run);
}

Cryptogram analyse_without_issuer(Run& run) {
  // EMV 4.4 Book 3 §10.7: a terminal that is online only has no default but to decline.
  if (run.configuration.is_online_only()) return Cryptogram::kAac;
  return meets(run, "default", kIssuerDefault, run.application->actions.otherwise) ? Cryptogram::kAac : Cryptogram::kTc;
}

}  // namespace cose::terminal::detail
