// SPDX-License-Identifier: Apache-2.0
#include "gphost/session.h"

#include <array>
#include <utility>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gphost/commands.h"
#include "gphost/names.h"

namespace cose::gphost {

namespace {

using iso7816::CommandApdu;
using iso7816::ResponseApdu;
using iso7816::StatusWord;

constexpr std::size_t kShortData = 255;

// GlobalPlatform's own, its short form, and that of VISA's card managers.
const std::array<Bytes, 3>& issuer_domains() {
  static const std::array<Bytes, 3> kAids = {Bytes{0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00, 0x00},
                                             Bytes{0xA0, 0x00, 0x00, 0x01, 0x51, 0x00, 0x00},
                                             Bytes{0xA0, 0x00, 0x00, 0x00, 0x03, 0x00, 0x00, 0x00}};
  return kAids;
}

}  // namespace

Bytes default_key() {
  Bytes key(16);
  for (std::size_t at = 0; at < key.size(); ++at) key[at] = static_cast<std::uint8_t>(0x40 + at);
  return key;
}

unsigned MemoryLedger::failures(const std::string& card) {
  return failures_[card];
}

void MemoryLedger::failed(const std::string& card) {
  ++failures_[card];
}

void MemoryLedger::succeeded(const std::string& card) {
  failures_.erase(card);
}

KeyMaterial KeyMaterial::one(ByteView key, scp::Diversification diversification) {
  return {Secret(key), Secret(key), Secret(key), std::move(diversification)};
}

KeyMaterial KeyMaterial::clone() const {
  return {encryption.clone(), mac.clone(), data_encryption.clone(), diversification};
}

Result<scp::KeySet> KeyMaterial::keys(std::uint8_t version, scp::Protocol protocol,
                                      ByteView diversification_data) const {
  const auto algorithm = protocol.number == 0x03 ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes;
  COSE_TRY(const auto masters,
           scp::KeySet::from_three(version, algorithm, encryption.view(), mac.view(), data_encryption.view()));
  return diversification.derive(masters, diversification_data);
}

Error refusal(const CommandApdu& command, StatusWord status, std::string_view what) {
  const auto why = explanation(command.ins, status);
  return {ErrorKind::kRefused,
          fmt::format("{}: the card answers {} ({})", what.empty() ? command_name(command.ins) : what,
                      iso7816::to_string(status), why.empty() ? iso7816::meaning(status) : std::string(why))};
}

Session::Session(iso7816::Card& card, Rng& rng, AttemptLedger& ledger) : card_(card), rng_(rng), ledger_(ledger) {}

std::optional<scp::Protocol> Session::protocol() const {
  if (!channel_) return std::nullopt;
  return channel_->protocol();
}

std::size_t Session::room() const {
  return channel_ ? channel_->room() : kShortData;
}

Result<ResponseApdu> Session::transmit(const CommandApdu& command) {
  COSE_TRY(const auto octets, command.encode());
  COSE_TRY(const auto answer, iso7816::transceive(card_, octets));
  COSE_TRY(auto response, ResponseApdu::parse(answer));
  last_status_ = response.status;
  return response;
}

void Session::trace(const CommandApdu& plain, const CommandApdu& sent, const ResponseApdu& received,
                    const ResponseApdu& unwrapped) const {
  if (!trace_) return;
  const auto octets = sent.encode();
  trace_({plain, octets ? ByteView(*octets) : ByteView(), received.encode(), unwrapped.encode()});
}

Result<ResponseApdu> Session::send_plain(const CommandApdu& command) {
  COSE_TRY(auto response, transmit(command));
  trace(command, command, response, response);
  return response;
}

Result<ResponseApdu> Session::send(const CommandApdu& command) {
  if (!channel_) return send_plain(command);
  COSE_TRY(const auto secured, channel_->wrap(command.view()));
  COSE_TRY(const auto received, transmit(secured));
  auto data = channel_->unwrap(received.data, received.status);
  const ResponseApdu response{data ? *std::move(data) : received.data, received.status};
  trace(command, secured, received, response);
  if (data) return response;
  channel_.reset();
  return std::unexpected(data.error().within(command_name(command.ins)));
}

Result<Bytes> Session::exchange(const CommandApdu& command, std::string_view what) {
  COSE_TRY(auto response, send(command));
  if (!response.status.is_success() && !response.status.is_warning())
    return std::unexpected(refusal(command, response.status, what));
  return std::move(response.data);
}

Result<SelectedDomain> Session::select(ByteView aid) {
  channel_.reset();
  const CommandApdu command{0x00, 0xA4, 0x04, 0x00, to_bytes(aid), iso7816::kMaximumShortLe};
  COSE_TRY(const auto response, send_plain(command));
  const auto what = aid.empty() ? "SELECT of the default application" : "SELECT of " + to_hex(aid);
  // 6283: a locked card's issuer domain is selected all the same, GPC 2.3.1 §11.9.3.2.
  if (!response.status.is_success() && !response.status.is_warning())
    return std::unexpected(refusal(command, response.status, what));
  auto domain = SelectedDomain::parse(response.data);
  // What an applet answers may be of any form.
  if (!domain) domain = SelectedDomain{};
  if (domain->aid.empty()) domain->aid = to_bytes(aid);
  selected_aid_ = domain->aid;
  return domain;
}

Result<SelectedDomain> Session::select_issuer_domain() {
  for (const auto& aid : issuer_domains()) {
    auto domain = select(aid);
    if (domain || domain.error().kind != ErrorKind::kRefused) return domain;
  }
  return select({});
}

std::optional<CardRecognition> Session::recognition() {
  const auto response = send_plain(get_data(0x0066));
  if (!response || !response->status.is_success()) return std::nullopt;
  auto parsed = CardRecognition::parse(response->data);
  if (!parsed) return std::nullopt;
  return *std::move(parsed);
}

Result<Bytes> Session::wrap_sensitive(ByteView plain) {
  if (!channel_) return fail(ErrorKind::kRefused, "keys and sensitive data need a secure channel");
  const auto block = channel_->sensitive_block();
  Bytes filled((plain.size() + block - 1) / block * block);
  COSE_CHECK(rng_.fill(filled));
  std::ranges::copy(plain, filled.begin());
  auto wrapped = channel_->encrypt_sensitive(filled);
  wipe(filled);
  return wrapped;
}

}  // namespace cose::gphost
