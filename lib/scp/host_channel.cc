// SPDX-License-Identifier: Apache-2.0
#include "scp/host_channel.h"

#include <utility>

#include <fmt/format.h>

#include "bytes/reader.h"
#include "scp/card_channel.h"
#include "scp/detail/ciphers.h"
#include "scp/detail/messages.h"

namespace cose::scp {

using iso7816::CommandApdu;
using iso7816::CommandApduView;

namespace {

constexpr std::size_t kShortData = 255;
constexpr std::size_t kScp02Challenge = 6;

// SCP01 and SCP02: version, protocol. SCP03 §7.1.1.6 has `i` as well.
constexpr std::size_t kDesAnswer = 28;
constexpr std::size_t kShortestAesAnswer = 29;

}  // namespace

HostChannel::HostChannel(Protocol protocol, SecurityLevel level, std::unique_ptr<detail::Messages> messages)
    : protocol_(protocol), level_(level), messages_(std::move(messages)) {}
HostChannel::HostChannel(HostChannel&&) noexcept = default;
HostChannel& HostChannel::operator=(HostChannel&&) noexcept = default;
HostChannel::~HostChannel() = default;

std::size_t HostChannel::room() const {
  if (!level_.command_mac()) return kShortData;
  const auto room = kShortData - protocol_.code_size();
  if (!level_.command_encryption()) return room;
  // At least one octet of padding fills the last block; in SCP01 the length octet may fill it instead.
  return room / sensitive_block() * sensitive_block() - 1;
}

Result<CommandApdu> HostChannel::wrap(const CommandApduView& plain) {
  if (!messages_) return fail(ErrorKind::kClosed, "the secure channel was closed after a wrong answer of the card");
  return messages_->protect(plain, level_);
}

Result<Bytes> HostChannel::unwrap(ByteView data, iso7816::StatusWord status) {
  if (!messages_) return fail(ErrorKind::kClosed, "the secure channel was closed after a wrong answer of the card");
  auto plain = messages_->unprotect_response(data, status, level_);
  if (plain) return plain;
  messages_.reset();
  return fail(ErrorKind::kRefused, fmt::format("the card's answer (status word {}) does not carry the right {}",
                                               iso7816::to_string(status), to_string(level_)));
}

Result<Bytes> HostChannel::encrypt_sensitive(ByteView plain) {
  if (!messages_) return fail(ErrorKind::kClosed, "the secure channel was closed after a wrong answer of the card");
  return messages_->wrap_sensitive(plain);
}

Result<InitializeUpdateAnswer> InitializeUpdateAnswer::parse(ByteView data) {
  if (data.size() < kDesAnswer)
    return fail(ErrorKind::kInvalid,
                fmt::format("answer to INITIALIZE UPDATE: expected 28 to 48 octets, found {}", data.size()));
  Reader reader(data);
  InitializeUpdateAnswer answer;
  COSE_TRY(const auto diversification, reader.take(kKeyDiversificationSize));
  answer.key_diversification = to_bytes(diversification);
  COSE_TRY(answer.key_version, reader.u8());
  COSE_TRY(answer.protocol.number, reader.u8());
  answer.protocol.options = answer.protocol.number == 0x01 ? 0x15 : 0x00;
  if (answer.protocol.number == 0x03 && data.size() >= kShortestAesAnswer) {
    COSE_TRY(answer.protocol.options, reader.u8());
  } else if (answer.protocol.number == 0x02) {
    COSE_TRY(answer.sequence_counter, reader.u16());
  } else if (answer.protocol.number != 0x01) {
    return fail(ErrorKind::kUnsupported, fmt::format("answer to INITIALIZE UPDATE: no protocol SCP{:02X} of {} octets",
                                                     answer.protocol.number, data.size()));
  }
  const auto size = answer.protocol.code_size();
  COSE_TRY(const auto challenge, reader.take(answer.protocol.number == 0x02 ? kScp02Challenge : size));
  COSE_TRY(const auto cryptogram, reader.take(size));
  answer.card_challenge = to_bytes(challenge);
  answer.card_cryptogram = to_bytes(cryptogram);
  if (answer.protocol.number == 0x03 && !reader.at_end()) {
    COSE_TRY(answer.sequence_counter, reader.u24());
  }
  COSE_CHECK(reader.expect_end());
  return answer;
}

namespace {

Result<detail::Handshake> handshake_of(const HostRequest& request) {
  return detail::handshake({request.protocol, request.keys, request.host_challenge, request.answer.card_challenge,
                            request.answer.sequence_counter.value_or(0), request.domain_aid});
}

}  // namespace

Result<StartedHost> authenticate(const HostRequest& request) {
  COSE_CHECK(check(request.protocol));
  if (!is_offered(request.protocol, request.level))
    return fail(ErrorKind::kUnsupported,
                fmt::format("{} has no security level {:02X} ({})", to_string(request.protocol), request.level.bits,
                            to_string(request.level)));
  COSE_TRY(auto made, handshake_of(request));
  if (!constant_time_equal(made.card_cryptogram, request.answer.card_cryptogram))
    return fail(ErrorKind::kRefused, "the card's cryptogram is not the one that these keys give");
  const CommandApduView plain{0x80, 0x82, request.level.bits, 0x00, made.host_cryptogram};
  COSE_TRY(auto command, made.messages->protect(plain, {SecurityLevel::kCommandMac}));
  return StartedHost{std::move(command), HostChannel(request.protocol, request.level, std::move(made.messages))};
}

bool explains_cryptogram(const HostRequest& request) {
  const auto made = handshake_of(request);
  return made && constant_time_equal(made->card_cryptogram, request.answer.card_cryptogram);
}

Result<HostChannel> open_implicitly(Protocol protocol, const KeySet& keys, std::uint32_t counter, ByteView domain_aid) {
  COSE_CHECK(check(protocol));
  if (protocol.is_explicit()) return fail(ErrorKind::kUnsupported, to_string(protocol) + " has explicit initiation");
  COSE_TRY(auto made, detail::handshake({protocol, keys, {}, {}, counter, domain_aid}));
  return HostChannel(protocol, {SecurityLevel::kCommandMac}, std::move(made.messages));
}

}  // namespace cose::scp
