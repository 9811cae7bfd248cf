// SPDX-License-Identifier: Apache-2.0
// The card's end of open channels, given commands of a stranger: nothing gets through, nothing breaks; and the host's
// parsers of answers and certificates.
#include "bytes/testing/seeded_rng.h"
#include "scp/card_channel.h"
#include "scp/certificate.h"
#include "scp/host_channel.h"
#include "scp/scp11.h"

namespace {

void attack(cose::scp::Protocol protocol, cose::scp::SecurityLevel level,
            const cose::iso7816::CommandApduView& command) {
  using namespace cose::scp;
  cose::testing::SeededRng rng(1);
  const auto algorithm = protocol.number == 0x03 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes;
  const auto keys = *KeySet::from_one(1, algorithm, cose::Bytes(16, 0x40));
  const cose::Bytes challenge(protocol.code_size(), 1);
  auto started = *initialize_update({protocol, keys, cose::Bytes(kKeyDiversificationSize, 0), challenge, 1, {}}, rng);
  const auto answer = *InitializeUpdateAnswer::parse(started.response);
  const auto host = *authenticate({protocol, keys, challenge, answer, level});
  COSE_ASSERT(started.channel.external_authenticate(host.external_authenticate.view()).has_value());
  COSE_ASSERT(!started.channel.unwrap(command).has_value());
  COSE_ASSERT(!started.channel.is_open());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace cose::scp;
  const cose::ByteView octets(data, size);
  static_cast<void>(InitializeUpdateAnswer::parse(octets));
  static_cast<void>(Certificate::parse(octets));
  const auto command = cose::iso7816::CommandApduView::parse(octets);
  if (!command) return 0;
  attack({0x01, 0x15}, {0x03}, *command);
  attack({0x02, 0x55}, {0x03}, *command);
  attack({0x03, 0x70}, {0x33}, *command);
  cose::testing::SeededRng rng(2);
  static const auto curve = *cose::crypto::EcCurve::named(cose::crypto::CurveName::kP256);
  static const auto key = *cose::crypto::EcPrivateKey::generate(curve, rng);
  Scp11Card card;
  static_cast<void>(card.add_certificate(*command, *key.public_key()));
  static_cast<void>(card.authenticate(*command, 1, key, rng));
  return 0;
}
