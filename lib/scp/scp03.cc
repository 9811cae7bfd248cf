// SPDX-License-Identifier: Apache-2.0
// SCP03 (GlobalPlatform Card Specification, Amendment D 1.2): AES of all three sizes, codes of 8 or 16 octets.
#include <array>
#include <utility>

#include "crypto/cmac.h"
#include "crypto/kdf.h"
#include "crypto/padding.h"
#include "scp/detail/ciphers.h"
#include "scp/detail/messages.h"

namespace cose::scp::detail {

namespace {

using iso7816::CommandApdu;
using iso7816::CommandApduView;

// §4.1.5 table 4-1: derivation constants.
enum class Derived : std::uint8_t {
  kCardCryptogram = 0x00,
  kHostCryptogram = 0x01,
  kCardChallenge = 0x02,
  kEncryption = 0x04,
  kMac = 0x06,
  kResponseMac = 0x07,
};

constexpr std::size_t kLabel = 11;  // zeros before the constant

Result<Secret> derive(ByteView key, Derived what, ByteView context, std::size_t size) {
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  Bytes before(kLabel, 0);
  before.push_back(static_cast<std::uint8_t>(what));
  before.push_back(0);
  before.push_back(static_cast<std::uint8_t>(size * 8 >> 8));
  before.push_back(static_cast<std::uint8_t>(size * 8));
  return crypto::counter_kdf_cmac(kind, key, {before, 1, context}, size);
}

class Scp03Messages final : public Messages {
 public:
  Scp03Messages(Scp03Keys keys, crypto::BlockCipherKind kind, Bytes chaining_value, std::size_t code_size)
      : keys_(std::move(keys)), kind_(kind), chaining_value_(std::move(chaining_value)), code_size_(code_size) {}

