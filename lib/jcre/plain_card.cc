// SPDX-License-Identifier: Apache-2.0
#include "jcre/plain_card.h"

#include <array>

namespace cose::jcre {

namespace {

using iso7816::StatusWord;

constexpr std::uint8_t kSelect = 0xA4;
constexpr std::uint8_t kManageChannel = 0x70;
constexpr std::uint8_t kByName = 0x04;
constexpr StatusWord kDone{0x9000};
constexpr StatusWord kNotFound{0x6A82};
constexpr StatusWord kNoChannel{0x6881};
constexpr StatusWord kWrongParameters{0x6A86};
// Direct convention, T=1, no historical bytes: TS T0 TD1 TD2 TCK (ISO/IEC 7816-3 §8.2).
constexpr std::array<std::uint8_t, 5> kAnswerToReset{0x3B, 0x80, 0x80, 0x01, 0x01};

void answer(StatusWord status, Bytes& response) {
  response.push_back(status.sw1());
  response.push_back(status.sw2());
}

}  // namespace

Result<Bytes> PlainCard::power_up(iso7816::ResetKind /*kind*/) {
  runtime_.reset();
  return to_bytes(kAnswerToReset);
}

Status PlainCard::power_down() {
  runtime_.reset();
  return {};
}

Status PlainCard::transmit(ByteView command, Bytes& response) {
  COSE_TRY(const auto parsed, iso7816::CommandApduView::parse(command));
  response.clear();
  const bool interindustry = (parsed.cla & 0x80) == 0;
  const auto channel = iso7816::logical_channel(parsed.cla);
  if (!runtime_.is_open(channel)) {
    answer(kNoChannel, response);
  } else if (interindustry && parsed.ins == kManageChannel) {
    manage_channel(parsed, response);
  } else if (interindustry && parsed.ins == kSelect && parsed.p1 == kByName) {
    select(channel, parsed, response);
  } else {
    runtime_.process(channel, parsed, response);
  }
  return {};
}

// JCRE 3.1 §4.6: a SELECT that names no applet is a command for the one that is selected.
void PlainCard::select(std::uint8_t channel, const iso7816::CommandApduView& command, Bytes& response) {
  const auto found = runtime_.find_applet(command.data);
  if (!found) {
    if (runtime_.selected_on(channel) == kNoApplet) return answer(kNotFound, response);
    return runtime_.process(channel, command, response);
  }
  const auto status = runtime_.select(channel, *found);
  if (status != kDone) return answer(status, response);
  runtime_.process(channel, command, response, Selecting::kYes);
}

// ISO/IEC 7816-4 §7.1.2: P1 00 opens, the channel of P2 or the next one; 80 closes.
void PlainCard::manage_channel(const iso7816::CommandApduView& command, Bytes& response) {
  if (command.p1 == 0x80) {
    if (command.p2 == 0 || !runtime_.is_open(command.p2)) return answer(kNoChannel, response);
    runtime_.close_channel(command.p2);
    return answer(kDone, response);
  }
  if (command.p1 != 0 || command.p2 >= kChannels) return answer(kWrongParameters, response);
  const auto channel = command.p2 != 0 ? std::optional(command.p2) : runtime_.free_channel();
  if (!channel || runtime_.is_open(*channel)) return answer(kNoChannel, response);
  runtime_.open_channel(*channel);
  if (command.p2 == 0) response.push_back(*channel);
  answer(kDone, response);
}

}  // namespace cose::jcre
