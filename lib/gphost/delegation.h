// SPDX-License-Identifier: Apache-2.0
// Delegated management: tokens, receipts and DAP signatures (GPC 2.3.1 annex C; §C.4 tokens, §C.5 receipts, §C.3 DAP).
//
// A token is a signature over P1, P2, the length and the data of the command as it stands without the token and without
// secure messaging. A receipt is one over what the card did and its confirmation counter. A DAP signature is one over
// the hash of the load file data block. Pure functions; keys are borrowed. Errors: kRefused for what does not verify,
// kInvalid for commands and receipts of another form.
#pragma once

#include <initializer_list>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "crypto/digest.h"
#include "gphost/commands.h"
#include "iso7816/command_apdu.h"
#include "scp/signature.h"

namespace cose::gphost {

using scp::cipher_load_file;
using scp::SigningKey;
using scp::SymmetricKey;
using scp::VerifyingKey;

// What a token signs. command: with an empty token field (INSTALL) or without tag 9E (DELETE).
[[nodiscard]] Result<Bytes> token_input(const iso7816::CommandApdu& command);
// The token for such a command: for LoadRequest::token and its like.
[[nodiscard]] Result<Bytes> make_token(const iso7816::CommandApdu& command, const SigningKey& key, Rng& rng);
// The command with its token.
[[nodiscard]] Result<iso7816::CommandApdu> with_token(const iso7816::CommandApdu& command, ByteView token);

// SHA-1, SHA-256, ... of the load file data block (before it is ciphered): what INSTALL [for load] carries and a DAP
// signs.
[[nodiscard]] Result<Bytes> load_file_hash(crypto::DigestKind kind, ByteView load_file);
// domain: the one that will verify, which holds the other half of the key as version 73.
[[nodiscard]] Result<DapBlock> make_dap(ByteView domain, ByteView load_file_hash, const SigningKey& key, Rng& rng);

// A receipt as the card answers it: [length of all], length, receipt, confirmation data { length counter, length unique
// data, ... }. GPC 2.3.1 §11.1.6 has the length of all; not every card writes it.
struct Receipt {
  Bytes signature;
  Bytes confirmation_counter;
  Bytes card_data;

  [[nodiscard]] static Result<Receipt> parse(ByteView answer);
  // §C.5 tables: counter, unique data, then what was done, fields with their lengths. LOAD: load file, domain. INSTALL:
  // load file, instance. Extradition: domain before, entry, domain now. DELETE: what was named. Registry update: domain
  // before, entry, domain now, privileges, parameters.
  [[nodiscard]] Bytes input(std::initializer_list<ByteView> fields) const;
  [[nodiscard]] Status verify(const VerifyingKey& key, std::initializer_list<ByteView> fields) const;
};

}  // namespace cose::gphost
