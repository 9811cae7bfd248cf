// SPDX-License-Identifier: Apache-2.0
// Keys of a domain beside those of its secure channel: for tokens (version 70), receipts (71), DAP (73), ciphered load
// files (75, 76) and SCP11 (identifiers 10 to 1F); and what belongs to the keys of SCP11.
//
// All take the open Session they work in and leave it open; secret values go under its DEK. Errors: those of
// Session::exchange(), kUnsupported for curves without a number. Source: GPC 2.3.1 §11.8, Amendment F 1.3 §7.
#pragma once

#include <cstdint>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/ec_key.h"
#include "crypto/pem.h"
#include "gphost/session.h"
#include "scp/signature.h"

namespace cose::gphost {

struct KeyPlace {
  std::uint8_t version = 0;
  std::uint8_t identifier = 1;
  std::uint8_t replaced_version = 0;  // 0: the key is new
};

[[nodiscard]] Status put_public_key(Session& session, KeyPlace place, const crypto::PublicKey& key);
// RSA by its CRT components, or modulus and exponent when it has none.
[[nodiscard]] Status put_private_key(Session& session, KeyPlace place, const crypto::PrivateKey& key);
[[nodiscard]] Status put_secret_key(Session& session, KeyPlace place, const scp::SymmetricKey& key);

struct KeyReference {
  std::uint8_t version = 0;
  std::uint8_t identifier = 0;
};
// Certificates (7F21) of a key, from the authority's down to the key's own. Reading needs no channel.
[[nodiscard]] Result<std::vector<Bytes>> read_certificates(Session& session, KeyReference key);
[[nodiscard]] Status store_certificates(Session& session, KeyReference key, const std::vector<Bytes>& chain);

// Whose key a PK.CA is, for hosts that have to choose a chain.
enum class AuthorityOf : std::uint8_t { kHosts = 0x00, kCards = 0x01 };
[[nodiscard]] Status store_authority_identifier(Session& session, KeyReference key, AuthorityOf of,
                                                ByteView identifier);
// Only hosts with these certificates are let in under this PK.CA-KLOC; none: everybody whom it certified.
[[nodiscard]] Status store_allow_list(Session& session, KeyReference key, const std::vector<Bytes>& serial_numbers);

}  // namespace cose::gphost
