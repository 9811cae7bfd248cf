// SPDX-License-Identifier: Apache-2.0
// The commands of scripts that put and delete keys.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "admin/interpreter.h"
#include "crypto/pem.h"
#include "gphost/key_management.h"

namespace cose::admin {

namespace {

constexpr std::uint8_t kAesType = 0x88;
constexpr std::uint8_t kTokenKey = 0x70;
constexpr std::uint8_t kReceiptKey = 0x71;

}  // namespace

Status Interpreter::delete_key(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto version, command.octet("keyver", 0));
  COSE_TRY(const auto identifier, command.octet("keyind", 0xFF));
  return gphost::remove_keys(*used, version, identifier == 0xFF ? std::uint8_t{0} : identifier);
}

Status Interpreter::put_sc_key(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  if (!used->is_open()) return fail(ErrorKind::kInvalid, "put_sc_key needs a secure channel: open_sc comes first");
  COSE_TRY(const auto replaced, command.octet("keyver", 0));
  COSE_TRY(const auto version, command.octet("newkeyver", replaced));
  COSE_TRY(const auto type, command.hex_number("keytype"));
  COSE_TRY(const auto material, keys_of(command));
  auto protocol = *used->protocol();
  if (type) protocol.number = *type == kAesType ? 0x03 : 0x02;
  const auto& answer = used->last_answer();
  COSE_TRY(const auto keys,
           material.keys(version, protocol, answer ? ByteView(answer->key_diversification) : ByteView()));
  return gphost::put_keys(*used, keys, replaced);
}

// The issuer's public key with which a domain checks tokens: GPC 2.3.1 §C.4.
Status Interpreter::put_dm_token_key(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  COSE_TRY(const auto replaced, command.octet("keyver", 0));
  COSE_TRY(const auto version, command.octet("newkeyver", kTokenKey));
  COSE_TRY(const auto file, read_file(command.value("file").value_or(""), crypto::kMaximumPem));
  COSE_TRY(const auto key, crypto::read_public_key(as_text(file), command.value("pass").value_or("")));
  return gphost::put_public_key(*used, {.version = version, .replaced_version = replaced}, key);
}

Status Interpreter::put_dm_receipt_key(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  if (!used->is_open()) return fail(ErrorKind::kInvalid, "receipt keys need a secure channel: open_sc comes first");
  COSE_TRY(const auto replaced, command.octet("keyver", 0));
  COSE_TRY(const auto version, command.octet("newkeyver", kReceiptKey));
  COSE_TRY(const auto key, command.octets("key"));
  const bool is_aes = used->protocol()->number >= 0x03;
  return gphost::put_secret_key(*used, {.version = version, .replaced_version = replaced},
                                {is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes, Secret(key)});
}

// The older command puts both.
Status Interpreter::put_dm_keys(const ScriptCommand& command) {
  COSE_CHECK(put_dm_token_key(command));
  return put_dm_receipt_key(command);
}

}  // namespace cose::admin
