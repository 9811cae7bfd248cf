// SPDX-License-Identifier: Apache-2.0
#include "iso7816/response_apdu.h"

#include <string>

namespace cose::iso7816 {

Result<ResponseApduView> ResponseApduView::parse(ByteView octets) {
  if (octets.size() < 2 || octets.size() > kMaximumResponseSize)
    return fail(ErrorKind::kInvalid, "expected a response APDU of 2 to " + std::to_string(kMaximumResponseSize) +
                                         " octets, found " + std::to_string(octets.size()));
  const auto status = octets.last(2);
  return ResponseApduView{octets.first(octets.size() - 2), StatusWord(status[0], status[1])};
}

Result<ResponseApdu> ResponseApdu::parse(ByteView octets) {
  COSE_TRY(const auto view, ResponseApduView::parse(octets));
  return ResponseApdu{to_bytes(view.data), view.status};
}

Bytes ResponseApdu::encode() const {
  Bytes octets = data;
  append_status(octets, status);
  return octets;
}

void append_status(Bytes& to, StatusWord status) {
  to.push_back(status.sw1());
  to.push_back(status.sw2());
}

}  // namespace cose::iso7816
