// SPDX-License-Identifier: Apache-2.0
#include <fmt/core.h>

#include "bytes/hex.h"
#include "emv/pin_block.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr std::uint8_t kMethodBits = 0x3F;
constexpr std::uint8_t kNextIfUnsuccessful = 0x40;
constexpr std::size_t kAmounts = 8;
constexpr std::uint8_t kNoMethod = 0x3F;
constexpr int kMaximumPinEntries = 15;

// EMV 4.4 Book 4 annex A4: the third octet of 9F34.
enum class Success : std::uint8_t { kUnknown = 0, kFailed = 1, kDone = 2 };

enum class Means { kFail, kPin, kOnlinePin, kSignature, kNothing };

// EMV 4.4 Book 3 §C3 table 43: what a method is made of.
struct Method {
  std::uint8_t code;
  Means means;
  PinKind pin;
  bool signature;
  Verification verification;
};
constexpr Method kMethods[] = {
    {0x00, Means::kFail, PinKind::kPlain, false, Verification::kFailed},
    {0x01, Means::kPin, PinKind::kPlain, false, Verification::kPin},
    {0x02, Means::kOnlinePin, PinKind::kOnline, false, Verification::kOnlinePin},
    {0x03, Means::kPin, PinKind::kPlain, true, Verification::kPinAndSignature},
    {0x04, Means::kPin, PinKind::kEnciphered, false, Verification::kPin},
    {0x05, Means::kPin, PinKind::kEnciphered, true, Verification::kPinAndSignature},
    {0x1E, Means::kSignature, PinKind::kPlain, true, Verification::kSignature},
    {0x1F, Means::kNothing, PinKind::kPlain, false, Verification::kNotRequired},
};

const Method* method_of(std::uint8_t code) {
  for (const auto& method : kMethods)
    if (method.code == (code & kMethodBits)) return &method;
  return nullptr;
}

bool supports(const Run& run, const Method& method) {
  if (method.signature && !run.terminal_can(capability::kSignature)) return false;
  switch (method.means) {
    case Means::kFail:
    case Means::kSignature: return true;
    case Means::kNothing: return run.terminal_can(capability::kNoVerification);
    case Means::kOnlinePin: return run.terminal_can(capability::kOnlinePin) && !run.configuration.pin_key.empty();
    case Means::kPin: break;
  }
  return run.terminal_can(method.pin == PinKind::kPlain ? capability::kPlainPin : capability::kEncipheredPin);
}

// EMV 4.4 Book 3 §C3 table 44.
bool is_condition_met(const Run& run, std::uint8_t condition, ByteView list, const Method* method) {
  const auto type = run.payment.type;
  const bool is_cash = type == 0x01, is_cashback = run.payment.cashback != 0;
  const auto amount = run.payment.amount + run.payment.cashback;
  const bool is_own_currency = equal(run.data.get(Tag(0x9F42)), run.data.get(Tag(0x5F2A)));
  const auto x = binary_of(list.first(4)), y = binary_of(list.subspan(4, 4));
  const bool is_unattended = run.configuration.type % 16 >= 4;
  switch (condition) {
    case 0x00: return true;
    case 0x01: return is_cash && is_unattended;
    case 0x02: return !is_cash && !is_cashback;
    case 0x03: return method != nullptr && supports(run, *method);
    case 0x04: return is_cash && !is_unattended;
    case 0x05: return is_cashback;
    case 0x06: return is_own_currency && amount < x;
    case 0x07: return is_own_currency && amount > x;
    case 0x08: return is_own_currency && amount < y;
    case 0x09: return is_own_currency && amount > y;
    default: return false;
  }
}

// EMV 4.4 Book 2 §7: the block in clear, or under the card's key with the card's own number.
Result<std::optional<Secret>> verify_data(Run& run, PinKind kind, const Secret& pin) {
  COSE_TRY(auto block, emv::pin_block_2(as_text(pin.view())));
  if (kind == PinKind::kPlain) return std::optional(std::move(block));
  if (run.parties.authorities == nullptr) {
    run.problem("the card's PIN key cannot be checked without keys of authorities");
    return std::optional<Secret>();
  }
  const auto key = emv::recover_pin_key(*run.parties.authorities, run.authentication_input());
  if (!key.key) {
    run.problem("PIN key: " + key.report.steps.back().detail);
    return std::optional<Secret>();
  }
  COSE_TRY(const auto challenge, run.send({.ins = 0x84, .le = 8}));
  if (challenge.status != StatusWord::kOk || challenge.data.size() != 8) {
    run.problem("GET CHALLENGE: " + status_text(challenge.status));
    return std::optional<Secret>();
  }
  COSE_TRY(auto sealed, emv::encipher_pin_for_card(key.key->key, block.view(), challenge.data, run.parties.rng));
  return std::optional(Secret::take(std::move(sealed)));
}

// One VERIFY: nothing when the PIN may be tried again.
Result<std::optional<Success>> try_pin(Run& run, PinKind kind, std::optional<unsigned>& tries) {
  COSE_TRY(const auto pin, run.parties.cardholder.pin({.kind = kind, .tries_left = tries}));
  if (!pin) {
    run.tvr(tvr::kPinNotEntered);
    run.problem("the cardholder gave no PIN");
    return std::optional(Success::kFailed);
  }
  COSE_TRY(const auto sent, verify_data(run, kind, *pin));
  if (!sent) return std::optional(Success::kFailed);
  const std::uint8_t how = kind == PinKind::kPlain ? 0x80 : 0x88;
  COSE_TRY(const auto answer, run.send({.ins = 0x20, .p2 = how, .data = sent->view()}));
  if (answer.status == StatusWord::kOk) return std::optional(Success::kDone);
  run.problem("VERIFY: " + status_text(answer.status));
  tries = answer.status.tries_left();
  const bool is_blocked =
      answer.status == StatusWord{0x6983} || answer.status == StatusWord{0x6984} || (tries && *tries == 0);
  if (is_blocked) run.tvr(tvr::kPinTryLimit);
  if (is_blocked || !tries) return std::optional(Success::kFailed);
  return std::optional<Success>();
}

