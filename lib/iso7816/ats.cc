// SPDX-License-Identifier: Apache-2.0
#include "iso7816/ats.h"

#include <bit>

#include "bytes/hex.h"
#include "iso7816/atr.h"

namespace cose::iso7816 {

namespace {

constexpr std::uint8_t kInterfaceBits = 0x70;
constexpr std::uint8_t kReserved = 0x80;

}  // namespace

Result<Ats> Ats::parse(ByteView octets) {
  if (octets.empty() || octets[0] != octets.size())
    return fail(ErrorKind::kInvalid, "ATS: expected a first octet that says how long it is, found " + to_hex(octets));
  if (octets.size() == 1) return Ats{};
  if ((octets[1] & kReserved) != 0) return fail(ErrorKind::kInvalid, "ATS: bit 8 of T0 is not zero");
  const auto interface = static_cast<std::size_t>(std::popcount(static_cast<unsigned>(octets[1] & kInterfaceBits)));
  if (octets.size() < 2 + interface) return fail(ErrorKind::kInvalid, "ATS: T0 names more octets than there are");
  return Ats{.historical = to_bytes(octets.subspan(2 + interface))};
}

Result<Bytes> Ats::to_atr() const {
  if (historical.size() > kMaximumHistoricalBytes)
    return fail(ErrorKind::kInvalid, "ATS: more than 15 historical bytes do not fit an answer to reset");
  const Atr atr{.groups = {{.next_protocol = 0}, {.next_protocol = 1}, {}}, .historical = historical};
  return atr.encode();
}

}  // namespace cose::iso7816
