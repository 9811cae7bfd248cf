// SPDX-License-Identifier: Apache-2.0
// A command that parses is encoded to the same octets; anything can be masked.
#include "iso7816/command_apdu.h"
#include "iso7816/masking.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::iso7816;
  const cose::ByteView octets(data, size);
  if (const auto command = CommandApdu::parse(octets)) COSE_ASSERT(cose::equal(command->encode().value(), octets));
  COSE_ASSERT(loggable_command(octets).empty() == octets.empty());
  static_cast<void>(loggable_response(octets, octets));
  return 0;
}
