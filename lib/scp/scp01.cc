// SPDX-License-Identifier: Apache-2.0
// SCP01, options 05 and 15 (GPC 2.3.1 annex D, deprecated there and alive in old cards).
#include <utility>

#include "crypto/padding.h"
#include "scp/detail/ciphers.h"
#include "scp/detail/des_messages.h"

namespace cose::scp::detail {

namespace {

constexpr std::size_t kChallenge = 8;

class Scp01Messages final : public DesMessages {
 public:
  using DesMessages::DesMessages;

 private:
  // §D.3.2: full triple DES.
  [[nodiscard]] Result<Bytes> mac(ByteView message, ByteView initial) const override {
    return full_des_mac(keys().mac.view(), message, initial);
  }

  [[nodiscard]] Result<Bytes> encrypted_chaining_value(ByteView value) const override {
    COSE_TRY(const auto kind, cipher_for(KeyAlgorithm::kDes, keys().mac.view()));
    return crypto::encrypt(kind, crypto::CipherMode::kEcb, keys().mac.view(), {}, value);
  }

  // §D.3.3: the length first, and padding only when that leaves half a block.
  [[nodiscard]] Result<Bytes> filled(ByteView data) const override {
    Bytes with_length = {static_cast<std::uint8_t>(data.size())};
    append(with_length, data);
    if (with_length.size() % kDesBlock == 0) return with_length;
    return crypto::pad(crypto::Padding::kIso9797Method2, kDesBlock, with_length);
  }

  [[nodiscard]] Result<Bytes> emptied(ByteView filled) const override {
    if (filled.empty()) return wrong_message();
    const std::size_t size = filled.front();
    if (1 + size > filled.size() || filled.size() - 1 - size >= kDesBlock) return wrong_message();
    const auto padding = filled.subspan(1 + size);
    for (std::size_t at = 0; at < padding.size(); ++at)
      if (padding[at] != (at == 0 ? 0x80 : 0x00)) return wrong_message();
    return to_bytes(filled.subspan(1, size));
  }
};

// §D.4.1: halves of both challenges, crossed.
Result<Secret> session_key(ByteView key, ByteView host, ByteView card) {
  const auto data = concat(card.last(4), host.first(4), card.first(4), host.last(4));
  COSE_TRY(const auto kind, cipher_for(KeyAlgorithm::kDes, key));
  COSE_TRY(auto derived, crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, data));
  return Secret::take(std::move(derived));
}

}  // namespace

Result<Handshake> scp01_handshake(const HandshakeInput& input) {
  if (input.host_challenge.size() != kChallenge || input.card_challenge.size() != kChallenge)
    return fail(ErrorKind::kInvalid, "SCP01: expected challenges of 8 octets");
  if (input.keys.algorithm != KeyAlgorithm::kDes)
    return fail(ErrorKind::kInvalid, "SCP01: expected triple DES keys, found AES keys");
  DesKeys keys;
  COSE_TRY(keys.encryption, session_key(input.keys.encryption.view(), input.host_challenge, input.card_challenge));
  COSE_TRY(keys.mac, session_key(input.keys.mac.view(), input.host_challenge, input.card_challenge));
  keys.data_encryption = input.keys.data_encryption.clone();  // §D.1.5: the static key

  Handshake made;
  COSE_TRY(made.card_cryptogram,
           full_des_mac(keys.encryption.view(), concat(input.host_challenge, input.card_challenge)));
  COSE_TRY(made.host_cryptogram,
           full_des_mac(keys.encryption.view(), concat(input.card_challenge, input.host_challenge)));
  made.messages = std::make_unique<Scp01Messages>(input.protocol, std::move(keys), Bytes(kDesBlock, 0));
  return made;
}

}  // namespace cose::scp::detail
