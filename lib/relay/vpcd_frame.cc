// SPDX-License-Identifier: Apache-2.0
#include "relay/vpcd_frame.h"

#include <fmt/core.h>

namespace cose::relay {

namespace {

constexpr std::size_t kLengthSize = 2;

Result<VpcdMessage> control(std::uint8_t octet) {
  using Kind = VpcdMessage::Kind;
  switch (octet) {
    case 0x00: return VpcdMessage{Kind::kPowerOff};
    case 0x01: return VpcdMessage{Kind::kPowerOn};
    case 0x02: return VpcdMessage{Kind::kReset};
    case 0x04: return VpcdMessage{Kind::kAskAtr};
    default: break;
  }
  return fail(ErrorKind::kInvalid,
              fmt::format("virtual reader: expected a control octet 00, 01, 02 or 04, found {:02X}", octet));
}

}  // namespace

void VpcdDecoder::feed(ByteView octets) {
  buffer_.erase(buffer_.begin(), buffer_.begin() + static_cast<std::ptrdiff_t>(taken_));
  taken_ = 0;
  append(buffer_, octets);
}

Result<std::optional<VpcdMessage>> VpcdDecoder::next() {
  const auto rest = ByteView(buffer_).subspan(taken_);
  if (rest.size() < kLengthSize) return std::nullopt;
  const auto length = static_cast<std::size_t>(rest[0] << 8 | rest[1]);
  if (rest.size() - kLengthSize < length) return std::nullopt;
  taken_ += kLengthSize + length;
  if (length == 0) return fail(ErrorKind::kInvalid, "virtual reader: expected a message, found an empty one");
  const auto payload = rest.subspan(kLengthSize, length);
  if (length > 1) return VpcdMessage{VpcdMessage::Kind::kCommand, payload};
  COSE_TRY(const auto message, control(payload[0]));
  return message;
}

Status encode_vpcd(ByteView payload, Bytes& frame) {
  if (payload.size() > kMaximumVpcdPayload)
    return fail(ErrorKind::kLimit, fmt::format("virtual reader: expected at most {} octets, found {}",
                                               kMaximumVpcdPayload, payload.size()));
  frame.clear();
  frame.push_back(static_cast<std::uint8_t>(payload.size() >> 8));
  frame.push_back(static_cast<std::uint8_t>(payload.size()));
  append(frame, payload);
  return {};
}

}  // namespace cose::relay
