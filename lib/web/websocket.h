// SPDX-License-Identifier: Apache-2.0
// The frames of a WebSocket as a server reads and writes them (RFC 6455), without any I/O.
//
// Messages are put together from their fragments; pings are for the caller to answer. Bounded: a message has
// kMaximumMessage octets at most, and no more than that and one piece of input are kept. After an Error nothing more
// is read: the code says how to close. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::web {

// RFC 6455 §7.4.1.
enum class CloseCode : std::uint16_t {
  kNormal = 1000,
  kGoingAway = 1001,
  kProtocol = 1002,
  kNotText = 1007,
  kTooBig = 1009,
  kInternal = 1011,
};

struct SocketMessage {
  enum class Kind : std::uint8_t { kText, kBinary, kPing, kPong, kClose };
  Kind kind = Kind::kText;
  std::string octets;
};

class SocketReader {
 public:
  void feed(ByteView octets) { buffer_ += as_text(octets); }
  // The next whole message; nothing: more input is needed. The error is the code to close with.
  [[nodiscard]] std::expected<std::optional<SocketMessage>, CloseCode> next();

 private:
  struct Header;
  // Nothing: not all of it is there.
  [[nodiscard]] std::expected<std::optional<Header>, CloseCode> header() const;
  [[nodiscard]] std::expected<std::optional<SocketMessage>, CloseCode> take(const Header& header);

  std::string buffer_;
  std::string message_;                            // fragments so far
  std::optional<SocketMessage::Kind> fragmented_;  // what they are of
};

// One unfragmented frame.
void append_frame(std::string& to, SocketMessage::Kind kind, std::string_view octets);
void append_close(std::string& to, CloseCode code);

// Sec-WebSocket-Accept for Sec-WebSocket-Key, RFC 6455 §4.2.2. Error: kInvalid, no key of 16 octets.
[[nodiscard]] Result<std::string> socket_accept(std::string_view key);

// RFC 3629.
[[nodiscard]] bool is_utf8(std::string_view text);

}  // namespace cose::web
