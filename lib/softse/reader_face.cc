// SPDX-License-Identifier: Apache-2.0
#include "softse/reader_face.h"

#include <algorithm>

#include "iso7816/ats.h"
#include "iso7816/response_apdu.h"
#include "iso7816/status_word.h"

namespace cose::softse {

namespace {

using iso7816::StatusWord;

constexpr std::uint8_t kReaderClass = 0xFF;
constexpr std::uint8_t kGetData = 0xCA;
constexpr std::uint8_t kUid = 0x00;
constexpr std::uint8_t kHistorical = 0x01;
// Of the production data: IC serial number.
constexpr std::size_t kSerialAt = 12;
constexpr std::size_t kSerial = 4;

// PC/SC 2.01 part 3 table 3-9.
constexpr std::uint16_t kEndOfData = 0x6282;
constexpr std::uint16_t kWrongLength = 0x6C00;

void answer(ByteView data, const iso7816::CommandApduView& command, Bytes& response) {
  const auto wanted = command.le.value_or(0);
  const bool takes_all = wanted == 0 || wanted == iso7816::kMaximumShortLe;
  if (!takes_all && wanted < data.size())
    return iso7816::append_status(response, StatusWord(static_cast<std::uint16_t>(kWrongLength | data.size())));
  append(response, data);
  iso7816::append_status(response,
                         takes_all || wanted == data.size() ? StatusWord(StatusWord::kOk) : StatusWord(kEndOfData));
}

}  // namespace

bool is_for_reader(ByteView command) {
  return command.size() >= 4 && command[0] == kReaderClass && command[1] == kGetData;
}

void answer_as_reader(const ReaderFace& face, ByteView octets, Bytes& response) {
  response.clear();
  const auto command = iso7816::CommandApduView::parse(octets);
  if (!command) return iso7816::append_status(response, StatusWord::kWrongLength);
  if (command->p2 != 0) return iso7816::append_status(response, StatusWord::kIncorrectP1P2);
  if (command->p1 == kUid && !face.uid.empty()) return answer(face.uid, *command, response);
  const auto ats = iso7816::Ats::parse(face.ats);
  if (command->p1 == kHistorical && ats) return answer(ats->historical, *command, response);
  iso7816::append_status(response, StatusWord::kFunctionNotSupported);
}

Bytes uid_of_card(ByteView uid, ByteView cplc) {
  auto own = to_bytes(uid);
  if (own.size() < kSerial || cplc.size() < kSerialAt + kSerial) return own;
  unsigned carry = 0;
  for (std::size_t index = 0; index < kSerial; ++index) {
    auto& octet = own[own.size() - 1 - index];
    const auto sum = octet + cplc[kSerialAt + kSerial - 1 - index] + carry;
    octet = static_cast<std::uint8_t>(sum);
    carry = sum >> 8;
  }
  return own;
}

}  // namespace cose::softse
