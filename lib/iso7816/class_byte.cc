// SPDX-License-Identifier: Apache-2.0
#include "iso7816/class_byte.h"

#include <string>

#include "bytes/hex.h"

namespace cose::iso7816 {

namespace {

constexpr std::uint8_t kProprietaryBit = 0x80;
constexpr std::uint8_t kFurtherFormBit = 0x40;
constexpr std::uint8_t kChainingBit = 0x10;
constexpr std::uint8_t kFirstFurtherChannel = 4;

}  // namespace

Result<std::uint8_t> with_logical_channel(std::uint8_t cla, std::uint8_t channel) {
  if (channel > kMaximumLogicalChannel)
    return fail(ErrorKind::kInvalid, "expected a logical channel of 0 to " + std::to_string(kMaximumLogicalChannel) +
                                         ", found " + std::to_string(channel));
  if (secure_messaging(cla) != SecureMessaging::kNone)
    return fail(ErrorKind::kInvalid,
                "class " + to_hex({&cla, 1}) + " indicates secure messaging: its channel is fixed");
  const int kept = cla & (kProprietaryBit | kChainingBit);
  const int coded = channel < kFirstFurtherChannel ? channel : kFurtherFormBit | (channel - kFirstFurtherChannel);
  return static_cast<std::uint8_t>(kept | coded);
}

}  // namespace cose::iso7816
