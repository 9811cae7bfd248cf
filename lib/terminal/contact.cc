// SPDX-License-Identifier: Apache-2.0
#include "terminal/contact.h"

#include "terminal/detail/issuer_dialogue.h"
#include "terminal/detail/steps.h"

namespace cose::terminal {

namespace {

using detail::Cryptogram;
using detail::Round;
using detail::Run;
using detail::Tag;
namespace tags = detail::tags;

enum class State {
  kSelect,
  kRead,
  kAuthenticate,
  kRestrict,
  kVerify,
  kManageRisk,
  kFirstCryptogram,
  kOnline,
  kAuthenticateIssuer,
  kScriptsBefore,
  kSecondCryptogram,
  kScriptsAfter,
  kEnd,
};

class ContactTransaction {
 public:
  ContactTransaction(iso7816::Card& card, const Configuration& configuration, const Payment& payment,
                     const Parties& parties)
      : run_(card, configuration, payment, parties) {}

  Outcome run();

 private:
  using Step = Result<State> (ContactTransaction::*)();
  struct Row {
    State state;
    std::string_view name;
    Step step;
  };
  static const Row kTable[];

  Result<State> select();
  Result<State> read();
  Result<State> authenticate();
  Result<State> restrict();
  Result<State> verify();
  Result<State> manage_risk();
  Result<State> first_cryptogram();
  Result<State> go_online();
  Result<State> authenticate_issuer();
  Result<State> scripts_before();
  Result<State> second_cryptogram();
  Result<State> scripts_after();

  [[nodiscard]] State after(State next) const { return run_.has_ended() ? State::kEnd : next; }
  Result<State> step(State state);
  void conclude();

