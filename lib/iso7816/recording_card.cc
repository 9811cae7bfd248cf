// SPDX-License-Identifier: Apache-2.0
#include "iso7816/recording_card.h"

namespace cose::iso7816 {

namespace {

Result<OctetPattern> recorded(const Status& status, const Bytes& octets) {
  if (!status) return std::unexpected(status.error());
  return OctetPattern(octets);
}

}  // namespace

Result<Bytes> RecordingCard::power_up(ResetKind kind) {
  auto atr = card().power_up(kind);
  const auto status = atr ? Status() : std::unexpected(atr.error());
  sink_.append({PowerUp{kind, recorded(status, atr.value_or(Bytes()))}});
  return atr;
}

Status RecordingCard::transmit(ByteView command, Bytes& response) {
  auto status = card().transmit(command, response);
  sink_.append({Exchange{to_bytes(command), recorded(status, response)}});
  return status;
}

Status RecordingCard::power_down() {
  auto status = card().power_down();
  sink_.append({PowerDown{status}});
  return status;
}

}  // namespace cose::iso7816
