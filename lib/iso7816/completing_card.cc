// SPDX-License-Identifier: Apache-2.0
#include "iso7816/completing_card.h"

#include <string>

#include "iso7816/class_byte.h"
#include "iso7816/response_apdu.h"

namespace cose::iso7816 {

namespace {

constexpr std::uint8_t kGetResponse = 0xC0;
constexpr std::uint8_t kMoreOctetsAvailable = 0x61;
constexpr std::uint8_t kWrongLe = 0x6C;

// An xx of 00 is 256 octets or more, ISO/IEC 7816-4 §5.1.3.
std::uint32_t counted_octets(StatusWord status) {
  return status.sw2() == 0 ? kMaximumShortLe : status.sw2();
}

}  // namespace

Status CompletingCard::transmit_with_right_le(ByteView command, Bytes& response) {
  COSE_CHECK(card().transmit(command, response));
  COSE_TRY(const auto answer, ResponseApduView::parse(response));
  if (answer.status.sw1() != kWrongLe || !answer.data.empty()) return {};
  auto corrected = CommandApduView::parse(command);
  // A command without Le has none to correct: the answer is the user's to judge.
  if (!corrected || !corrected->le) return {};
  corrected->le = counted_octets(answer.status);
  COSE_CHECK(corrected->encode_to(corrected_));
  return card().transmit(corrected_, response);
}

Status CompletingCard::fetch(std::uint8_t cla, StatusWord announced, Bytes& response) {
  response.resize(response.size() - 2);
  for (std::size_t round = 0; round < kMaximumGetResponses; ++round) {
    const CommandApduView get_response{plain_class(cla), kGetResponse, 0, 0, {}, counted_octets(announced)};
    COSE_CHECK(get_response.encode_to(get_response_));
    COSE_CHECK(transmit_with_right_le(get_response_, part_));
    COSE_TRY(const auto part, ResponseApduView::parse(part_));
    if (response.size() + part.data.size() > kMaximumResponseData)
      return fail(ErrorKind::kLimit,
                  "the card's answer is longer than " + std::to_string(kMaximumResponseData) + " octets");
    append(response, part.data);
    if (part.status.sw1() != kMoreOctetsAvailable) {
      append_status(response, part.status);
      return {};
    }
    announced = part.status;
  }
  return fail(ErrorKind::kLimit,
              "the card announces more data after " + std::to_string(kMaximumGetResponses) + " GET RESPONSE commands");
}

Status CompletingCard::transmit(ByteView command, Bytes& response) {
  const std::uint8_t cla = command.empty() ? 0 : command[0];
  COSE_CHECK(transmit_with_right_le(command, response));
  COSE_TRY(const auto answer, ResponseApduView::parse(response));
  if (answer.status.sw1() != kMoreOctetsAvailable) return {};
  return fetch(cla, answer.status, response);
}

}  // namespace cose::iso7816
