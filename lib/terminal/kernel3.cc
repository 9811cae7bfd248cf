// SPDX-License-Identifier: Apache-2.0
// Kernel 3: one tap; GET PROCESSING OPTIONS brings the cryptogram. Source: EMV Contactless Book C-3 2.10.
#include <fmt/core.h>

#include "bytes/hex.h"
#include "emv/pin_block.h"
#include "terminal/detail/issuer_dialogue.h"
#include "terminal/detail/kernels.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr Tag kQualifiers(0x9F66);
constexpr Tag kCardQualifiers(0x9F6C);
constexpr Tag kAuthenticationRelated(0x9F69);
constexpr Tag kCurrency(0x5F2A);

// C-3 annex A: the card's qualifiers, and those of the terminal.
constexpr Bit kOnlinePin{1, 0x80};
constexpr Bit kSignature{1, 0x40};
constexpr Bit kOnlineIfAuthenticationFails{1, 0x20};
constexpr Bit kSwitchIfAuthenticationFails{1, 0x10};
constexpr Bit kOnlineIfExpired{1, 0x08};
constexpr Bit kOnDeviceDone{2, 0x80};
constexpr Bit kReaderOfflineOnly{1, 0x08};
constexpr Bit kReaderOnlinePin{1, 0x04};
constexpr Bit kReaderSignature{1, 0x02};
constexpr Bit kReaderAuthenticatesOnline{1, 0x01};

// C-3 §5.4: of 9F27, or of the fifth octet of 9F10, whose bits 6 and 5 are the CVR's word on the cryptogram.
std::optional<Cryptogram> cryptogram_of(const Run& run) {
  if (const auto information = run.data.get(tags::kCid); information.size() == 1)
    return static_cast<Cryptogram>(information[0] & 0xC0);
  const auto issuer_data = run.data.get(tags::kIssuerData);
  if (issuer_data.size() < 5) return std::nullopt;
  switch (issuer_data[4] >> 4 & 0x03) {
    case 0: return Cryptogram::kAac;
    case 1: return Cryptogram::kTc;
    case 2: return Cryptogram::kArqc;
    default: return std::nullopt;
  }
}

// C-3 §5.7: what becomes of a cryptogram that cannot stand, by the card's own wish.
struct Fallback {
  Bit online;
  std::optional<Bit> other_interface;
};

bool can_go_online(const Run& run) {
  return !run.data.has_bit(kQualifiers, kReaderOfflineOnly);
}

// On to the issuer, or the transaction ends.
void fall_back(Run& run, const Fallback& fallback, const std::string& reason) {
  run.problem(reason);
  if (run.data.has_bit(kCardQualifiers, fallback.online) && can_go_online(run)) return;
  if (fallback.other_interface && run.data.has_bit(kCardQualifiers, *fallback.other_interface))
    run.end(Decision::kTryAnotherInterface, reason);
  else
    decline(run, reason);
}

// C-3 annex C: fDDA over number, amount, currency and the card's related data.
bool authenticates(Run& run) {
  const auto failed = [&](const std::string& why) {
    run.problem("fDDA: " + why);
    return false;
  };
  if (run.parties.authorities == nullptr) return failed("the terminal has no keys of authorities");
  if (!run.static_data_good) return failed("a covered record is of the wrong form");
  if (const auto added = run.static_data.add_tag_list(run.data.get(Tag(0x9F4A)), run.data.get(tags::kAip)); !added)
    return failed(added.error().message);
  auto terminal_data = to_bytes(run.data.get(tags::kNumber));
  const auto related = run.data.get(kAuthenticationRelated);
  if (!related.empty()) {
    append(terminal_data, run.data.get(tags::kAmount));
    append(terminal_data, run.data.get(kCurrency));
    append(terminal_data, related);
  }
  auto report = emv::authenticate_dynamic(emv::AuthenticationMethod::kFdda, *run.parties.authorities,
                                          run.authentication_input(), terminal_data);
  for (const auto& step : report.steps)
    if (step.passed)
      run.note(step.name + ": " + step.detail);
    else
      run.problem(step.name + ": " + step.detail);
  const bool passed = report.passed();
  run.outcome.authentication = std::move(report);
  return passed;
}

