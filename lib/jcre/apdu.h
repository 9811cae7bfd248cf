// SPDX-License-Identifier: Apache-2.0
// One command on its way through an applet: the states of javacard.framework.APDU, without the object itself.
//
// The runtime fills it from a command (begin), the natives of APDU move it from state to state, and the runtime takes
// the answer from it (response). The APDU buffer, a global array of the card, is the caller's: receive() and send()
// are given its octets.
//
// A wrong order of calls is an ApduProblem, whose number is the reason of APDUException. Allocates nothing once its
// buffer has grown. Source: JC API 3.1 class APDU, JCRE 3.1 §9.4, ISO/IEC 7816-3 §12.
#pragma once

#include <array>
#include <cstdint>
#include <expected>

#include "bytes/bytes.h"
#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"

namespace cose::jcre {

enum class Protocol : std::uint8_t { kT0 = 0, kT1 = 1 };

// JC API 3.1, APDU.STATE_...: where a command stands. Negative: ended by an error.
enum class ApduState : std::int8_t {
  kInitial = 0,
  kPartialIncoming = 1,
  kFullIncoming = 2,
  kOutgoing = 3,
  kOutgoingLengthKnown = 4,
  kPartialOutgoing = 5,
  kFullOutgoing = 6,
  kErrorNoGetResponse = -1,
  kErrorT1Abort = -2,
  kErrorIo = -3,
  kErrorNoT0Reissue = -4,
};

// JC API 3.1, reasons of APDUException.
enum class ApduProblem : std::int16_t {
  kIllegalUse = 1,
  kBufferBounds = 2,
  kBadLength = 3,
  kIoError = 4,
  kNoT0GetResponse = 0xAA,
  kT1IfdAbort = 0xAB,
  kNoT0Reissue = 0xAC,
};

template <typename T>
using ApduResult = std::expected<T, ApduProblem>;

class Apdu {
 public:
  // Where data of the command starts in the buffer: behind the header and Lc (ISO7816.OFFSET_CDATA, OFFSET_EXT_CDATA).
  static constexpr std::uint16_t kDataOffset = 5;
  static constexpr std::uint16_t kExtendedDataOffset = 7;
  static constexpr std::int32_t kMaximumLength = 32767;

  // `extended`: the applet implements ExtendedLength, so lengths above 256 are for it. The command's data must stay
  // where it is until the next begin(). Writes the header into the buffer as it stands before any data is received.
  void begin(const iso7816::CommandApduView& command, Protocol protocol, bool extended, MutableByteView buffer);
  // No command is being processed any more.
  void end() { active_ = false; }
  [[nodiscard]] bool active() const { return active_; }

  [[nodiscard]] ApduState state() const { return state_; }
  [[nodiscard]] Protocol protocol() const { return protocol_; }
  [[nodiscard]] std::uint8_t cla() const { return cla_; }
  [[nodiscard]] bool extended() const { return extended_; }

  // ---- incoming ----
  // setIncomingAndReceive(): how many octets came into the buffer.
  [[nodiscard]] ApduResult<std::int16_t> receive_first(MutableByteView buffer);
  // receiveBytes(): to `offset` of the buffer.
  [[nodiscard]] ApduResult<std::int16_t> receive_more(MutableByteView buffer, std::int16_t offset);
  [[nodiscard]] ApduResult<std::int16_t> incoming_length() const;
  [[nodiscard]] ApduResult<std::int16_t> data_offset() const;

  // ---- outgoing ----
  // setOutgoing(): the Le that the command asks for.
  [[nodiscard]] ApduResult<std::int16_t> set_outgoing();
  [[nodiscard]] ApduResult<std::int16_t> set_outgoing_no_chaining();
  [[nodiscard]] ApduResult<void> set_outgoing_length(std::int16_t length);
  // `from` are the octets of the buffer that go out.
  [[nodiscard]] ApduResult<void> send(ByteView from);
  [[nodiscard]] ApduResult<void> set_outgoing_and_send(ByteView from);
  // Whether so many octets may follow, before anybody looks at them.
  [[nodiscard]] ApduResult<void> may_send(std::int32_t length) const;
  [[nodiscard]] bool outgoing() const { return state_ >= ApduState::kOutgoing; }

  // How much javacard.framework.service means to send: its one octet for that cannot tell 256 from none.
  void set_service_length(std::uint16_t length) { service_length_ = length; }
  [[nodiscard]] std::uint16_t service_length() const { return service_length_; }

  // What the applet has sent so far, without a status word.
  [[nodiscard]] ByteView response() const { return response_; }

 private:
  [[nodiscard]] std::int32_t expected_length() const;

  bool active_ = false;
  bool extended_ = false;
  Protocol protocol_ = Protocol::kT1;
  ApduState state_ = ApduState::kInitial;
  std::uint8_t cla_ = 0;
  std::uint16_t offset_ = kDataOffset;
  bool long_form_ = false;
  bool unchained_ = false;  // the answer may not be chained
  ByteView data_;
  std::size_t received_ = 0;
  std::int32_t le_ = -1;  // none
  std::int32_t announced_ = 0;
  std::uint16_t service_length_ = 0;
  Bytes response_;
};

}  // namespace cose::jcre
