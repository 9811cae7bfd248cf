// SPDX-License-Identifier: Apache-2.0
// SCP11 (Amendment F 1.3): a secure channel of SCP03's messages whose keys come from elliptic curves.
//
//   a  both ends authenticated, both with ephemeral keys     PERFORM SECURITY OPERATION, MUTUAL AUTHENTICATE (82)
//   b  only the card authenticated                            INTERNAL AUTHENTICATE (88)
//   c  both authenticated, the card without ephemeral key     as a; the same script of commands fits many sessions
//
// Card: Scp11Card collects the host's certificate chain and opens a CardChannel. Host: Scp11Host makes the commands and
// opens a HostChannel. One thread at a time. The card's refusals are status words; the host's errors: kInvalid,
// kUnsupported, kRefused for a receipt that is wrong. The identities of host and card in the key derivation
// (parameter bit 04) are not offered.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/ec_key.h"
#include "iso7816/command_apdu.h"
#include "scp/card_channel.h"
#include "scp/host_channel.h"
#include "scp/protocol.h"

namespace cose::scp {

// The second octet of tag 90, Amendment F table 6-15.
enum class Scp11Variant : std::uint8_t { kA = 0x01, kB = 0x00, kC = 0x03 };

// What SK.SD.ECKA is called on the card, Amendment F §5.1.
[[nodiscard]] constexpr std::uint8_t key_identifier(Scp11Variant variant) {
  switch (variant) {
    case Scp11Variant::kA: return 0x11;
    case Scp11Variant::kB: return 0x13;
    case Scp11Variant::kC: return 0x15;
  }
  return 0;
}
[[nodiscard]] constexpr std::optional<Scp11Variant> variant_of_key(std::uint8_t identifier) {
  for (const auto variant : {Scp11Variant::kA, Scp11Variant::kB, Scp11Variant::kC})
    if (key_identifier(variant) == identifier) return variant;
  return std::nullopt;
}

// The `i` of a card that has SCP11: one bit for each variant, b1 for a, b2 for b, b3 for c. The variant stands in the
// channel's own protocol in place of it.
[[nodiscard]] constexpr bool offers(Protocol protocol, Scp11Variant variant) {
  if (protocol.number != 0x11) return false;
  const auto bit = variant == Scp11Variant::kA ? 0x01 : variant == Scp11Variant::kB ? 0x02 : 0x04;
  return (protocol.options & bit) != 0;
}

// Intermediate certificates of one chain.
inline constexpr std::size_t kMaximumChain = 8;

class Scp11Card {
 public:
  // PERFORM SECURITY OPERATION with one certificate of the chain; P2 bit 8: more follow. authority: the key that P1
  // and P2 name (PK.CA-KLOC.ECDSA). 6A80 for no certificate, 6640 for one that does not verify.
  [[nodiscard]] Answer<void> add_certificate(const iso7816::CommandApduView& command,
                                             const crypto::EcPublicKey& authority);

  // MUTUAL or INTERNAL AUTHENTICATE. static_key: SK.SD.ECKA. 6985 when a and c come without a verified certificate.
  [[nodiscard]] Answer<StartedChannel> authenticate(const iso7816::CommandApduView& command, std::uint8_t key_version,
                                                    const crypto::EcPrivateKey& static_key, Rng& rng);

  // The subject of the verified certificate, for allow lists (BF20/70). Empty before.
  [[nodiscard]] const Bytes& host_serial_number() const { return serial_number_; }

 private:
  std::optional<crypto::EcPublicKey> intermediate_;
  std::size_t chain_length_ = 0;
  std::optional<crypto::EcPublicKey> host_key_;
  Bytes serial_number_;
};

class Scp11Host {
 public:
  // host_key: SK.OCE.ECKA, needed by a and c. key_size: 16, 24 or 32 octets. level: C-MAC with R-MAC (11) or all (33).
  [[nodiscard]] static Result<Scp11Host> create(Scp11Variant variant, const crypto::EcPublicKey& card_key,
                                                const crypto::EcPrivateKey* host_key, std::size_t key_size,
                                                SecurityLevel level, Rng& rng);

  // One command for each certificate, the host's own last.
  [[nodiscard]] static std::vector<iso7816::CommandApdu> certificate_commands(const std::vector<Bytes>& chain,
                                                                              std::uint8_t key_version,
                                                                              std::uint8_t key_identifier);
  [[nodiscard]] const iso7816::CommandApdu& command(std::uint8_t key_version, std::uint8_t key_identifier);

  // data: the answer to command().
  [[nodiscard]] Result<HostChannel> finish(ByteView data);

 private:
  Scp11Host(Scp11Variant variant, crypto::EcPublicKey card_key, crypto::EcPrivateKey ephemeral,
            std::optional<crypto::EcPrivateKey> host_key, std::size_t key_size, SecurityLevel level);

  Scp11Variant variant_;
  crypto::EcPublicKey card_key_;
  crypto::EcPrivateKey ephemeral_;
  std::optional<crypto::EcPrivateKey> host_key_;
  std::size_t key_size_;
  SecurityLevel level_;
  iso7816::CommandApdu command_;
};

}  // namespace cose::scp
