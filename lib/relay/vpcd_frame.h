// SPDX-License-Identifier: Apache-2.0
// The wire of pcscd's virtual reader (vpcd): what the reader sends to a card program, and how it is answered.
//
//   message = length(2, big-endian) payload          at most 65535 octets
//   payload of one octet   control: 00 power off, 01 power on, 02 reset, 04 asks for the answer to reset
//   any longer payload     a command APDU
//
// Only 04 and APDUs are answered, in the same form. No I/O: octets in, messages out.
// Errors: kInvalid for an empty message and for a control octet that is none of these.
// Source: docs/protocols/vpcd.md, from the wire behaviour of vsmartcard 3.3.
#pragma once

#include <cstdint>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"

namespace cose::relay {

// The virtual reader's driver listens here for its first slot, one port higher for the next.
inline constexpr std::uint16_t kVpcdPort = 35963;

inline constexpr std::size_t kMaximumVpcdPayload = 65535;

struct VpcdMessage {
  enum class Kind { kPowerOff, kPowerOn, kReset, kAskAtr, kCommand };

  Kind kind = Kind::kCommand;
  ByteView command = {};  // borrowed from the decoder until its next feed()
};

class VpcdDecoder {
 public:
  void feed(ByteView octets);

  // Nothing: the next message is not complete yet.
  [[nodiscard]] Result<std::optional<VpcdMessage>> next();

 private:
  Bytes buffer_;
  std::size_t taken_ = 0;
};

// One frame in one piece, so that one write sends it: a length on its way alone costs a delayed acknowledgement.
// Error: kLimit.
[[nodiscard]] Status encode_vpcd(ByteView payload, Bytes& frame);

}  // namespace cose::relay