  [[nodiscard]] Result<CommandApdu> protect(const CommandApduView& plain, SecurityLevel level) override;
  [[nodiscard]] Result<CommandApdu> unprotect(const CommandApduView& secured, SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> protect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> unprotect_response(ByteView data, iso7816::StatusWord status,
                                                 SecurityLevel level) override;
  [[nodiscard]] Result<Bytes> wrap_sensitive(ByteView plain) override {
    return detail::wrap_sensitive(KeyAlgorithm::kAes, keys_.data_encryption.view(), plain);
  }
  [[nodiscard]] Result<Secret> unwrap_sensitive(ByteView wrapped) override {
    return detail::unwrap_sensitive(KeyAlgorithm::kAes, keys_.data_encryption.view(), wrapped);
  }

 private:
  enum class Way : std::uint8_t { kCommand = 0x00, kResponse = 0x80 };

  // §6.2.6 and §6.2.7: the counter block, its first bit set for responses, encrypted.
  [[nodiscard]] Result<Bytes> first_block(Way way) const;
  [[nodiscard]] Result<Bytes> encrypt(Way way, ByteView plain) const;
  [[nodiscard]] Result<Bytes> decrypt(Way way, ByteView encrypted) const;
  // §6.2.4: over the chaining value, the header with its final Lc and the encrypted data.
  [[nodiscard]] Result<Bytes> command_mac(const CommandApduView& command, ByteView sent_data) const;
  [[nodiscard]] Result<Bytes> response_mac(ByteView sent_data, iso7816::StatusWord status) const;

  Scp03Keys keys_;
  crypto::BlockCipherKind kind_;
  Bytes chaining_value_;
  std::size_t code_size_;
  std::uint64_t counter_ = 0;  // of commands with C-DECRYPTION, the current one included
};

Result<Bytes> Scp03Messages::first_block(Way way) const {
  Bytes block(kAesBlock, 0);
  for (std::size_t at = 0; at < 8; ++at) block[kAesBlock - 1 - at] = static_cast<std::uint8_t>(counter_ >> (8 * at));
  block[0] |= static_cast<std::uint8_t>(way);
  return crypto::encrypt(kind_, crypto::CipherMode::kEcb, keys_.encryption.view(), {}, block);
}

Result<Bytes> Scp03Messages::encrypt(Way way, ByteView plain) const {
  COSE_TRY(const auto start, first_block(way));
  COSE_TRY(auto padded, crypto::pad(crypto::Padding::kIso9797Method2, kAesBlock, plain));
  auto encrypted = crypto::encrypt(kind_, crypto::CipherMode::kCbc, keys_.encryption.view(), start, padded);
  wipe(padded);
  return encrypted;
}

Result<Bytes> Scp03Messages::decrypt(Way way, ByteView encrypted) const {
  if (encrypted.size() % kAesBlock != 0) return wrong_message();
  COSE_TRY(const auto start, first_block(way));
  COSE_TRY(auto padded, crypto::decrypt(kind_, crypto::CipherMode::kCbc, keys_.encryption.view(), start, encrypted));
  auto plain = crypto::unpad(crypto::Padding::kIso9797Method2, kAesBlock, padded);
  wipe(padded);
  if (!plain) return wrong_message();
  return plain;
}

Result<Bytes> Scp03Messages::command_mac(const CommandApduView& command, ByteView sent_data) const {
  const auto header =
      mac_header(command, class_without_channel(secured_class(command.cla)), sent_data.size() + code_size_);
  return crypto::cmac(kind_, keys_.mac.view(), concat(chaining_value_, header, sent_data));
}

Result<Bytes> Scp03Messages::response_mac(ByteView sent_data, iso7816::StatusWord status) const {
  const std::array<std::uint8_t, 2> words = {status.sw1(), status.sw2()};
  COSE_TRY(auto code, crypto::cmac(kind_, keys_.response_mac.view(), concat(chaining_value_, sent_data, words)));
  code.resize(code_size_);
  return code;
}

Result<CommandApdu> Scp03Messages::protect(const CommandApduView& plain, SecurityLevel level) {
  CommandApdu secured{plain.cla, plain.ins, plain.p1, plain.p2, to_bytes(plain.data), plain.le, plain.form};
  if (!level.command_mac()) return secured;
  // §6.2.6: the counter counts commands without data as well.
  if (level.command_encryption()) {
    ++counter_;
    if (!plain.data.empty()) {
      COSE_TRY(secured.data, encrypt(Way::kCommand, plain.data));
    }
  }
  COSE_TRY(chaining_value_, command_mac(plain, secured.data));
  append(secured.data, ByteView(chaining_value_).first(code_size_));
  secured.cla = secured_class(plain.cla);
  return secured;
}

Result<CommandApdu> Scp03Messages::unprotect(const CommandApduView& secured, SecurityLevel level) {
  CommandApdu plain{unsecured_class(secured.cla), secured.ins, secured.p1,  secured.p2,
                    to_bytes(secured.data),       secured.le,  secured.form};
  if (!level.command_mac()) return plain;
  if (secured.data.size() < code_size_) return wrong_message();
  const auto sent_data = secured.data.first(secured.data.size() - code_size_);
  COSE_TRY(auto code, command_mac(secured, sent_data));
  if (!constant_time_equal(ByteView(code).first(code_size_), secured.data.last(code_size_))) return wrong_message();
  chaining_value_ = std::move(code);
  plain.data = to_bytes(sent_data);
  if (level.command_encryption()) {
    ++counter_;
    if (!sent_data.empty()) {
      COSE_TRY(plain.data, decrypt(Way::kCommand, sent_data));
    }
  }
  return plain;
}

Result<Bytes> Scp03Messages::protect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) {
  auto secured = to_bytes(data);
  if (!level.response_mac()) return secured;
  if (level.response_encryption() && !data.empty()) {
    COSE_TRY(secured, encrypt(Way::kResponse, data));
  }
  COSE_TRY(const auto code, response_mac(secured, status));
  append(secured, code);
  return secured;
}

Result<Bytes> Scp03Messages::unprotect_response(ByteView data, iso7816::StatusWord status, SecurityLevel level) {
  if (!level.response_mac()) return to_bytes(data);
  if (data.empty() && !status.is_success() && !status.is_warning()) return Bytes();  // §6.2.5: errors go out bare
  if (data.size() < code_size_) return wrong_message();
  const auto sent_data = data.first(data.size() - code_size_);
  COSE_TRY(const auto code, response_mac(sent_data, status));
  if (!constant_time_equal(code, data.last(code_size_))) return wrong_message();
  if (!level.response_encryption() || sent_data.empty()) return to_bytes(sent_data);
  return decrypt(Way::kResponse, sent_data);
}

}  // namespace

Result<std::unique_ptr<Messages>> scp03_messages(Scp03Keys keys, ByteView chaining_value, std::size_t code_size) {
  COSE_TRY(const auto kind, crypto::aes_with_key_size(keys.encryption.size()));
  return std::make_unique<Scp03Messages>(std::move(keys), kind, to_bytes(chaining_value), code_size);
}

Result<Bytes> scp03_challenge(Protocol protocol, const KeySet& keys, std::uint32_t counter, ByteView domain_aid) {
  const std::array<std::uint8_t, 3> count = {static_cast<std::uint8_t>(counter >> 16),
                                             static_cast<std::uint8_t>(counter >> 8),
                                             static_cast<std::uint8_t>(counter)};
  COSE_TRY(const auto challenge,
           derive(keys.encryption.view(), Derived::kCardChallenge, concat(count, domain_aid), protocol.code_size()));
  return to_bytes(challenge.view());
}

Result<Handshake> scp03_handshake(const HandshakeInput& input) {
  const auto size = input.protocol.code_size();
  if (input.host_challenge.size() != size || input.card_challenge.size() != size)
    return fail(ErrorKind::kInvalid, "SCP03: expected challenges of " + std::to_string(size) + " octets");
  if (input.keys.algorithm != KeyAlgorithm::kAes)
    return fail(ErrorKind::kInvalid, "SCP03: expected AES keys, found triple DES keys");
  const auto context = concat(input.host_challenge, input.card_challenge);
  const auto& encryption = input.keys.encryption;
  const auto& mac = input.keys.mac;

  Scp03Keys keys;
  COSE_TRY(keys.encryption, derive(encryption.view(), Derived::kEncryption, context, encryption.size()));
  COSE_TRY(keys.mac, derive(mac.view(), Derived::kMac, context, mac.size()));
  COSE_TRY(keys.response_mac, derive(mac.view(), Derived::kResponseMac, context, mac.size()));
  keys.data_encryption = input.keys.data_encryption.clone();

  Handshake made;
  COSE_TRY(const auto card, derive(keys.mac.view(), Derived::kCardCryptogram, context, size));
  COSE_TRY(const auto host, derive(keys.mac.view(), Derived::kHostCryptogram, context, size));
  made.card_cryptogram = to_bytes(card.view());
  made.host_cryptogram = to_bytes(host.view());
  COSE_TRY(made.messages, scp03_messages(std::move(keys), Bytes(kAesBlock, 0), size));
  return made;
}

}  // namespace cose::scp::detail
