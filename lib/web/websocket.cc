// SPDX-License-Identifier: Apache-2.0
#include "web/websocket.h"

#include <algorithm>

#include "crypto/digest.h"
#include "web/limits.h"

namespace cose::web {

namespace {

// RFC 6455 §5.2.
constexpr unsigned kFinal = 0x80;
constexpr unsigned kReserved = 0x70;
constexpr unsigned kControl = 0x08;
constexpr unsigned kMasked = 0x80;
constexpr std::size_t kLongestControl = 125;
constexpr unsigned kTwoOctets = 126;
constexpr unsigned kEightOctets = 127;
constexpr std::size_t kMaskSize = 4;

enum Opcode : unsigned { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string to_base64(ByteView octets) {
  std::string text;
  for (std::size_t at = 0; at < octets.size(); at += 3) {
    const auto count = std::min<std::size_t>(3, octets.size() - at);
    std::uint32_t group = 0;
    for (std::size_t each = 0; each < 3; ++each) group = group << 8 | (each < count ? octets[at + each] : 0U);
    for (std::size_t digit = 0; digit < 4; ++digit)
      text += digit <= count ? kBase64[group >> (18 - 6 * digit) & 0x3F] : '=';
  }
  return text;
}

std::uint64_t number_at(std::string_view octets, std::size_t at, std::size_t size) {
  std::uint64_t number = 0;
  for (const char octet : octets.substr(at, size)) number = number << 8 | static_cast<std::uint8_t>(octet);
  return number;
}

bool is_opcode(unsigned opcode) {
  return opcode <= kBinary || (opcode >= kClose && opcode <= kPong);
}

SocketMessage::Kind kind_of(unsigned opcode) {
  switch (opcode) {
    case kText: return SocketMessage::Kind::kText;
    case kBinary: return SocketMessage::Kind::kBinary;
    case kPing: return SocketMessage::Kind::kPing;
    case kPong: return SocketMessage::Kind::kPong;
    default: return SocketMessage::Kind::kClose;
  }
}

unsigned opcode_of(SocketMessage::Kind kind) {
  switch (kind) {
    case SocketMessage::Kind::kText: return kText;
    case SocketMessage::Kind::kBinary: return kBinary;
    case SocketMessage::Kind::kPing: return kPing;
    case SocketMessage::Kind::kPong: return kPong;
    case SocketMessage::Kind::kClose: break;
  }
  return kClose;
}

// How many octets the character has that begins with this one; 0: none does.
std::size_t utf8_size(std::uint8_t first) {
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return 2;
  if (first >= 0xE0 && first <= 0xEF) return 3;
  return first >= 0xF0 && first <= 0xF4 ? 4 : 0;
}

}  // namespace

struct SocketReader::Header {
  bool is_final = false;
  unsigned opcode = 0;
  std::size_t size = 0;     // of the header with its mask
  std::size_t payload = 0;  // behind it
};

std::expected<std::optional<SocketReader::Header>, CloseCode> SocketReader::header() const {
  if (buffer_.size() < 2) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(buffer_[0]);
  const auto second = static_cast<std::uint8_t>(buffer_[1]);
  Header header{.is_final = (first & kFinal) != 0, .opcode = first & 0x0FU};
  // RFC 6455 §5.1: a client masks, always; no extension was agreed on that reserved bits could mean.
  if ((second & kMasked) == 0 || (first & kReserved) != 0 || !is_opcode(header.opcode))
    return std::unexpected(CloseCode::kProtocol);
  const unsigned length = second & 0x7FU;
  const bool control = (header.opcode & kControl) != 0;
  if (control && (!header.is_final || length > kLongestControl)) return std::unexpected(CloseCode::kProtocol);
  const std::size_t extended = length == kTwoOctets ? 2 : length == kEightOctets ? 8 : 0;
  header.size = 2 + extended + kMaskSize;
  if (buffer_.size() < header.size) return std::nullopt;
  const auto payload = extended == 0 ? length : number_at(buffer_, 2, extended);
  if (payload > kMaximumMessage - message_.size()) return std::unexpected(CloseCode::kTooBig);
  header.payload = static_cast<std::size_t>(payload);
  return header;
}

std::expected<std::optional<SocketMessage>, CloseCode> SocketReader::next() {
  for (;;) {
    const auto found = header();
    if (!found) return std::unexpected(found.error());
    if (!*found || buffer_.size() - (*found)->size < (*found)->payload) return std::nullopt;
    auto taken = take(**found);
    if (!taken || *taken) return taken;
  }
}

// Nothing: it was a fragment.
std::expected<std::optional<SocketMessage>, CloseCode> SocketReader::take(const Header& header) {
  auto payload = buffer_.substr(header.size, header.payload);
  for (std::size_t at = 0; at < payload.size(); ++at)
    payload[at] = static_cast<char>(payload[at] ^ buffer_[header.size - kMaskSize + at % kMaskSize]);
  buffer_.erase(0, header.size + header.payload);
  if (buffer_.empty()) std::string().swap(buffer_);
  if ((header.opcode & kControl) != 0) return SocketMessage{kind_of(header.opcode), std::move(payload)};
  // RFC 6455 §5.4: fragments of two messages do not mix.
  if ((header.opcode == kContinuation) != fragmented_.has_value()) return std::unexpected(CloseCode::kProtocol);
  if (!fragmented_) fragmented_ = kind_of(header.opcode);
  message_ += payload;
  if (!header.is_final) return std::nullopt;
  SocketMessage message{*std::exchange(fragmented_, std::nullopt), std::exchange(message_, {})};
  if (message.kind == SocketMessage::Kind::kText && !is_utf8(message.octets))
    return std::unexpected(CloseCode::kNotText);
  return message;
}

void append_frame(std::string& to, SocketMessage::Kind kind, std::string_view octets) {
  to += static_cast<char>(kFinal | opcode_of(kind));
  const std::size_t extended = octets.size() <= kLongestControl ? 0 : octets.size() <= 0xFFFF ? 2 : 8;
  to += static_cast<char>(extended == 0 ? octets.size() : extended == 2 ? kTwoOctets : kEightOctets);
  for (std::size_t left = extended; left > 0; --left) to += static_cast<char>(octets.size() >> (8 * (left - 1)));
  to += octets;
}

void append_close(std::string& to, CloseCode code) {
  const auto number = static_cast<std::uint16_t>(code);
  const std::string payload{static_cast<char>(number >> 8), static_cast<char>(number & 0xFF)};
  append_frame(to, SocketMessage::Kind::kClose, payload);
}

Result<std::string> socket_accept(std::string_view key) {
  // 16 octets in Base64.
  constexpr std::size_t kKeySize = 24;
  const bool digits = std::ranges::all_of(key.substr(0, 22), [](char each) { return kBase64.contains(each); });
  if (key.size() != kKeySize || !key.ends_with("==") || !digits)
    return fail(ErrorKind::kInvalid, "Sec-WebSocket-Key: expected 16 octets in Base64");
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1,
                                           as_bytes(std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
  return to_base64(hash);
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto first = static_cast<std::uint8_t>(text[at]);
    const auto size = utf8_size(first);
    if (size == 0 || size > text.size() - at) return false;
    for (std::size_t next = 1; next < size; ++next)
      if ((static_cast<std::uint8_t>(text[at + next]) & 0xC0) != 0x80) return false;
    const auto second = size > 1 ? static_cast<std::uint8_t>(text[at + 1]) : std::uint8_t{0};
    // Forms that are too long, surrogates, and what is beyond U+10FFFF.
    if ((first == 0xE0 && second < 0xA0) || (first == 0xED && second > 0x9F) || (first == 0xF0 && second < 0x90) ||
        (first == 0xF4 && second > 0x8F))
      return false;
    at += size;
  }
  return true;
}

}  // namespace cose::web
