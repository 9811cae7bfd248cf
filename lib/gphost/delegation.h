// SPDX-License-Identifier: Apache-2.0
// Delegated management: tokens, receipts and DAP signatures (GPC 2.3.1 annex C; §C.4 tokens, §C.5 receipts, §C.3 DAP).
//
// A token is a signature over P1, P2, the length and the data of the command as it stands without the token and without
// secure messaging. A receipt is one over what the card did and its confirmation counter. A DAP signature is one over
// the hash of the load file data block. Pure functions; keys are borrowed. Errors: kRefused for what does not verify.
#pragma once

#include <variant>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/digest.h"
#include "crypto/ec_key.h"
#include "crypto/rsa.h"
#include "iso7816/command_apdu.h"

namespace cose::gphost {

// RSA: PKCS #1 with SHA-1 up to 1024 bits and SHA-256 beyond (§B.3); ECC: ECDSA with the hash of the curve's size, r |
// s (§B.4); AES: CMAC; triple DES: MAC algorithm 3.
using SigningKey = std::variant<const crypto::RsaPrivateKey*, const crypto::EcPrivateKey*, const Secret*>;
using VerifyingKey = std::variant<const crypto::RsaPublicKey*, const crypto::EcPublicKey*, const Secret*>;
enum class SymmetricScheme { kAes, kDes };

[[nodiscard]] Result<Bytes> sign(const SigningKey& key, ByteView message, Rng& rng,
                                 SymmetricScheme scheme = SymmetricScheme::kAes);
[[nodiscard]] Status verify(const VerifyingKey& key, ByteView message, ByteView signature,
                            SymmetricScheme scheme = SymmetricScheme::kAes);

// What a token signs. command: with an empty token field (INSTALL) or without tag 9E (DELETE).
[[nodiscard]] Result<Bytes> token_input(const iso7816::CommandApdu& command);
// The command with its token.
[[nodiscard]] Result<iso7816::CommandApdu> with_token(const iso7816::CommandApdu& command, ByteView token);

// SHA-1, SHA-256, ... of the load file data block: what INSTALL [for load] carries and a DAP signs.
[[nodiscard]] Result<Bytes> load_file_hash(crypto::DigestKind kind, ByteView load_file);

// A receipt as the card answers it: length, receipt, confirmation data { length counter, length unique data }.
struct Receipt {
  Bytes signature;
  Bytes confirmation_counter;
  Bytes card_data;

  [[nodiscard]] static Result<Receipt> parse(ByteView answer);
  // §C.5 tables: counter, unique data, then what was done: AIDs with their lengths.
  [[nodiscard]] Bytes input(std::initializer_list<ByteView> aids) const;
};

}  // namespace cose::gphost
