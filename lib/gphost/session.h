// SPDX-License-Identifier: Apache-2.0
// A conversation with a security domain: selecting it, opening a secure channel, sending commands through that.
//
// A Session borrows the card (powered by its owner), the randomness and the ledger, which outlive it; it belongs to
// one thread. It fetches whole answers (61xx, 6Cxx) itself. A status word is data in send(); exchange() makes an Error
// (kRefused) of one that is no success, with what the command was and what the word means there. last_status() has it
// in both cases.
//
// Every authentication that fails is written into the ledger under the card's own identity, and no other is begun when
// kMaximumFailures stand there: cards lock after a few (GPC 2.3.1 §10.2.3 leaves the number to the issuer).
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <utility>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "gphost/card_data.h"
#include "gphost/scp11_login.h"
#include "iso7816/command_apdu.h"
#include "iso7816/completing_card.h"
#include "iso7816/response_apdu.h"
#include "scp/diversification.h"
#include "scp/host_channel.h"
#include "scp/protocol.h"

namespace cose::gphost {

inline constexpr unsigned kMaximumFailures = 3;

// 40 41 ... 4F: what cards are delivered with for development.
[[nodiscard]] Bytes default_key();

// How often an authentication with a card has failed since one went well.
class AttemptLedger {
 public:
  virtual ~AttemptLedger() = default;
  [[nodiscard]] virtual unsigned failures(const std::string& card) = 0;
  virtual void failed(const std::string& card) = 0;
  virtual void succeeded(const std::string& card) = 0;
};

class MemoryLedger final : public AttemptLedger {
 public:
  [[nodiscard]] unsigned failures(const std::string& card) override;
  void failed(const std::string& card) override;
  void succeeded(const std::string& card) override;

 private:
  std::map<std::string, unsigned> failures_;
};

// Master or card keys; which algorithm they are for shows when the protocol is known.
struct KeyMaterial {
  Secret encryption;
  Secret mac;
  Secret data_encryption;
  scp::Diversification diversification;

  [[nodiscard]] static KeyMaterial one(ByteView key, scp::Diversification diversification = {});
  [[nodiscard]] KeyMaterial clone() const;
  // diversification_data: from the answer to INITIALIZE UPDATE.
  [[nodiscard]] Result<scp::KeySet> keys(std::uint8_t version, scp::Protocol protocol,
                                         ByteView diversification_data) const;
};

struct Login {
  KeyMaterial keys;
  std::uint8_t key_version = 0;  // 0: the card's choice
  std::uint8_t key_identifier = 0;
  std::optional<std::uint8_t> protocol = std::nullopt;  // 01, 02, 03; else what the card does
  std::optional<std::uint8_t> options = std::nullopt;   // `i`; else from the card's answer or its recognition data
  scp::SecurityLevel level{scp::SecurityLevel::kCommandMac};
  bool ignores_failures = false;  // go on although the ledger says stop
};

// One exchange as it is seen above and below the secure channel; for traces. Nothing is hidden.
struct TracedExchange {
  const iso7816::CommandApdu& plain;
  ByteView sent;
  ByteView received;
  ByteView unwrapped;  // the same as received outside a channel, or when it was refused
};
using Trace = std::function<void(const TracedExchange&)>;

class Session {
 public:
  Session(iso7816::Card& card, Rng& rng, AttemptLedger& ledger);

  void set_trace(Trace trace) { trace_ = std::move(trace); }

  // SELECT by AID; an empty one selects the card's default. Ends a secure channel. Error: kRefused, kInvalid.
  [[nodiscard]] Result<SelectedDomain> select(ByteView aid);
  // The AIDs that issuers' domains have, in turn; then the default.
  [[nodiscard]] Result<SelectedDomain> select_issuer_domain();

  // INITIALIZE UPDATE and EXTERNAL AUTHENTICATE. Errors say why: another protocol, no such version, keys that fit
  // with another diversification (kRefused); too many failures (kRefused); a level that is not offered (kUnsupported).
  [[nodiscard]] Status authenticate(const Login& login);
  // The same for a card of which one does not know which of several keys it has: the first that give its cryptogram are
  // used, in one authentication. The index of those. login.keys are not looked at.
  [[nodiscard]] Result<std::size_t> authenticate_with_any(const Login& login, std::span<const KeyMaterial> keys);
  // SCP11 (scp11_login.h). What the card refuses is written into no ledger: no secret is guessed.
  [[nodiscard]] Status authenticate(const Scp11Login& login);
  [[nodiscard]] bool is_open() const { return channel_.has_value(); }
  [[nodiscard]] std::optional<scp::Protocol> protocol() const;
  void close() { channel_.reset(); }

  // Octets of plain data that fit one short command now.
  [[nodiscard]] std::size_t room() const;

  // Through the secure channel when one is open; and past it.
  [[nodiscard]] Result<iso7816::ResponseApdu> send(const iso7816::CommandApdu& command);
  [[nodiscard]] Result<iso7816::ResponseApdu> send_plain(const iso7816::CommandApdu& command);
  // The data of a success (9000 or a warning). what: "LOAD of package D0...", for the error.
  [[nodiscard]] Result<Bytes> exchange(const iso7816::CommandApdu& command, std::string_view what = {});

  [[nodiscard]] iso7816::StatusWord last_status() const { return last_status_; }
  [[nodiscard]] const Bytes& selected_aid() const { return selected_aid_; }
  [[nodiscard]] const std::optional<scp::InitializeUpdateAnswer>& last_answer() const { return answer_; }

  // Under the DEK of the open channel, filled with random octets to whole blocks.
  [[nodiscard]] Result<Bytes> wrap_sensitive(ByteView plain);
  [[nodiscard]] Rng& rng() { return rng_; }

 private:
  [[nodiscard]] Status open_implicitly(const KeyMaterial& keys, scp::Protocol protocol, scp::SecurityLevel level);
  [[nodiscard]] Result<crypto::EcPublicKey> card_key_of(const Scp11Login& login);
  [[nodiscard]] Status send_certificates(const Scp11Login& login);
  [[nodiscard]] Result<scp::InitializeUpdateAnswer> initialize_update(const Login& login, Bytes& host_challenge);
  [[nodiscard]] Result<scp::Protocol> protocol_for(const Login& login, const scp::InitializeUpdateAnswer& answer);
  [[nodiscard]] Error explain_missing_key(const Login& login);
  [[nodiscard]] std::string explain_cryptogram(const Login& login, const KeyMaterial& keys, scp::Protocol protocol,
                                               ByteView host_challenge);
  [[nodiscard]] std::optional<CardRecognition> recognition();
  [[nodiscard]] Result<iso7816::ResponseApdu> transmit(const iso7816::CommandApdu& command);
  void trace(const iso7816::CommandApdu& plain, const iso7816::CommandApdu& sent, const iso7816::ResponseApdu& received,
             const iso7816::ResponseApdu& unwrapped) const;
  [[nodiscard]] Status check_ledger(const Login& login, const std::string& identity);

  iso7816::CompletingCard card_;
  Rng& rng_;
  AttemptLedger& ledger_;
  Trace trace_;
  std::optional<scp::HostChannel> channel_;
  std::optional<scp::InitializeUpdateAnswer> answer_;
  Bytes selected_aid_;
  iso7816::StatusWord last_status_ = iso7816::StatusWord::kOk;
};

// The Error that exchange() makes.
[[nodiscard]] Error refusal(const iso7816::CommandApdu& command, iso7816::StatusWord status, std::string_view what);

}  // namespace cose::gphost
