// SPDX-License-Identifier: Apache-2.0
// Gives whole answers: fetches what 61xx announces with GET RESPONSE, and repeats with the right Le what the card
// refused with 6Cxx (ISO/IEC 7816-4 §5.1.3 and §7.6.1, ISO/IEC 7816-3 §12.2.1).
//
// GET RESPONSE goes out on the logical channel of the command, without secure messaging. The status word of the last
// part ends the answer. Between commands it keeps nothing, so it may be put before a card at any time.
// Errors: those of the card, and kLimit when the card never comes to an end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

#include "iso7816/command_apdu.h"
#include "iso7816/status_word.h"
#include "iso7816/wrapped_card.h"

namespace cose::iso7816 {

// GET RESPONSE commands for one answer: twice what 65536 octets take in parts of 256.
inline constexpr std::size_t kMaximumGetResponses = 512;

class CompletingCard final : public WrappedCard {
 public:
  using WrappedCard::WrappedCard;

  [[nodiscard]] Status transmit(ByteView command, Bytes& response) override;

 private:
  [[nodiscard]] Status transmit_with_right_le(ByteView command, Bytes& response);
  [[nodiscard]] Status fetch(std::uint8_t cla, StatusWord announced, Bytes& response);

  // Kept for their room only.
  Bytes get_response_;
  Bytes corrected_;
  Bytes part_;
};

}  // namespace cose::iso7816