// C-3 §5.6: the card's choice, or the reader's own where the card says nothing. False: the transaction has ended.
Result<bool> verify(Run& run, const Indicators& indicators) {
  auto& verification = run.outcome.verification;
  verification = Verification::kNotRequired;
  if (run.data.has_bit(kCardQualifiers, kOnDeviceDone)) {
    verification = Verification::kOnDevice;
  } else if (run.data.has_bit(kCardQualifiers, kOnlinePin) && run.data.has_bit(kQualifiers, kReaderOnlinePin) &&
             !run.configuration.pin_key.empty()) {
    COSE_TRY(const auto pin, run.parties.cardholder.pin({.kind = PinKind::kOnline, .tries_left = {}}));
    if (!pin) {
      decline(run, "the cardholder gave no PIN");
      return false;
    }
    COSE_TRY(run.pin_block,
             emv::pin_block_4(as_text(pin->view()), run.data.pan(), run.configuration.pin_key.view(), run.parties.rng));
    verification = Verification::kOnlinePin;
  } else if (run.data.has_bit(kQualifiers, kReaderSignature) &&
             (run.data.has_bit(kCardQualifiers, kSignature) ||
              (indicators.verification_required && !run.data.has(kCardQualifiers)))) {
    verification = Verification::kSignature;
  } else if (indicators.verification_required) {
    decline(run, "the amount needs a verification that card and reader do not share");
    return false;
  }
  run.note("verification: " + std::string(to_string(verification)));
  return true;
}

// What a TC needs to stand. False: on to the issuer, unless the transaction has ended.
bool stands_offline(Run& run) {
  // The cryptogram goes over the results as they were sent.
  const auto sent = to_bytes(run.data.get(tags::kTvr));
  check_restrictions(run);
  const bool is_expired = run.data.has_bit(tags::kTvr, tvr::kExpired);
  run.data.set(tags::kTvr, sent);
  constexpr Fallback kExpired{.online = kOnlineIfExpired, .other_interface = std::nullopt};
  if (is_expired) {
    fall_back(run, kExpired, "expired");
    return false;
  }
  if (run.configuration.exception_file.contains(run.data.pan())) {
    decline(run, "the account is on the exception file");
    return false;
  }
  constexpr Fallback kFailed{.online = kOnlineIfAuthenticationFails, .other_interface = kSwitchIfAuthenticationFails};
  if (authenticates(run)) return true;
  fall_back(run, kFailed, "offline data authentication failed");
  return false;
}

Status decide(Run& run, Cryptogram given) {
  run.note(fmt::format("{} {}, ATC {}", to_string(given), to_hex(run.data.get(tags::kCryptogram)),
                       binary_of(run.data.get(tags::kAtc))));
  if (given == Cryptogram::kAac) {
    decline(run, "the card declined");
    return {};
  }
  if (given == Cryptogram::kTc) {
    const bool stands = stands_offline(run);
    if (run.has_ended()) return {};
    if (stands) {
      run.data.set(tags::kResponseCode, as_bytes("Y1"));
      run.end(Decision::kApproved, "approved offline");
      confirm(run);
      return {};
    }
  } else if (run.data.has_bit(kQualifiers, kReaderAuthenticatesOnline) && run.data.has(tags::kSignature) &&
             !authenticates(run)) {
    decline(run, "offline data authentication failed");
    return {};
  }
  decide_online(run);
  return {};
}

}  // namespace

Status run_kernel_3(Run& run, const KernelInput& input) {
  COSE_TRY(const auto status, get_processing_options(run));
  if (run.has_ended()) return {};
  // C-3 §5.2: 6986 asks for another try with the device's own verification, 6984 and 6985 for something else.
  if (status != StatusWord::kOk) return {};
  run.end_step();
  run.begin_step("read application data");
  COSE_CHECK(read_records(run));
  if (run.has_ended()) return {};
  run.end_step();
  run.begin_step("processing");
  const auto given = cryptogram_of(run);
  if (!given || run.data.get(tags::kCryptogram).size() != 8 || run.data.get(tags::kAtc).size() != 2 ||
      (run.data.get(tags::kTrack2).empty() && run.data.get(tags::kPan).empty())) {
    run.end(Decision::kTerminated, "the card gave no cryptogram, counter or account");
    return {};
  }
  if (*given != Cryptogram::kAac) {
    COSE_TRY(const auto verified, verify(run, input.indicators));
    if (!verified) return {};
  }
  return decide(run, *given);
}

}  // namespace cose::terminal::detail
