// SPDX-License-Identifier: Apache-2.0
#include "scp/detail/messages.h"

#include "iso7816/class_byte.h"

namespace cose::scp::detail {

std::uint8_t secured_class(std::uint8_t cla) {
  return static_cast<std::uint8_t>(iso7816::is_further_form(cla) ? cla | 0x20 : cla | 0x04);
}

std::uint8_t unsecured_class(std::uint8_t cla) {
  return static_cast<std::uint8_t>(iso7816::is_further_form(cla) ? cla & ~0x20 : cla & ~0x0C);
}

bool is_secured_class(std::uint8_t cla) {
  return iso7816::secure_messaging(cla) != iso7816::SecureMessaging::kNone;
}

std::uint8_t class_without_channel(std::uint8_t cla) {
  return static_cast<std::uint8_t>(iso7816::is_further_form(cla) ? cla & 0xF0 : cla & 0xFC);
}

Bytes mac_header(const iso7816::CommandApduView& command, std::uint8_t cla, std::size_t size) {
  Bytes header = {cla, command.ins, command.p1, command.p2};
  const bool is_extended = size > 255 || command.form == iso7816::LengthForm::kExtended ||
                           (command.le && *command.le > iso7816::kMaximumShortLe);
  if (is_extended) {
    header.push_back(0);
    header.push_back(static_cast<std::uint8_t>(size >> 8));
  }
  header.push_back(static_cast<std::uint8_t>(size));
  return header;
}

std::unexpected<Error> wrong_message() {
  return fail(ErrorKind::kRefused, "the secure message is not what the channel expects");
}

Result<Handshake> handshake(const HandshakeInput& input) {
  COSE_CHECK(check(input.protocol));
  switch (input.protocol.number) {
    case 0x01: return scp01_handshake(input);
    case 0x02: return scp02_handshake(input);
    case 0x03: return scp03_handshake(input);
    default: return fail(ErrorKind::kUnsupported, to_string(input.protocol) + " is not begun by INITIALIZE UPDATE");
  }
}

}  // namespace cose::scp::detail
