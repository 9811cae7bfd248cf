// SPDX-License-Identifier: Apache-2.0
// Kernel 2 in EMV mode. Source: EMV Contactless Book C-2 2.10.
#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/detail/issuer_dialogue.h"
#include "terminal/detail/kernels.h"
#include "terminal/detail/steps.h"

namespace cose::terminal::detail {

namespace {

using iso7816::StatusWord;

constexpr Tag kSequence(0x5F34);
constexpr Tag kRecoveryList(0x9F51);  // DRDOL
// C-2 annex A: CVM capabilities with and without an amount that needs verification (DF8118, DF8119).
constexpr std::uint8_t kOnlyWithoutVerification = 0x08;
constexpr std::uint8_t kContactlessMethods = 0x68;  // online PIN, signature, none
constexpr std::size_t kRelayData = 4 + 10;

struct Relay {
  Bytes data;  // terminal's entropy and the card's answer, as the card signs them; empty: not performed
};

void take_measure(Run& run, const RelayMeasure& measure) {
  run.tvr(tvr::kRelayPerformed);
  if (measure.threshold_exceeded) run.tvr(tvr::kRelayThreshold);
  if (measure.timing == RelayTiming::kTooSlow) run.tvr(tvr::kRelayTimeLimits);
}

// C-2 §3.10 and states 10 to 14.
Status exchange_relay_data(Run& run, const KernelInput& input, Relay& relay) {
  if (!run.card_offers(aip::kRelayResistance)) {
    run.tvr(tvr::kRelayNotPerformed);
    return {};
  }
  RelayMeasure measure;
  for (int exchange = 1; exchange <= kMaximumRelayExchanges; ++exchange) {
    Bytes entropy = to_bytes(run.data.get(tags::kNumber));
    if (exchange > 1) COSE_CHECK(run.parties.rng.fill(entropy));
    COSE_TRY(const auto answer, run.send({.cla = 0x80, .ins = 0xEA, .data = entropy, .le = kWholeAnswer}));
    const auto parsed = answer.status == StatusWord::kOk ? RelayAnswer::parse(answer.data)
                                                         : fail(ErrorKind::kInvalid, status_text(answer.status));
    if (!parsed) {
      run.end(Decision::kTerminated, "relay resistance: " + parsed.error().message);
      return {};
    }
    measure = measure_relay(input.relay, *parsed, run.outcome.steps.back().commands.back().time);
    relay.data = concat(entropy, parsed->entropy, binary(parsed->minimum, 2), binary(parsed->maximum, 2),
                        binary(parsed->estimated_transmission, 2));
    run.note(fmt::format("relay resistance: {:.1f} ms of {:.1f} to {:.1f}", measure.processing / 10.0,
                         parsed->minimum / 10.0, parsed->maximum / 10.0));
    if (measure.timing != RelayTiming::kTooSlow) break;
  }
  if (measure.timing == RelayTiming::kTooFast) {
    run.end(Decision::kTerminated, "relay resistance: the card is faster than it says it can be");
    return {};
  }
  if (measure.timing == RelayTiming::kTooSlow) run.problem("relay resistance: the card is slower than it says");
  take_measure(run, measure);
  return {};
}

// C-2 §7.5: on-device verification goes before the card's list.
Status verify(Run& run, const Indicators& indicators) {
  if (run.card_offers(aip::kOnDevice) && run.configuration.transaction_qualifiers[2] % 0x80 >= 0x40) {
    const bool needed = indicators.verification_required;
    run.data.set(tags::kCvmResults, Bytes{needed ? std::uint8_t{0x01} : std::uint8_t{0x3F}, 0x00, 0x02});
    run.outcome.verification = needed ? Verification::kOnDevice : Verification::kNotRequired;
    return {};
  }
  auto capabilities = to_bytes(run.data.get(tags::kCapabilities));
  capabilities[1] = indicators.verification_required ? kContactlessMethods : kOnlyWithoutVerification;
  run.data.set(tags::kCapabilities, capabilities);
  return verify_cardholder(run);
}

// C-2 state 4 and after: which data must be there.
bool check_data(Run& run) {
  for (const auto tag : {tags::kExpiry, tags::kPan, tags::kCdol1})
    if (!run.data.has(tag)) {
      run.end(Decision::kTerminated, "the card has no " + tag.to_string() + ", which every application must have");
      return false;
    }
  return true;
}

// C-2 state 9, step 15: what was signed behind the hash is what was exchanged.
void check_relay_data(Run& run, const Relay& relay) {
  if (relay.data.empty() || run.combined_failed || !run.outcome.authentication) return;
  const auto& further = run.outcome.authentication->further;
  if (further.size() >= kRelayData && equal(ByteView(further).first(kRelayData), relay.data)) return;
  run.combined_failed = true;
  run.tvr(tvr::kCdaFailed);
  run.problem("the card signed other relay resistance data than it exchanged");
}

void conclude(Run& run, Cryptogram given, const Relay& relay) {
  if (run.has_ended()) return;
  if (given == Cryptogram::kAac) return decline(run, "the card declined");
  if (run.data.has(tags::kSignature)) check_relay_data(run, relay);
  if (run.combined_failed) return decline(run, "CDA failed");
  if (given == Cryptogram::kArqc) return decide_online(run);
  run.data.set(tags::kResponseCode, as_bytes("Y1"));
  run.end(Decision::kApproved, "approved offline");
  confirm(run);
}

void remember(Run& run, TornLog& torn, Cryptogram wanted, const Relay& relay) {
  torn.add({.objects = run.data.objects,
            .pdol_data = run.pdol_data,
            .cdol1_data = run.cdol1_data,
            .relay_data = relay.data,
            .wanted = static_cast<std::uint8_t>(wanted),
            .wall = run.parties.clock.wall()});
}

// C-2 §3.7: RECOVER AC; true: the card gave the cryptogram of the torn transaction.
Result<bool> recover(Run& run, const KernelInput& input) {
  if (!run.data.has(kRecoveryList)) return false;
  auto record = input.torn.take(run.data.get(tags::kPan), run.data.get(kSequence), run.parties.clock.wall());
  if (!record) return false;
  // The list asks for the torn transaction's values.
  DataStore before;
  before.objects = record->objects;
  const auto data = fill_list(before, run.data.get(kRecoveryList));
  if (!data) return false;
  COSE_TRY(const auto answer, run.send({.cla = 0x80, .ins = 0xD0, .data = *data, .le = kWholeAnswer}));
  if (answer.status != StatusWord::kOk) {
    run.note("RECOVER AC: " + status_text(answer.status));
    return false;
  }
  run.note("recovered a torn transaction");
  run.data.objects = std::move(record->objects);
  run.pdol_data = std::move(record->pdol_data);
  run.cdol1_data = std::move(record->cdol1_data);
  const auto wanted = static_cast<Cryptogram>(record->wanted);
  const Relay relay{.data = std::move(record->relay_data)};
  conclude(run, accept_cryptogram(run, Round::kFirst, wanted, answer.data), relay);
  return true;
}

Status generate(Run& run, const KernelInput& input, const Relay& relay) {
  COSE_TRY(const auto recovered, recover(run, input));
  if (recovered || run.has_ended()) return {};
  const auto wanted = analyse(run);
  const auto given = generate_cryptogram(run, Round::kFirst, wanted);
  if (!given) {
    // The card left the field between command and answer: its counter has moved, and the cryptogram can be had again.
    if (!run.data.has(kRecoveryList)) return std::unexpected(given.error());
    remember(run, input.torn, wanted, relay);
    run.problem("GENERATE AC: " + given.error().message);
    run.end(Decision::kTryAgain, "the transaction was torn; present the card again");
    return {};
  }
  conclude(run, *given, relay);
  return {};
}

// Floor limit and merchant alone: the rest of risk management is not for a tap.
void manage_contactless_risk(Run& run, const Indicators& indicators) {
  if (indicators.over_floor) run.tvr(tvr::kOverFloorLimit);
  if (run.payment.force_online) run.tvr(tvr::kMerchantForced);
  if (run.configuration.exception_file.contains(run.data.pan())) run.tvr(tvr::kOnExceptionFile);
}

}  // namespace

Status run_kernel_2(Run& run, const KernelInput& input) {
  COSE_TRY(const auto status, get_processing_options(run));
  if (run.has_ended()) return {};
  if (status != StatusWord::kOk) {
    run.end(Decision::kTerminated, "GET PROCESSING OPTIONS: " + status_text(status));
    return {};
  }
  if (!run.card_offers(aip::kEmvMode)) return run_mag_stripe(run, input);
  Relay relay;
  COSE_CHECK(exchange_relay_data(run, input, relay));
  if (run.has_ended()) return {};
  run.end_step();
  run.begin_step("read application data");
  COSE_CHECK(read_records(run));
  if (run.has_ended() || !check_data(run)) return {};
  run.end_step();
  run.begin_step("processing");
  COSE_CHECK(authenticate(run));
  check_restrictions(run);
  COSE_CHECK(verify(run, input.indicators));
  manage_contactless_risk(run, input.indicators);
  run.end_step();
  run.begin_step("action analysis, GENERATE AC");
  return generate(run, input, relay);
}

}  // namespace cose::terminal::detail
