// SPDX-License-Identifier: Apache-2.0
// The commands of scripts that put and delete keys.
#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "admin/interpreter.h"
#include "crypto/pem.h"
#include "scp/certificate.h"

namespace cose::admin {

namespace {

constexpr std::uint8_t kAesType = 0x88;
constexpr std::uint8_t kDesType = 0x80;
constexpr std::uint8_t kRsaModulus = 0xA1;
constexpr std::uint8_t kRsaExponent = 0xA0;
constexpr std::uint8_t kEcPoint = 0xB0;
constexpr std::uint8_t kEcCurve = 0xF0;
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
  std::vector<gphost::KeyPart> parts;
  Bytes first;
  Bytes second;
  if (const auto* rsa = std::get_if<crypto::RsaPublicKey>(&key)) {
    first = rsa->modulus();
    second = rsa->exponent();
    parts = {{kRsaModulus, first}, {kRsaExponent, second}};
  } else {
    const auto& curve_key = std::get<crypto::EcPublicKey>(key);
    const auto reference = scp::curve_reference(curve_key.curve());
    if (!reference) return fail(ErrorKind::kUnsupported, "put_dm_token_keys: the key's curve has no number on cards");
    first = curve_key.point();
    second = {*reference};
    parts = {{kEcPoint, first}, {kEcCurve, second}};
  }
  return gphost::put_single_key(*used, version, 1, replaced, parts, gphost::Secrecy::kPublic, {});
}

Status Interpreter::put_dm_receipt_key(const ScriptCommand& command) {
  COSE_TRY(auto* const used, session());
  if (!used->is_open()) return fail(ErrorKind::kInvalid, "receipt keys need a secure channel: open_sc comes first");
  COSE_TRY(const auto replaced, command.octet("keyver", 0));
  COSE_TRY(const auto version, command.octet("newkeyver", kReceiptKey));
  COSE_TRY(const auto key, command.octets("key"));
  const bool is_aes = used->protocol()->number >= 0x03;
  COSE_TRY(const auto check, scp::key_check_value(is_aes ? scp::KeyAlgorithm::kAes : scp::KeyAlgorithm::kDes, key));
  return gphost::put_single_key(*used, version, 1, replaced, {{is_aes ? kAesType : kDesType, key}},
                                gphost::Secrecy::kSecret, check);
}

// The older command puts both.
Status Interpreter::put_dm_keys(const ScriptCommand& command) {
  COSE_CHECK(put_dm_token_key(command));
  return put_dm_receipt_key(command);
}

}  // namespace cose::admin