  Run run_;
  emv::AuthorisationResponse response_;
  bool reached_issuer_ = false;
  Cryptogram first_ = Cryptogram::kAac;
};

// EMV 4.4 Book 3 figure 7.
const ContactTransaction::Row ContactTransaction::kTable[] = {
    {State::kSelect, "application selection", &ContactTransaction::select},
    {State::kRead, "read application data", &ContactTransaction::read},
    {State::kAuthenticate, "offline data authentication", &ContactTransaction::authenticate},
    {State::kRestrict, "processing restrictions", &ContactTransaction::restrict},
    {State::kVerify, "cardholder verification", &ContactTransaction::verify},
    {State::kManageRisk, "terminal risk management", &ContactTransaction::manage_risk},
    {State::kFirstCryptogram, "action analysis, first GENERATE AC", &ContactTransaction::first_cryptogram},
    {State::kOnline, "online processing", &ContactTransaction::go_online},
    {State::kAuthenticateIssuer, "issuer authentication", &ContactTransaction::authenticate_issuer},
    {State::kScriptsBefore, "issuer scripts before", &ContactTransaction::scripts_before},
    {State::kSecondCryptogram, "second GENERATE AC", &ContactTransaction::second_cryptogram},
    {State::kScriptsAfter, "issuer scripts after", &ContactTransaction::scripts_after},
};

Result<State> ContactTransaction::step(State state) {
  for (const auto& row : kTable) {
    if (row.state != state) continue;
    run_.begin_step(row.name);
    auto next = (this->*row.step)();
    run_.end_step();
    return next;
  }
  return State::kEnd;
}

Outcome ContactTransaction::run() {
  run_.outcome.kernel = "contact";
  auto state = State::kSelect;
  while (state != State::kEnd) {
    const auto next = step(state);
    if (!next) {
      run_.outcome.error = next.error();
      run_.end(Decision::kTerminated, next.error().message);
      break;
    }
    state = *next;
  }
  conclude();
  return std::move(run_.outcome);
}

void ContactTransaction::conclude() {
  auto& outcome = run_.outcome;
  outcome.online = reached_issuer_;
  outcome.response_code = std::string(as_text(run_.data.get(tags::kResponseCode)));
  outcome.parameters.receipt = outcome.decision == Decision::kApproved;
  outcome.objects = std::move(run_.data.objects);
}

Result<State> ContactTransaction::select() {
  COSE_CHECK(run_.data.begin(run_.configuration, run_.payment, run_.parties.clock, run_.parties.rng));
  COSE_CHECK(run_.power_up());
  COSE_CHECK(detail::select_application(run_));
  return after(State::kRead);
}

Result<State> ContactTransaction::read() {
  COSE_CHECK(detail::read_records(run_));
  if (run_.has_ended()) return State::kEnd;
  // EMV 4.4 Book 3 §7.2 table 30.
  for (const auto tag : {tags::kExpiry, tags::kPan, tags::kCdol1, tags::kCdol2})
    if (!run_.data.has(tag)) {
      run_.end(Decision::kTerminated, "the card has no " + tag.to_string() + ", which every application must have");
      return State::kEnd;
    }
  return State::kAuthenticate;
}

Result<State> ContactTransaction::authenticate() {
  COSE_CHECK(detail::authenticate(run_));
  return after(State::kRestrict);
}

Result<State> ContactTransaction::restrict() {
  detail::check_restrictions(run_);
  return State::kVerify;
}

Result<State> ContactTransaction::verify() {
  COSE_CHECK(detail::verify_cardholder(run_));
  return after(State::kManageRisk);
}

Result<State> ContactTransaction::manage_risk() {
  COSE_CHECK(detail::manage_risk(run_));
  return after(State::kFirstCryptogram);
}

Result<State> ContactTransaction::first_cryptogram() {
  const auto wanted = detail::analyse(run_);
  // EMV 4.4 Book 4 annex A6: what the terminal decides by itself.
  run_.data.set(tags::kResponseCode, as_bytes(wanted == Cryptogram::kAac ? "Z1" : "Y1"));
  COSE_TRY(first_, detail::generate_cryptogram(run_, Round::kFirst, wanted));
  if (run_.has_ended()) return State::kEnd;
  if (first_ == Cryptogram::kTc && run_.combined_failed) {
    // EMV 4.4 Book 2 §6.6.2: declined although the card gave a TC.
    run_.data.set(tags::kResponseCode, as_bytes("Z1"));
    run_.end(Decision::kDeclined, "CDA failed");
  } else if (first_ == Cryptogram::kTc) {
    run_.end(Decision::kApproved, "approved offline");
  } else if (first_ == Cryptogram::kAac) {
    run_.data.set(tags::kResponseCode, as_bytes("Z1"));
    run_.end(Decision::kDeclined, wanted == Cryptogram::kAac ? "the terminal declined" : "the card declined");
  } else {
    run_.data.objects.erase(tags::kResponseCode);
    // EMV 4.4 Book 2 §6.6.2: what is not signed goes to no issuer.
    return run_.combined_failed ? State::kSecondCryptogram : State::kOnline;
  }
  if (run_.outcome.decision == Decision::kApproved) detail::confirm(run_);
  return State::kEnd;
}

Result<State> ContactTransaction::go_online() {
  const auto response = detail::ask_issuer(run_);
  reached_issuer_ = response.has_value();
  if (!response) {
    run_.problem("unable to go online: " + response.error().message);
    return State::kSecondCryptogram;
  }
  response_ = *response;
  detail::take_response(run_, response_);
  return State::kAuthenticateIssuer;
}

Result<State> ContactTransaction::authenticate_issuer() {
  COSE_CHECK(detail::authenticate_issuer(run_, response_));
  return after(State::kScriptsBefore);
}

Result<State> ContactTransaction::scripts_before() {
  COSE_CHECK(detail::run_scripts(run_, response_.scripts, Tag(0x71)));
  return after(State::kSecondCryptogram);
}

Result<State> ContactTransaction::second_cryptogram() {
  auto wanted = emv::is_approval(response_.response_code) ? Cryptogram::kTc : Cryptogram::kAac;
  if (!reached_issuer_) {
    wanted = run_.combined_failed ? Cryptogram::kAac : detail::analyse_without_issuer(run_);
    const bool approves = wanted == Cryptogram::kTc;
    run_.data.set(tags::kResponseCode, as_bytes(run_.combined_failed ? "Z1" : approves ? "Y3" : "Z3"));
  }
  COSE_TRY(const auto given, detail::generate_cryptogram(run_, Round::kSecond, wanted));
  if (run_.has_ended()) return State::kEnd;
  const std::string who = reached_issuer_ ? "the issuer" : "the terminal, offline";
  if (wanted == Cryptogram::kAac) {
    run_.end(Decision::kDeclined, "declined by " + who + (response_.reason.empty() ? "" : ": " + response_.reason));
  } else if (given == Cryptogram::kAac) {
    run_.end(Decision::kDeclined, "the card declined");
  } else if (run_.combined_failed) {
    run_.end(Decision::kDeclined, "CDA failed");
  } else {
    run_.end(Decision::kApproved, "approved by " + who);
  }
  return State::kScriptsAfter;
}

Result<State> ContactTransaction::scripts_after() {
  COSE_CHECK(detail::run_scripts(run_, response_.scripts, Tag(0x72)));
  detail::confirm(run_);
  return State::kEnd;
}

}  // namespace

Outcome pay_by_contact(iso7816::Card& card, const Configuration& configuration, const Payment& payment,
                       const Parties& parties) {
  return ContactTransaction(card, configuration, payment, parties).run();
}

}  // namespace cose::terminal
