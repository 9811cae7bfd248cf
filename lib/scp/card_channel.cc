// SPDX-License-Identifier: Apache-2.0
#include "scp/card_channel.h"

#include <utility>

#include "bytes/writer.h"
#include "scp/detail/messages.h"

namespace cose::scp {

using iso7816::CommandApdu;
using iso7816::CommandApduView;
using iso7816::StatusWord;

namespace {

constexpr std::size_t kScp02Challenge = 6;
constexpr std::uint8_t kExternalAuthenticate = 0x82;

Result<Bytes> random_octets(std::size_t size, Rng& rng) {
  Bytes octets(size);
  COSE_CHECK(rng.fill(octets));
  return octets;
}

Result<Bytes> card_challenge(const InitializeUpdateRequest& request, Rng& rng) {
  const auto protocol = request.protocol;
  if (!protocol.has_pseudo_random_challenge())
    return random_octets(protocol.number == 0x02 ? kScp02Challenge : protocol.code_size(), rng);
  return protocol.number == 0x02
             ? detail::scp02_challenge(protocol, request.keys, request.sequence_counter, request.domain_aid)
             : detail::scp03_challenge(protocol, request.keys, request.sequence_counter, request.domain_aid);
}

Bytes response_of(const InitializeUpdateRequest& request, ByteView challenge, ByteView cryptogram) {
  const auto protocol = request.protocol;
  Writer response;
  response.octets(request.key_diversification).u8(request.keys.version).u8(protocol.number);
  if (protocol.number == 0x03) response.u8(protocol.options);
  if (protocol.number == 0x02) response.u16(static_cast<std::uint16_t>(request.sequence_counter));
  response.octets(challenge).octets(cryptogram);
  if (protocol.number == 0x03 && protocol.has_pseudo_random_challenge()) response.u24(request.sequence_counter);
  return response.take();
}

}  // namespace

CardChannel::CardChannel(Protocol protocol, std::uint8_t key_version, Bytes host_cryptogram,
                         std::unique_ptr<detail::Messages> messages)
    : protocol_(protocol),
      key_version_(key_version),
      state_(State::kStarted),
      host_cryptogram_(std::move(host_cryptogram)),
      messages_(std::move(messages)) {}

CardChannel::CardChannel(Protocol protocol, std::uint8_t key_version, SecurityLevel level,
                         std::unique_ptr<detail::Messages> messages)
    : protocol_(protocol),
      key_version_(key_version),
      state_(State::kOpen),
      level_(level),
      messages_(std::move(messages)) {}

CardChannel::CardChannel(CardChannel&&) noexcept = default;
CardChannel& CardChannel::operator=(CardChannel&&) noexcept = default;
CardChannel::~CardChannel() = default;

void CardChannel::close() {
  state_ = State::kClosed;
  level_ = {};
  messages_.reset();
}

std::unexpected<StatusWord> CardChannel::closed(StatusWord status) {
  close();
  return refuse(status);
}

Answer<void> CardChannel::external_authenticate(const CommandApduView& command) {
  if (state_ != State::kStarted || !messages_) return closed(StatusWord::kSecurityStatusNotSatisfied);
  const SecurityLevel level{command.p1};
  if (command.p2 != 0 || !is_offered(protocol_, level)) return closed(StatusWord::kIncorrectP1P2);
  if (command.ins != kExternalAuthenticate || !detail::is_secured_class(command.cla))
    return closed(StatusWord::kSecurityStatusNotSatisfied);
  // The MAC stands on every level, GPC 2.3.1 §E.5.2.4; the encryption on none.
  const auto plain = messages_->unprotect(command, {SecurityLevel::kCommandMac});
  if (!plain || !constant_time_equal(plain->data, host_cryptogram_)) return closed(StatusWord::kWarningChanged);
  level_ = level;
  state_ = State::kOpen;
  return {};
}

Answer<CommandApdu> CardChannel::unwrap(const CommandApduView& command) {
  if (!is_open() || detail::is_secured_class(command.cla) != level_.command_mac())
    return closed(StatusWord::kSecurityStatusNotSatisfied);
  auto plain = messages_->unprotect(command, level_);
  if (!plain) return closed(StatusWord::kSecurityStatusNotSatisfied);
  return *std::move(plain);
}

Answer<Bytes> CardChannel::wrap(ByteView data, StatusWord status) {
  if (!is_open()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  if (!status.is_success() && !status.is_warning()) return to_bytes(data);
  auto secured = messages_->protect_response(data, status, level_);
  if (!secured) return closed(StatusWord::kNoPreciseDiagnosis);
  return *std::move(secured);
}

Answer<Secret> CardChannel::decrypt_sensitive(ByteView wrapped) {
  if (!is_open()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  auto plain = messages_->unwrap_sensitive(wrapped);
  if (!plain) return refuse(StatusWord::kWrongData);
  return *std::move(plain);
}

Answer<Bytes> CardChannel::encrypt_sensitive(ByteView plain) {
  if (!is_open()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  auto wrapped = messages_->wrap_sensitive(plain);
  if (!wrapped) return refuse(StatusWord::kWrongData);
  return *std::move(wrapped);
}

Answer<void> CardChannel::set_response_mac(bool on) {
  if (!is_open()) return refuse(StatusWord::kSecurityStatusNotSatisfied);
  if (protocol_.number != 0x02 || !protocol_.offers_response_mac()) return refuse(StatusWord::kConditionsNotSatisfied);
  level_.bits = static_cast<std::uint8_t>(on ? level_.bits | SecurityLevel::kResponseMac
                                             : level_.bits & ~SecurityLevel::kResponseMac);
  return {};
}

Answer<StartedChannel> initialize_update(const InitializeUpdateRequest& request, Rng& rng) {
  const auto protocol = request.protocol;
  if (!check(protocol) || protocol.number == 0x11 || !protocol.is_explicit())
    return refuse(StatusWord::kConditionsNotSatisfied);
  if (request.host_challenge.size() != protocol.code_size()) return refuse(StatusWord::kWrongData);
  COSE_ASSERT(request.key_diversification.size() == kKeyDiversificationSize);
  const auto challenge = card_challenge(request, rng);
  if (!challenge) return refuse(StatusWord::kNoPreciseDiagnosis);
  auto made = detail::handshake(
      {protocol, request.keys, request.host_challenge, *challenge, request.sequence_counter, request.domain_aid});
  if (!made) return refuse(StatusWord::kNoPreciseDiagnosis);
  return StartedChannel{
      response_of(request, *challenge, made->card_cryptogram),
      CardChannel(protocol, request.keys.version, std::move(made->host_cryptogram), std::move(made->messages))};
}

Answer<CardChannel> open_implicitly(const InitializeUpdateRequest& request) {
  if (!check(request.protocol) || request.protocol.number != 0x02 || request.protocol.is_explicit())
    return refuse(StatusWord::kConditionsNotSatisfied);
  auto made = detail::handshake({request.protocol, request.keys, {}, {}, request.sequence_counter, request.domain_aid});
  if (!made) return refuse(StatusWord::kNoPreciseDiagnosis);
  return CardChannel(request.protocol, request.keys.version, SecurityLevel{SecurityLevel::kCommandMac},
                     std::move(made->messages));
}

}  // namespace cose::scp
