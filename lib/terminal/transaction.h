// SPDX-License-Identifier: Apache-2.0
// A payment at a terminal: what is asked for, who takes part, and what came of it.
//
// Values own what they hold; the parties outlive the transaction. Amounts are in the currency's smallest unit, times in
// nanoseconds of the clock given. PINs come as Secret and stand in no outcome. Thread rule: one thread.
// Source: EMV 4.4 Books 3 and 4; EMV Contactless Book A §6.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bytes/clock.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "emv/authorisation.h"
#include "emv/ca_keys.h"
#include "emv/data_authentication.h"
#include "iso7816/status_word.h"

namespace cose::terminal {

struct Payment {
  std::uint64_t amount = 0;
  std::uint64_t cashback = 0;
  std::uint8_t type = 0x00;    // 9C: 00 purchase, 01 cash, 09 purchase with cashback, 20 refund
  bool force_online = false;   // by the merchant
  std::uint32_t sequence = 1;  // 9F41
};

struct Candidate {
  Bytes aid;
  std::string label;
  std::uint8_t priority = 0;  // 87: 1 is the highest, 0 is none
  bool needs_confirmation = false;
};

enum class PinKind { kPlain, kEnciphered, kOnline };

struct PinRequest {
  PinKind kind = PinKind::kPlain;
  std::optional<unsigned> tries_left;
};

// The person with the card. The default takes what the card prefers, and knows no PIN.
class Cardholder {
 public:
  virtual ~Cardholder() = default;
  // Which of these; nothing: none.
  [[nodiscard]] virtual std::optional<std::size_t> choose(std::span<const Candidate> candidates) {
    return candidates.empty() ? std::nullopt : std::optional<std::size_t>(0);
  }
  // 4 to 12 digits; nothing: the cardholder gives none.
  [[nodiscard]] virtual Result<std::optional<Secret>> pin(const PinRequest&) { return std::optional<Secret>(); }
  [[nodiscard]] virtual bool has_pin_pad() const { return false; }
};

struct Parties {
  const Clock& clock;
  Rng& rng;
  Cardholder& cardholder;
  const emv::CaKeys* authorities = nullptr;  // null: no certificate can be checked
  emv::AuthorisationHost* host = nullptr;    // null: unable to go online
};

enum class Decision {
  kApproved,
  kDeclined,
  kTerminated,           // the card, or what is wrong with it, ended the transaction
  kTryAnotherInterface,  // contactless: insert the card
  kTryAgain,             // contactless: present it again
};
[[nodiscard]] std::string_view to_string(Decision decision);  // "approved"

enum class Verification { kNone, kNotRequired, kPin, kOnlinePin, kSignature, kPinAndSignature, kOnDevice, kFailed };
[[nodiscard]] std::string_view to_string(Verification verification);

struct Note {
  std::string text;
  bool is_problem = false;
};

// A command without its data: some are secret.
struct CommandTiming {
  std::array<std::uint8_t, 4> header{};
  std::size_t sent = 0;
  std::size_t received = 0;
  iso7816::StatusWord status = iso7816::StatusWord::kOk;
  Nanoseconds time{0};
};

struct StepReport {
  std::string name;
  Nanoseconds time{0};
  Nanoseconds card_time{0};  // waiting for answers
  std::vector<CommandTiming> commands;
  std::vector<Note> notes;
};

// EMV Contactless Book A §6.2: what the kernel tells the reader besides its decision.
struct OutcomeParameters {
  std::string start;    // "B": at entry point's start B; empty: not applicable
  std::string message;  // to the cardholder: "APPROVED", "PRESENT CARD AGAIN"
  bool data_record = false;
  bool receipt = false;
  bool alternate_interface = false;
  unsigned field_off_tenths = 0;  // of a second
};

struct Outcome {
  Decision decision = Decision::kTerminated;
  bool online = false;  // the issuer took part
  std::string reason;
  std::string application;  // label or name
  Bytes aid;
  std::string kernel;  // "contact", "C-2", ...
  Verification verification = Verification::kNone;
  std::string response_code;
  std::string authorisation_code;
  std::optional<emv::AuthenticationReport> authentication;
  emv::DataObjects objects;  // all that was said by card, terminal and issuer, at the end
  Bytes script_results;      // 5 octets a script (EMV 4.4 Book 4 annex A5)
  std::vector<StepReport> steps;
  OutcomeParameters parameters;
  std::optional<Error> error;  // the way to the card broke, or a port failed

  [[nodiscard]] Nanoseconds time() const;
  [[nodiscard]] Nanoseconds card_time() const;
};

}  // namespace cose::terminal
