// SPDX-License-Identifier: Apache-2.0
// SCP02 with all its options (GPC 2.3.1 annex E).
#include <array>
#include <utility>

#include "crypto/padding.h"
#include "scp/detail/ciphers.h"
#include "scp/detail/des_messages.h"

namespace cose::scp::detail {

namespace {

constexpr std::size_t kHostChallenge = 8;
constexpr std::size_t kCardChallenge = 6;

// §E.4.1 table E-4.
constexpr std::uint16_t kMacConstant = 0x0101;
constexpr std::uint16_t kResponseMacConstant = 0x0102;
constexpr std::uint16_t kDataEncryptionConstant = 0x0181;
constexpr std::uint16_t kEncryptionConstant = 0x0182;

class Scp02Messages final : public DesMessages {
 public:
  using DesMessages::DesMessages;

 private:
  [[nodiscard]] Result<Bytes> mac(ByteView message, ByteView initial) const override {
    return retail_des_mac(keys().mac.view(), message, initial);
  }

  // §E.3.4: single DES with the first half of the C-MAC session key.
  [[nodiscard]] Result<Bytes> encrypted_chaining_value(ByteView value) const override {
    return crypto::encrypt(crypto::BlockCipherKind::kDes, crypto::CipherMode::kEcb, keys().mac.view().first(kDesBlock),
                           {}, value);
  }

  [[nodiscard]] Result<Bytes> filled(ByteView data) const override {
    return crypto::pad(crypto::Padding::kIso9797Method2, kDesBlock, data);
  }

  [[nodiscard]] Result<Bytes> emptied(ByteView filled) const override {
    return crypto::unpad(crypto::Padding::kIso9797Method2, kDesBlock, filled);
  }
};

Result<Secret> session_key(ByteView key, std::uint16_t constant, std::uint32_t counter) {
  Bytes data(2 * kDesBlock, 0);
  data[0] = static_cast<std::uint8_t>(constant >> 8);
  data[1] = static_cast<std::uint8_t>(constant);
  data[2] = static_cast<std::uint8_t>(counter >> 8);
  data[3] = static_cast<std::uint8_t>(counter);
  COSE_TRY(const auto kind, cipher_for(KeyAlgorithm::kDes, key));
  COSE_TRY(auto derived, crypto::encrypt(kind, crypto::CipherMode::kCbc, key, Bytes(kDesBlock, 0), data));
  return Secret::take(std::move(derived));
}

// §E.1.1: one base key stands for all three.
Result<DesKeys> session_keys(Protocol protocol, const KeySet& keys, std::uint32_t counter) {
  if (keys.algorithm != KeyAlgorithm::kDes)
    return fail(ErrorKind::kInvalid, "SCP02: expected triple DES keys, found AES keys");
  const auto& mac = protocol.has_three_keys() ? keys.mac : keys.encryption;
  const auto& data_encryption = protocol.has_three_keys() ? keys.data_encryption : keys.encryption;
  DesKeys derived;
  COSE_TRY(derived.encryption, session_key(keys.encryption.view(), kEncryptionConstant, counter));
  COSE_TRY(derived.mac, session_key(mac.view(), kMacConstant, counter));
  COSE_TRY(derived.response_mac, session_key(mac.view(), kResponseMacConstant, counter));
  COSE_TRY(derived.data_encryption, session_key(data_encryption.view(), kDataEncryptionConstant, counter));
  return derived;
}

}  // namespace

Result<Bytes> scp02_challenge(Protocol protocol, const KeySet& keys, std::uint32_t counter, ByteView domain_aid) {
  const auto& mac_key = protocol.has_three_keys() ? keys.mac : keys.encryption;
  COSE_TRY(const auto mac, session_key(mac_key.view(), kMacConstant, counter));
  COSE_TRY(auto challenge, retail_des_mac(mac.view(), domain_aid));
  challenge.resize(kCardChallenge);
  return challenge;
}

Result<Handshake> scp02_handshake(const HandshakeInput& input) {
  COSE_TRY(auto keys, session_keys(input.protocol, input.keys, input.counter));
  Bytes initial(kDesBlock, 0);
  if (input.protocol.starts_from_aid()) {
    COSE_TRY(initial, retail_des_mac(keys.mac.view(), input.domain_aid));
  }
  Handshake made;
  if (input.protocol.is_explicit()) {
    if (input.host_challenge.size() != kHostChallenge || input.card_challenge.size() != kCardChallenge)
      return fail(ErrorKind::kInvalid, "SCP02: expected challenges of 8 and 6 octets");
    const std::array<std::uint8_t, 2> counter = {static_cast<std::uint8_t>(input.counter >> 8),
                                                 static_cast<std::uint8_t>(input.counter)};
    COSE_TRY(made.card_cryptogram,
             full_des_mac(keys.encryption.view(), concat(input.host_challenge, counter, input.card_challenge)));
    COSE_TRY(made.host_cryptogram,
             full_des_mac(keys.encryption.view(), concat(counter, input.card_challenge, input.host_challenge)));
  }
  made.messages = std::make_unique<Scp02Messages>(input.protocol, std::move(keys), std::move(initial));
  return made;
}

}  // namespace cose::scp::detail
