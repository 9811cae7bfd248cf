// SPDX-License-Identifier: Apache-2.0
// What SCP11 needs of the host (Amendment F 1.3): Session::authenticate(Scp11Login) opens such a channel with the
// domain that is selected.
//
// Keys are borrowed for the call. Variant b proves only the card to the host, so nothing can be managed through it.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bytes/bytes.h"
#include "crypto/ec_key.h"
#include "scp/protocol.h"
#include "scp/scp11.h"

namespace cose::gphost {

struct Scp11Login {
  scp::Scp11Variant variant = scp::Scp11Variant::kB;
  // PK.SD.ECKA of the card: known beforehand, or out of the card's certificates (GET DATA BF21), which must then be
  // signed by this authority (PK.CA-KLCC). One of the two.
  const crypto::EcPublicKey* card_key = nullptr;
  const crypto::EcPublicKey* authority = nullptr;
  // Of the card's key; the identifier follows from the variant unless the card has another.
  std::uint8_t key_version = 0x01;
  std::optional<std::uint8_t> key_identifier = std::nullopt;
  // Variants a and c: SK.OCE.ECKA, its certificates (7F21, the own one last), and under which key of the card the first
  // of them verifies (PK.CA-KLOC).
  const crypto::EcPrivateKey* host_key = nullptr;
  std::vector<Bytes> chain = {};
  std::uint8_t authority_version = 0x01;
  std::uint8_t authority_identifier = 0x10;
  std::size_t key_size = 16;  // of the session keys: 16, 24 or 32
  scp::SecurityLevel level{0x33};
};

}  // namespace cose::gphost
