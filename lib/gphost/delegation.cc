// SPDX-License-Identifier: Apache-2.0
#include "gphost/delegation.h"

#include <utility>

#include "bytes/reader.h"
#include "crypto/cmac.h"
#include "crypto/ecdsa.h"
#include "crypto/mac9797.h"
#include "crypto/rsa_pkcs1.h"
#include "tlv/tlv_builder.h"

namespace cose::gphost {

namespace {

using crypto::DigestKind;
using iso7816::CommandApdu;

constexpr std::size_t kShortRsaBits = 1024;
constexpr std::uint8_t kInstall = 0xE6;
constexpr std::uint8_t kDelete = 0xE4;

DigestKind digest_for(const crypto::EcCurve& curve) {
  if (curve.order_bits() <= 256) return DigestKind::kSha256;
  return curve.order_bits() <= 384 ? DigestKind::kSha384 : DigestKind::kSha512;
}

DigestKind digest_for(std::size_t rsa_bits) {
  return rsa_bits <= kShortRsaBits ? DigestKind::kSha1 : DigestKind::kSha256;
}

Result<Bytes> symmetric_code(const Secret& key, ByteView message, SymmetricScheme scheme) {
  if (scheme == SymmetricScheme::kAes) {
    COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
    return crypto::cmac(kind, key.view(), message);
  }
  COSE_TRY(const auto kind, crypto::des_with_key_size(key.size()));
  return crypto::mac9797(crypto::MacAlgorithm::kAlgorithm3, kind, key.view(), crypto::Padding::kIso9797Method2,
                         message);
}

}  // namespace

Result<Bytes> sign(const SigningKey& key, ByteView message, Rng& rng, SymmetricScheme scheme) {
  if (const auto* const* rsa = std::get_if<const crypto::RsaPrivateKey*>(&key)) {
    const auto kind = digest_for((*rsa)->bits());
    COSE_TRY(const auto hash, crypto::digest(kind, message));
    return crypto::sign_pkcs1(**rsa, kind, hash);
  }
  if (const auto* const* curve = std::get_if<const crypto::EcPrivateKey*>(&key)) {
    COSE_TRY(const auto hash, crypto::digest(digest_for((*curve)->curve()), message));
    return crypto::sign_ecdsa(**curve, hash, rng, crypto::EcdsaForm::kRaw);
  }
  return symmetric_code(*std::get<const Secret*>(key), message, scheme);
}

Status verify(const VerifyingKey& key, ByteView message, ByteView signature, SymmetricScheme scheme) {
  if (const auto* const* rsa = std::get_if<const crypto::RsaPublicKey*>(&key)) {
    const auto kind = digest_for((*rsa)->bits());
    COSE_TRY(const auto hash, crypto::digest(kind, message));
    return crypto::verify_pkcs1(**rsa, kind, hash, signature);
  }
  if (const auto* const* curve = std::get_if<const crypto::EcPublicKey*>(&key)) {
    COSE_TRY(const auto hash, crypto::digest(digest_for((*curve)->curve()), message));
    return crypto::verify_ecdsa(**curve, hash, signature, crypto::EcdsaForm::kRaw);
  }
  COSE_TRY(const auto code, symmetric_code(*std::get<const Secret*>(key), message, scheme));
  if (constant_time_equal(code, signature)) return {};
  return fail(ErrorKind::kRefused, "the signature is not one of this key");
}

// §C.4.1: P1, P2, then Lc and data as they are without the token's field.
Result<Bytes> token_input(const CommandApdu& command) {
  auto data = ByteView(command.data);
  if (command.ins == kInstall) {
    if (data.empty() || data.back() != 0)
      return fail(ErrorKind::kInvalid, "token: expected an INSTALL command with an empty token field");
    data = data.first(data.size() - 1);
  } else if (command.ins != kDelete) {
    return fail(ErrorKind::kUnsupported, "token: expected INSTALL or DELETE");
  }
  Bytes input = {command.p1, command.p2};
  if (data.size() > 255) {
    input.push_back(0);
    input.push_back(static_cast<std::uint8_t>(data.size() >> 8));
  }
  input.push_back(static_cast<std::uint8_t>(data.size()));
  append(input, data);
  return input;
}

Result<CommandApdu> with_token(const CommandApdu& command, ByteView token) {
  auto signed_command = command;
  if (command.ins == kDelete) {
    tlv::append_element(signed_command.data, tlv::Tag(0x9E), token);
    return signed_command;
  }
  if (command.ins != kInstall || command.data.empty() || command.data.back() != 0)
    return fail(ErrorKind::kInvalid, "token: expected an INSTALL command with an empty token field");
  signed_command.data.pop_back();
  tlv::append_length(signed_command.data, token.size());
  append(signed_command.data, token);
  return signed_command;
}

Result<Bytes> load_file_hash(DigestKind kind, ByteView load_file) {
  return crypto::digest(kind, load_file);
}

Result<Receipt> Receipt::parse(ByteView answer) {
  Reader reader(answer);
  Receipt receipt;
  COSE_TRY(auto size, reader.u8());
  // BER-coded beyond 127 octets, GPC 2.3.1 §11.1.6.
  if (size == 0x81) {
    COSE_TRY(size, reader.u8());
  }
  COSE_TRY(const auto signature, reader.take(size));
  COSE_TRY(const auto counter, reader.take_with_length8());
  COSE_TRY(const auto card, reader.take_with_length8());
  COSE_CHECK(reader.expect_end());
  receipt.signature = to_bytes(signature);
  receipt.confirmation_counter = to_bytes(counter);
  receipt.card_data = to_bytes(card);
  return receipt;
}

Bytes Receipt::input(std::initializer_list<ByteView> aids) const {
  Bytes input;
  const auto add = [&](ByteView run) {
    tlv::append_length(input, run.size());
    append(input, run);
  };
  add(confirmation_counter);
  add(card_data);
  for (const auto aid : aids) add(aid);
  return input;
}

}  // namespace cose::gphost
