// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include <fmt/core.h>

#include "bytes/hex.h"
#include "terminal/contactless.h"
#include "terminal/detail/by_priority.h"
#include "terminal/detail/issuer_dialogue.h"
#include "terminal/detail/kernels.h"
#include "terminal/detail/steps.h"

namespace cose::terminal {

namespace {

using detail::Indicators;
using detail::Run;
using detail::Tag;
namespace tags = detail::tags;

constexpr std::string_view kDirectory = "2PAY.SYS.DDF01";
constexpr std::size_t kMaximumCombinations = 32;
constexpr Tag kKernelIdentifier(0x9F2A);
constexpr Tag kQualifiers(0x9F66);
// EMV Contactless Book A table 5-4: second octet of the TTQ.
constexpr detail::Bit kOnlineCryptogram{2, 0x80};
constexpr detail::Bit kVerificationRequired{2, 0x40};

// The kernels there are.
struct KernelRow {
  std::uint8_t number;
  Status (*run)(Run&, const detail::KernelInput&);
};
constexpr KernelRow kKernels[] = {{2, detail::run_kernel_2}, {3, detail::run_kernel_3}};

struct Combination {
  Candidate candidate;
  const Application* application;
  Indicators indicators;
  std::uint8_t kernel;
};

// EMV Contactless Book B §3.3.2.5 part C: the card's wish, or the default of its scheme.
std::uint8_t kernel_of(const tlv::Node& entry, const Application& application) {
  constexpr std::uint8_t kShortNumber = 0x3F;
  const auto* wish = detail::find(entry.children, kKernelIdentifier);
  if (wish == nullptr || wish->value.empty() || (wish->value[0] & kShortNumber) == 0) return application.kernel;
  return wish->value[0] & kShortNumber;
}

bool is_known(std::uint8_t kernel) {
  return std::ranges::any_of(kKernels, [&](const auto& row) { return row.number == kernel; });
}

void add_combination(Run& run, const tlv::Node& entry, std::vector<Combination>& combinations) {
  const auto* aid = detail::find(entry.children, tags::kAid);
  if (aid == nullptr || aid->value.size() < 5 || aid->value.size() > 16) return;
  const auto* application = detail::match(run.configuration, aid->value);
  if (application == nullptr || combinations.size() == kMaximumCombinations) return;
  Combination made{.candidate = {.aid = aid->value, .label = {}, .priority = 0, .needs_confirmation = false},
                   .application = application,
                   .indicators = detail::preprocess(*application, run.payment),
                   .kernel = kernel_of(entry, *application)};
  const auto* priority = detail::find(entry.children, Tag(0x87));
  if (priority != nullptr && priority->value.size() == 1) made.candidate.priority = priority->value[0] & 0x0F;
  run.note(fmt::format("{}: kernel {}, priority {}{}", to_hex(aid->value), made.kernel, made.candidate.priority,
                       made.indicators.not_allowed ? ", not for this amount" : ""));
  if (!made.indicators.not_allowed && is_known(made.kernel)) combinations.push_back(std::move(made));
}

Result<std::vector<Combination>> find_combinations(Run& run) {
  std::vector<Combination> combinations;
  COSE_TRY(const auto answer, run.select(as_bytes(kDirectory)));
  if (answer.status != iso7816::StatusWord::kOk) {
    run.problem("no contactless directory: " + detail::status_text(answer.status));
    return combinations;
  }
  const auto tree = tlv::parse_tree(answer.data);
  const auto* list = tree ? detail::find(*tree, Tag(0xBF0C)) : nullptr;
  if (list == nullptr) {
    run.problem("the contactless directory has no list (BF0C)");
    return combinations;
  }
  for (const auto& entry : list->children)
    if (entry.tag == Tag(0x61)) add_combination(run, entry, combinations);
  detail::sort_by_priority(combinations, [](const Combination& one) { return one.candidate.priority; });
  return combinations;
}

// The terminal's own of this combination, before the PDOL is filled.
void set_qualifiers(Run& run, const Combination& combination) {
  run.data.set(kQualifiers, run.configuration.transaction_qualifiers);
  const auto& indicators = combination.indicators;
  if (indicators.over_floor || indicators.zero_amount || indicators.status_check || run.payment.force_online)
    run.data.set_bit(kQualifiers, kOnlineCryptogram);
  if (indicators.verification_required) run.data.set_bit(kQualifiers, kVerificationRequired);
  run.data.set(Tag(0x9F1D), Bytes(8));
  run.data.set(Tag(0x9F5A), Bytes{0x00});
  run.data.set(Tag(0x9F7C), Bytes(20));
  run.data.set(Tag(0x9F53), Bytes{0x00});
}

// False: entry point goes on with the next (Book B §3.3.3).
Result<bool> select(Run& run, const Combination& combination) {
  COSE_TRY(const auto answer, run.select(combination.candidate.aid));
  if (answer.status != iso7816::StatusWord::kOk) {
    run.problem("SELECT " + to_hex(combination.candidate.aid) + ": " + detail::status_text(answer.status));
    return false;
  }
  run.aid = combination.candidate.aid;
  run.application = combination.application;
  set_qualifiers(run, combination);
  if (const auto taken = detail::take_file_control(run, answer.data); !taken) {
    run.problem(taken.error().message);
    return false;
  }
  return true;
}

Status activate(Run& run, const Combination& combination, TornLog& torn, const RelayTerms& relay) {
  run.outcome.kernel = "C-" + std::to_string(combination.kernel);
  const detail::KernelInput input{.indicators = combination.indicators, .torn = torn, .relay = relay};
  for (const auto& row : kKernels)
    if (row.number == combination.kernel) return row.run(run, input);
  return {};
}

Status pay(Run& run, TornLog& torn, const RelayTerms& relay) {
  COSE_CHECK(run.data.begin(run.configuration, run.payment, run.parties.clock, run.parties.rng));
  run.begin_step("entry point");
  const auto& applications = run.configuration.applications;
  if (std::ranges::all_of(applications,
                          [&](const auto& one) { return detail::preprocess(one, run.payment).not_allowed; })) {
    run.end(Decision::kTryAnotherInterface, "the amount is over every contactless limit");
    return {};
  }
  COSE_CHECK(run.power_up());
  COSE_TRY(const auto combinations, find_combinations(run));
  const auto before = run.data;
  for (const auto& combination : combinations) {
    COSE_TRY(const auto selected, select(run, combination));
    if (selected) {
      COSE_CHECK(activate(run, combination, torn, relay));
      if (run.has_ended()) return {};
    }
    run.data = before;
  }
  run.end(Decision::kTryAnotherInterface, "no application for the contactless kernels");
  return {};
}

// EMV Contactless Book A §6.2.
OutcomeParameters parameters_of(const Outcome& outcome) {
  OutcomeParameters parameters;
  switch (outcome.decision) {
    case Decision::kApproved: parameters.message = "APPROVED"; break;
    case Decision::kDeclined: parameters.message = "DECLINED"; break;
    case Decision::kTryAgain:
      parameters.message = "PRESENT CARD AGAIN";
      parameters.start = "B";
      break;
    case Decision::kTryAnotherInterface:
      parameters.message = "INSERT CARD";
      parameters.alternate_interface = true;
      break;
    case Decision::kTerminated: parameters.message = "CARD ERROR"; break;
  }
  constexpr unsigned kFieldOff = 13;
  if (outcome.decision == Decision::kTryAgain) parameters.field_off_tenths = kFieldOff;
  parameters.receipt = outcome.decision == Decision::kApproved;
  parameters.data_record = outcome.decision == Decision::kApproved || outcome.online;
  return parameters;
}

}  // namespace

namespace detail {

Indicators preprocess(const Application& application, const Payment& payment) {
  const auto amount = payment.amount + payment.cashback;
  const auto& limits = application.limits;
  Indicators made;
  // EMV Contactless Book B §3.1.1.
  made.status_check = limits.status_check && amount == 100;
  made.zero_amount = amount == 0;
  made.not_allowed = application.kernel == 0 || (amount == 0 && !limits.zero_amount_allowed) ||
                     (limits.transaction && amount >= *limits.transaction);
  made.over_floor = limits.floor && amount > *limits.floor;
  made.verification_required = limits.cardholder_verification && amount >= *limits.cardholder_verification;
  return made;
}

void decide_online(Run& run) {
  run.end_step();
  run.begin_step("online processing");
  const auto response = ask_issuer(run);
  if (!response) {
    run.problem("unable to go online: " + response.error().message);
    return decline(run, "unable to go online");
  }
  run.outcome.online = true;
  take_response(run, *response);
  const bool approves = emv::is_approval(response->response_code);
  run.end(approves ? Decision::kApproved : Decision::kDeclined,
          (approves ? "approved by the issuer" : "declined by the issuer: ") +
              (approves ? std::string() : response->reason));
}

void decline(Run& run, std::string reason) {
  run.data.set(tags::kResponseCode, as_bytes("Z1"));
  run.end(Decision::kDeclined, std::move(reason));
}

}  // namespace detail

Outcome pay_contactless(iso7816::Card& card, const Configuration& configuration, const Payment& payment,
                        const Parties& parties, TornLog& torn, const RelayTerms& relay) {
  Run run(card, configuration, payment, parties);
  run.outcome.kernel = "entry point";
  if (const auto done = pay(run, torn, relay); !done && !run.has_ended()) {
    run.outcome.error = done.error();
    run.end(Decision::kTerminated, done.error().message);
  }
  run.end_step();
  run.outcome.response_code = std::string(as_text(run.data.get(tags::kResponseCode)));
  run.outcome.parameters = parameters_of(run.outcome);
  run.outcome.objects = std::move(run.data.objects);
  return std::move(run.outcome);
}

bool is_contactless_atr(ByteView atr) {
  // 3B, 8n, 80 01, historical bytes.
  return atr.size() >= 5 && atr[0] == 0x3B && (atr[1] & 0xF0) == 0x80 && atr[2] == 0x80 && atr[3] == 0x01;
}

}  // namespace cose::terminal
