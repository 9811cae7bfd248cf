// SPDX-License-Identifier: Apache-2.0
#include "iso7816/echo_card.h"

#include "iso7816/command_apdu.h"
#include "iso7816/response_apdu.h"

namespace cose::iso7816 {

Result<Bytes> EchoCard::power_up(ResetKind) {
  has_power_ = true;
  return Bytes(kEchoAtr.begin(), kEchoAtr.end());
}

Status EchoCard::transmit(ByteView command, Bytes& response) {
  if (!has_power_) return fail(ErrorKind::kUnresponsive, "the card has no power");
  COSE_TRY(const auto apdu, CommandApduView::parse(command));
  response.assign(apdu.data.begin(), apdu.data.end());
  append_status(response, StatusWord::kOk);
  return {};
}

Status EchoCard::power_down() {
  has_power_ = false;
  return {};
}

Result<std::unique_ptr<Card>> EchoSource::open() {
  return std::make_unique<EchoCard>();
}

}  // namespace cose::iso7816
