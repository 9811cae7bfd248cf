// SPDX-License-Identifier: Apache-2.0
// What a peer or a card may send as points and signatures: taken or refused, and what is taken is written back alike.
#include <cstddef>
#include <cstdint>

#include "bytes/bytes.h"
#include "crypto/ec_key.h"
#include "crypto/ecdsa.h"

using namespace cose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kCurve = crypto::EcCurve::named(crypto::CurveName::kP256).value();
  const ByteView octets(data, size);
  static_cast<void>(crypto::EcPublicKey::create(kCurve, octets));
  if (const auto raw = crypto::ecdsa_raw(kCurve, octets)) {
    const auto der = crypto::ecdsa_der(kCurve, *raw);
    COSE_ASSERT(der.has_value() && crypto::ecdsa_raw(kCurve, *der).value() == *raw);
  }
  return 0;
}
