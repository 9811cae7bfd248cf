// SPDX-License-Identifier: Apache-2.0
#include "emv/script.h"

#include <array>

#include "crypto/block_cipher.h"
#include "crypto/padding.h"

namespace cose::emv {

namespace {

constexpr std::size_t kBlock = 8;
constexpr std::array<std::uint8_t, kBlock> kZeros{};
constexpr auto kCipher = crypto::BlockCipherKind::kTripleDes2Key;
// One octet says how long the data are (VIS).
constexpr std::size_t kMaximumLength = 0xFF;

// EMV 4.3 Book 2 §A1.1: the core definitions chain; the schemes encipher block by block.
crypto::CipherMode mode_of(ScriptPadding padding) {
  return padding == ScriptPadding::kAlways ? crypto::CipherMode::kCbc : crypto::CipherMode::kEcb;
}

ByteView initial_of(ScriptPadding padding) {
  return padding == ScriptPadding::kAlways ? ByteView(kZeros) : ByteView();
}

Result<Bytes> padded(ByteView data, ScriptPadding padding) {
  Bytes octets;
  if (padding == ScriptPadding::kLength) {
    if (data.size() > kMaximumLength) return fail(ErrorKind::kInvalid, "expected 255 octets of script data at most");
    octets.push_back(static_cast<std::uint8_t>(data.size()));
  }
  append(octets, data);
  if (padding != ScriptPadding::kAlways && octets.size() % kBlock == 0) return octets;
  return crypto::pad(crypto::Padding::kIso9797Method2, kBlock, octets);
}

// What is data of deciphered octets; of kIfNeeded nothing can tell whether there was padding, so all of them.
Result<ByteView> unpadded(ByteView octets, ScriptPadding padding) {
  switch (padding) {
    case ScriptPadding::kIfNeeded: return octets;
    case ScriptPadding::kAlways: {
      COSE_TRY(const auto size, crypto::unpadded_size(crypto::Padding::kIso9797Method2, kBlock, octets));
      return octets.first(size);
    }
    case ScriptPadding::kLength: break;
  }
  if (octets.empty() || octets[0] >= octets.size())
    return fail(ErrorKind::kInvalid, "script data: the length in front is more than there is");
  return octets.subspan(1, octets[0]);
}

}  // namespace

Result<Secret> script_key(const CryptogramVersion& version, ByteView card_key, const ScriptContext& context) {
  if (version.script_key == ScriptKey::kVisa) return visa_script_key(card_key, context.atc);
  return common_session_key(Suite::kTripleDes, card_key, context.cryptogram);
}

Result<Bytes> script_mac(const CryptogramVersion& version, ByteView key, const ScriptContext& context, ByteView header,
                         ByteView data) {
  auto message = to_bytes(header);
  if (version.script_data == ScriptMacData::kWithAtcAndCryptogram) {
    append(message, context.atc);
    append(message, context.cryptogram);
  }
  append(message, data);
  return application_cryptogram(Suite::kTripleDes, key, message);
}

Result<Bytes> encipher_script_data(ByteView key, ByteView data, ScriptPadding padding) {
  COSE_TRY(auto clear, padded(data, padding));
  auto enciphered = crypto::encrypt(kCipher, mode_of(padding), key, initial_of(padding), clear);
  wipe(clear);
  return enciphered;
}

Result<Secret> decipher_script_data(ByteView key, ByteView data, ScriptPadding padding) {
  COSE_TRY(auto octets, crypto::decrypt(kCipher, mode_of(padding), key, initial_of(padding), data));
  const auto clear = Secret::take(std::move(octets));
  COSE_TRY(const auto content, unpadded(clear.view(), padding));
  return Secret(content);
}

}  // namespace cose::emv
