// SPDX-License-Identifier: Apache-2.0
// Opening the secure channel, and finding out why that did not work.
#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gphost/commands.h"
#include "gphost/names.h"
#include "gphost/session.h"
#include "tlv/tlv_reader.h"

namespace cose::gphost {

namespace {

using iso7816::CommandApdu;
using iso7816::StatusWord;

constexpr std::uint8_t kInitializeUpdate = 0x50;
constexpr std::uint8_t kUsualScp02 = 0x15;
constexpr std::size_t kShortChallenge = 8;
constexpr std::size_t kLongChallenge = 16;

}  // namespace

Error Session::explain_missing_key(const Login& login) {
  auto text = fmt::format("INITIALIZE UPDATE: the card has no key of version {:02X}", login.key_version);
  if (login.key_identifier != 0) text += fmt::format(" and identifier {:02X}", login.key_identifier);
  const auto response = send_plain(get_data(0x00E0));
  if (response && response->status.is_success())
    if (const auto keys = KeyInformation::parse(response->data))
      for (const auto& line : describe(*keys)) text += "; it has " + line;
  return {ErrorKind::kRefused, std::move(text)};
}

Result<scp::InitializeUpdateAnswer> Session::initialize_update(const Login& login, Bytes& host_challenge) {
  // SCP03 with long codes shows in the recognition data only, and wants a challenge of 16 octets.
  const bool is_long = login.options && scp::Protocol{login.protocol.value_or(0x03), *login.options}.has_long_codes();
  host_challenge.resize(is_long ? kLongChallenge : kShortChallenge);
  CommandApdu command{0x80, kInitializeUpdate, login.key_version, login.key_identifier, {}, iso7816::kMaximumShortLe};
  for (int attempt = 0;; ++attempt) {
    COSE_CHECK(rng_.fill(host_challenge));
    command.data = host_challenge;
    COSE_TRY(const auto response, send_plain(command));
    if (response.status == StatusWord::kReferencedDataNotFound) return std::unexpected(explain_missing_key(login));
    const bool wrong_size = response.status == StatusWord::kWrongData || response.status == StatusWord(0x6700);
    if (wrong_size && attempt == 0) {
      host_challenge.resize(is_long ? kShortChallenge : kLongChallenge);
      continue;
    }
    if (!response.status.is_success()) return std::unexpected(refusal(command, response.status, {}));
    return scp::InitializeUpdateAnswer::parse(response.data);
  }
}

Result<scp::Protocol> Session::protocol_for(const Login& login, const scp::InitializeUpdateAnswer& answer) {
  auto protocol = answer.protocol;
  if (login.protocol && *login.protocol != protocol.number)
    return fail(ErrorKind::kRefused,
                fmt::format("the card opens SCP{:02X} with key version {:02X}, and SCP{:02X} was asked for: leave the "
                            "protocol open, or name a key version of the other one",
                            protocol.number, answer.key_version, *login.protocol));
  if (protocol.number == 0x03) {
    if (login.options && *login.options != protocol.options)
      return fail(ErrorKind::kRefused, fmt::format("the card opens {}, and i={:02X} was asked for",
                                                   scp::to_string(protocol), *login.options));
    return protocol;
  }
  if (login.options) {
    protocol.options = *login.options;
    return protocol;
  }
  if (protocol.number == 0x02) protocol.options = kUsualScp02;
  return protocol;
}

// What would have given the card's cryptogram: known masters under known schemes. The trials cost the card nothing.
std::string Session::explain_cryptogram(const Login& login, const KeyMaterial& keys, scp::Protocol protocol,
                                        ByteView host_challenge) {
  const auto fits = [&](const KeyMaterial& material, scp::Protocol tried) {
    const auto set = material.keys(answer_->key_version, tried, answer_->key_diversification);
    return set && scp::explains_cryptogram({tried, *set, host_challenge, *answer_, login.level, selected_aid_});
  };
  for (const auto name : scp::diversification_names()) {
    auto scheme = scp::Diversification::parse(name);
    if (!scheme) continue;
    auto others = keys.clone();
    others.diversification = *scheme;
    if (fits(others, protocol))
      return fmt::format("these keys fit the card with key derivation \"{}\", and \"{}\" was used", name,
                         keys.diversification.name());
    if (fits(KeyMaterial::one(default_key(), *std::move(scheme)), protocol))
      return fmt::format("the card still has the default keys 404142...4F (derivation \"{}\")", name);
  }
  if (protocol.number == 0x02) {
    const scp::Protocol one_key{0x02, static_cast<std::uint8_t>(protocol.options ^ 0x01)};
    if (fits(keys, one_key)) return fmt::format("these keys fit with {}", scp::to_string(one_key));
  }
  return fmt::format("wrong keys for key version {:02X}, or a derivation that is not known here (data {})",
                     answer_->key_version, to_hex(answer_->key_diversification));
}

Status Session::check_ledger(const Login& login, const std::string& identity) {
  const auto failures = ledger_.failures(identity);
  if (failures < kMaximumFailures || login.ignores_failures) return {};
  return fail(ErrorKind::kRefused,
              fmt::format("{} authentications with this card ({}) have failed in a row, and cards lock after a few: "
                          "nothing more is tried unless you insist",
                          failures, identity));
}

namespace {

// SCP02 with implicit initiation: asked for, or the only one that the card says it has.
std::optional<scp::Protocol> implicit_protocol(const Login& login, const std::vector<scp::Protocol>& known) {
  if (login.protocol.value_or(0x02) != 0x02) return std::nullopt;
  if (login.options) {
    const scp::Protocol asked{0x02, *login.options};
    return login.protocol && !asked.is_explicit() ? std::optional(asked) : std::nullopt;
  }
  const bool all = !known.empty() && std::ranges::none_of(known, [](const auto& each) { return each.is_explicit(); });
  return all ? std::optional(known.front()) : std::nullopt;
}

}  // namespace

// GPC 2.3.1 §E.1.2.2: the first command will show whether the keys are right.
Status Session::open_implicitly(const KeyMaterial& keys, scp::Protocol protocol, scp::SecurityLevel level) {
  if (level.bits != scp::SecurityLevel::kCommandMac)
    return fail(ErrorKind::kUnsupported, scp::to_string(protocol) + " begins with C-MAC and nothing else");
  COSE_TRY(const auto object, exchange(get_data(0x00C1), "GET DATA C1, the sequence counter"));
  COSE_TRY(const auto counter, tlv::require(object, tlv::Tag(0xC1)));
  if (counter.size() != 2) return fail(ErrorKind::kInvalid, "the sequence counter: expected two octets");
  COSE_TRY(const auto told, send_plain(get_data(0x00CF)));
  Bytes diversification;
  if (told.status.is_success())
    if (const auto data = tlv::find(told.data, tlv::Tag(0xCF)); data && *data) diversification = to_bytes(**data);
  COSE_TRY(const auto set, keys.keys(0, protocol, diversification));
  COSE_TRY(auto channel, scp::open_implicitly(protocol, set, static_cast<std::uint32_t>(counter[0] << 8 | counter[1]),
                                              selected_aid_));
  channel_ = std::move(channel);
  return {};
}

Status Session::authenticate(const Login& login) {
  COSE_TRY(const auto index, authenticate_with_any(login, {&login.keys, 1}));
  static_cast<void>(index);
  return {};
}

Result<std::size_t> Session::authenticate_with_any(const Login& login, std::span<const KeyMaterial> keys) {
  COSE_ASSERT(!keys.empty());
  channel_.reset();
  auto asked = Login{login.keys.clone(), login.key_version, login.key_identifier,  login.protocol,
                     login.options,      login.level,       login.ignores_failures};
  // Only the recognition data says which `i` of SCP01 and SCP02 a card has, or that it wants long challenges.
  std::vector<scp::Protocol> known;
  if (!login.options)
    if (const auto data = recognition()) known = data->protocols;
  if (const auto implicit = implicit_protocol(login, known)) {
    COSE_CHECK(open_implicitly(keys.front(), *implicit, login.level));
    return 0;
  }
  for (const auto& protocol : known)
    if (protocol.has_long_codes() && asked.protocol.value_or(protocol.number) == protocol.number)
      asked.options = protocol.options;
  Bytes host_challenge;
  COSE_TRY(answer_, initialize_update(asked, host_challenge));
  // It may list several protocols; the answer says which one it is.
  if (!login.options) {
    asked.options.reset();
    for (const auto& protocol : known)
      if (protocol.number == answer_->protocol.number && protocol.number != 0x03) asked.options = protocol.options;
  }
  COSE_TRY(const auto protocol, protocol_for(asked, *answer_));
  const auto identity = to_hex(answer_->key_diversification) + fmt::format("/{:02X}", answer_->key_version);
  COSE_CHECK(check_ledger(login, identity));

  std::size_t index = 0;
  Result<scp::StartedHost> started = fail(ErrorKind::kInternal, "no keys");
  for (; index < keys.size(); ++index) {
    COSE_TRY(const auto set, keys[index].keys(answer_->key_version, protocol, answer_->key_diversification));
    started = scp::authenticate({protocol, set, host_challenge, *answer_, login.level, selected_aid_});
    if (started || started.error().kind != ErrorKind::kRefused) break;
  }
  if (!started) {
    if (started.error().kind != ErrorKind::kRefused) return std::unexpected(started.error());
    // The card may count an authentication that was begun and not ended.
    ledger_.failed(identity);
    return fail(ErrorKind::kRefused,
                fmt::format("the card's cryptogram ({}) does not fit: {}", scp::to_string(protocol),
                            explain_cryptogram(login, keys.front(), protocol, host_challenge)));
  }
  COSE_TRY(const auto response, send_plain(started->external_authenticate));
  if (!response.status.is_success()) {
    ledger_.failed(identity);
    return std::unexpected(refusal(started->external_authenticate, response.status, {}));
  }
  ledger_.succeeded(identity);
  channel_ = std::move(started->channel);
  return index;
}

}  // namespace cose::gphost