// EMV 4.4 Book 3 §10.5.1.
Result<Success> verify_by_card(Run& run, PinKind kind) {
  if (!run.parties.cardholder.has_pin_pad()) {
    run.tvr(tvr::kNoPinPad);
    run.problem("there is no PIN pad");
    return Success::kFailed;
  }
  COSE_TRY(const auto counter, run.get_data(tags::kPinTries));
  std::optional<unsigned> tries;
  if (counter && counter->size() == 1) tries = counter->front();
  if (tries && *tries == 0) {
    run.tvr(tvr::kPinTryLimit);
    run.problem("no PIN tries are left");
    return Success::kFailed;
  }
  for (int entry = 0; entry < kMaximumPinEntries; ++entry) {
    COSE_TRY(const auto success, try_pin(run, kind, tries));
    if (success) return *success;
  }
  return Success::kFailed;
}

// EMV 4.4 Book 3 §10.5.2: the issuer decides; until then the result is unknown.
Result<Success> take_online_pin(Run& run) {
  if (!run.parties.cardholder.has_pin_pad()) {
    run.tvr(tvr::kNoPinPad);
    return Success::kFailed;
  }
  COSE_TRY(const auto pin, run.parties.cardholder.pin({.kind = PinKind::kOnline, .tries_left = {}}));
  if (!pin) {
    run.tvr(tvr::kPinNotEntered);
    run.problem("the cardholder gave no PIN");
    return Success::kFailed;
  }
  COSE_TRY(run.pin_block,
           emv::pin_block_4(as_text(pin->view()), run.data.pan(), run.configuration.pin_key.view(), run.parties.rng));
  run.tvr(tvr::kOnlinePin);
  return Success::kUnknown;
}

Result<Success> perform(Run& run, const Method& method) {
  switch (method.means) {
    case Means::kFail: return Success::kFailed;
    case Means::kNothing: return Success::kDone;
    case Means::kSignature: return Success::kUnknown;
    case Means::kOnlinePin: return take_online_pin(run);
    case Means::kPin: break;
  }
  COSE_TRY(const auto success, verify_by_card(run, method.pin));
  return success == Success::kDone && method.signature ? Success::kUnknown : success;
}

void set_result(Run& run, std::uint8_t code, std::uint8_t condition, Success success) {
  run.data.set(tags::kCvmResults, Bytes{code, condition, static_cast<std::uint8_t>(success)});
}

// One rule: nothing when the next is to be looked at.
Result<std::optional<Success>> apply(Run& run, std::uint8_t code, std::uint8_t condition) {
  const auto* method = method_of(code);
  const bool goes_on = (code & kNextIfUnsuccessful) != 0;
  auto success = Success::kFailed;
  if (method == nullptr) {
    run.tvr(tvr::kUnrecognisedMethod);
    run.problem(fmt::format("method {:02X} is unknown", code));
  } else if (!supports(run, *method)) {
    // EMV 4.4 Book 3 §10.5: a PIN that this terminal cannot take.
    if (method->means == Means::kPin || method->means == Means::kOnlinePin) run.tvr(tvr::kNoPinPad);
    run.note(fmt::format("method {:02X}: not here", code));
  } else {
    COSE_TRY(success, perform(run, *method));
  }
  set_result(run, code, condition, success);
  if (success != Success::kFailed) {
    run.outcome.verification = method->verification;
    return std::optional(success);
  }
  if (goes_on && method != nullptr && method->means == Means::kFail) return std::optional(Success::kFailed);
  return goes_on ? std::nullopt : std::optional(Success::kFailed);
}

}  // namespace

Status verify_cardholder(Run& run) {
  run.data.set(tags::kCvmResults, Bytes{kNoMethod, 0x00, 0x00});
  if (!run.card_offers(aip::kVerification)) {
    run.note("the card knows no cardholder verification");
    return {};
  }
  const auto list = to_bytes(run.data.get(tags::kCvmList));
  if (list.size() < kAmounts + 2 || list.size() % 2 != 0) {
    // EMV 4.4 Book 3 §7.5 and §10.5: a missing list ends verification, not the transaction.
    if (list.empty()) run.tvr(tvr::kDataMissing);
    run.problem("there is no list of verification methods");
    return {};
  }
  run.tsi(tsi::kVerified);
  bool any = false;
  for (std::size_t at = kAmounts; at + 2 <= list.size(); at += 2) {
    if (!is_condition_met(run, list[at + 1], list, method_of(list[at]))) continue;
    any = true;
    COSE_TRY(const auto success, apply(run, list[at], list[at + 1]));
    if (success && *success != Success::kFailed) {
      run.note("verified: " + std::string(to_string(run.outcome.verification)));
      return {};
    }
    if (success) break;
  }
  // EMV 4.4 Book 4 §6.3.4.5: no rule applied.
  if (!any) set_result(run, kNoMethod, 0x00, Success::kFailed);
  run.tvr(tvr::kVerificationFailed);
  run.outcome.verification = Verification::kFailed;
  run.problem("no method succeeded");
  return {};
}

}  // namespace cose::terminal::detail
