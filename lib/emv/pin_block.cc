// SPDX-License-Identifier: Apache-2.0
#include "emv/pin_block.h"

#include <algorithm>
#include <array>

#include "crypto/block_cipher.h"

namespace cose::emv {

namespace {

constexpr std::size_t kBlock = 8;
constexpr std::size_t kNibbles = 2 * kBlock;
constexpr std::size_t kLongBlock = 16;
constexpr std::size_t kPanDigits = 12;
constexpr std::uint8_t kFill = 0xF;
constexpr std::uint8_t kLongFill = 0xA;

bool is_decimal(std::string_view text) {
  return std::ranges::all_of(text, [](char character) { return character >= '0' && character <= '9'; });
}

Status check_pin(std::string_view pin) {
  if (pin.size() >= kMinimumPin && pin.size() <= kMaximumPin && is_decimal(pin)) return {};
  return fail(ErrorKind::kInvalid, "expected a PIN of 4 to 12 digits");
}

void set_nibble(MutableByteView block, std::size_t index, std::uint8_t value) {
  auto& octet = block[index / 2];
  octet = static_cast<std::uint8_t>(index % 2 == 0 ? (octet & 0x0F) | value << 4 : (octet & 0xF0) | value);
}

std::uint8_t nibble(ByteView block, std::size_t index) {
  return index % 2 == 0 ? block[index / 2] >> 4 : block[index / 2] & 0x0F;
}

std::uint8_t digit(char character) {
  return static_cast<std::uint8_t>(character - '0');
}

// The format, the length, the digits; `fill` gives each half octet after them.
template <typename Fill>
Result<Secret> pin_field(std::uint8_t format, std::string_view pin, Fill fill) {
  COSE_CHECK(check_pin(pin));
  Secret block(kBlock);
  const auto octets = block.writable();
  set_nibble(octets, 0, format);
  set_nibble(octets, 1, static_cast<std::uint8_t>(pin.size()));
  for (std::size_t index = 2; index < kNibbles; ++index)
    set_nibble(octets, index, index - 2 < pin.size() ? digit(pin[index - 2]) : fill());
  return block;
}

// ISO 9564-1 §9.3.1: four zeros and the twelve digits before the check digit.
Result<Bytes> account_field(std::string_view pan) {
  if (pan.size() < kMinimumPan || pan.size() > kMaximumPan || !is_decimal(pan))
    return fail(ErrorKind::kInvalid, "expected an account number of 8 to 19 digits");
  pan.remove_suffix(1);
  const auto count = std::min(pan.size(), kPanDigits);
  pan.remove_prefix(pan.size() - count);
  Bytes field(kBlock);
  for (std::size_t index = 0; index < count; ++index) set_nibble(field, kNibbles - count + index, digit(pan[index]));
  return field;
}

void add(MutableByteView to, ByteView octets) {
  for (std::size_t index = 0; index < octets.size(); ++index) to[index] ^= octets[index];
}

Result<Secret> bound_to(Result<Secret> block, std::string_view pan) {
  COSE_TRY(const auto account, account_field(pan));
  if (block) add(block->writable(), account);
  return block;
}

// An octet of chance for each digit of a block.
using Chance = std::array<std::uint8_t, 2 * kBlock>;

Result<Chance> draw(Rng& rng) {
  Chance drawn{};
  COSE_CHECK(rng.fill(drawn));
  return drawn;
}

// Format, length and digits of a clear block, told from the fill that must follow.
template <typename IsFill>
Result<Secret> read_pin(ByteView block, IsFill is_fill) {
  const std::size_t length = nibble(block, 1);
  const auto bad = fail(ErrorKind::kInvalid, "no PIN in this block");
  if (length < kMinimumPin || length > kMaximumPin) return bad;
  Secret pin(length);
  for (std::size_t index = 2; index < kNibbles; ++index) {
    const auto value = nibble(block, index);
    if (index - 2 < length ? value > 9 : !is_fill(value)) return bad;
    if (index - 2 < length) pin.writable()[index - 2] = static_cast<std::uint8_t>('0' + value);
  }
  return pin;
}

// ISO 9564-1 §9.4.2.3: how many digits there are above twelve, the digits, zeros.
Result<Bytes> long_account_field(std::string_view pan) {
  if (pan.empty() || pan.size() > kMaximumPan || !is_decimal(pan))
    return fail(ErrorKind::kInvalid, "expected an account number of 1 to 19 digits");
  std::string digits(pan);
  if (digits.size() < kPanDigits) digits.insert(0, kPanDigits - digits.size(), '0');
  Bytes field(kLongBlock);
  set_nibble(field, 0, static_cast<std::uint8_t>(digits.size() - kPanDigits));
  for (std::size_t index = 0; index < digits.size(); ++index) set_nibble(field, index + 1, digit(digits[index]));
  return field;
}

}  // namespace

Result<Secret> pin_block_0(std::string_view pin, std::string_view pan) {
  return bound_to(pin_field(0, pin, [] { return kFill; }), pan);
}

Result<Secret> pin_block_1(std::string_view pin, Rng& rng) {
  COSE_TRY(const auto drawn, draw(rng));
  std::size_t at = 0;
  return pin_field(1, pin, [&] { return static_cast<std::uint8_t>(drawn.at(at++) & 0x0F); });
}

Result<Secret> pin_block_2(std::string_view pin) {
  return pin_field(2, pin, [] { return kFill; });
}

Result<Secret> pin_block_3(std::string_view pin, std::string_view pan, Rng& rng) {
  COSE_TRY(const auto drawn, draw(rng));
  std::size_t at = 0;
  // ISO 9564-1 §9.3.4: the fill is A to F.
  const auto fill = [&] { return static_cast<std::uint8_t>(0xA + drawn.at(at++) % 6); };
  return bound_to(pin_field(3, pin, fill), pan);
}

Result<Bytes> pin_block_4(std::string_view pin, std::string_view pan, ByteView key, Rng& rng) {
  COSE_TRY(const auto clear, pin_field(4, pin, [] { return kLongFill; }));
  COSE_TRY(const auto account, long_account_field(pan));
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  Secret block(kLongBlock);
  std::ranges::copy(clear.view(), block.writable().begin());
  COSE_CHECK(rng.fill(block.writable().subspan(kBlock)));
  COSE_TRY(auto first, crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, block.view()));
  add(first, account);
  return crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, first);
}

Result<Secret> pin_of_block(ByteView block, std::string_view pan) {
  if (block.size() != kBlock) return fail(ErrorKind::kInvalid, "expected a PIN block of 8 octets");
  switch (nibble(block, 0)) {
    case 0:
    case 3: {
      COSE_TRY(const auto account, account_field(pan));
      const bool fixed = nibble(block, 0) == 0;
      Secret clear(block);
      add(clear.writable(), account);
      return read_pin(clear.view(), [fixed](auto value) { return fixed ? value == kFill : value >= 0xA; });
    }
    case 1: return read_pin(block, [](auto) { return true; });
    case 2: return read_pin(block, [](auto value) { return value == kFill; });
    default: return fail(ErrorKind::kUnsupported, "expected a PIN block of format 0 to 3");
  }
}

Result<Secret> pin_of_block_4(ByteView enciphered, std::string_view pan, ByteView key) {
  if (enciphered.size() != kLongBlock) return fail(ErrorKind::kInvalid, "expected a PIN block of 16 octets");
  COSE_TRY(const auto account, long_account_field(pan));
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  COSE_TRY(auto middle, crypto::decrypt(kind, crypto::CipherMode::kEcb, key, {}, enciphered));
  add(middle, account);
  COSE_TRY(auto octets, crypto::decrypt(kind, crypto::CipherMode::kEcb, key, {}, middle));
  const auto clear = Secret::take(std::move(octets));
  if (nibble(clear.view(), 0) != 4) return fail(ErrorKind::kInvalid, "no PIN in this block");
  return read_pin(clear.view().first(kBlock), [](auto value) { return value == kLongFill; });
}

Result<Bytes> encipher_pin_for_card(const crypto::RsaPublicKey& key, ByteView block, ByteView challenge, Rng& rng) {
  if (block.size() != kBlock || challenge.size() != kBlock)
    return fail(ErrorKind::kInvalid, "PIN encipherment: expected a block and a challenge of 8 octets each");
  constexpr std::uint8_t kDataHeader = 0x7F;
  Secret clear(key.size());
  const auto octets = clear.writable();
  octets[0] = kDataHeader;
  std::ranges::copy(block, octets.begin() + 1);
  std::ranges::copy(challenge, octets.begin() + 1 + kBlock);
  COSE_CHECK(rng.fill(octets.subspan(1 + 2 * kBlock)));
  return key.apply(clear.view());
}

Result<Secret> visa_pin_block(ByteView card_key, std::string_view pin, std::string_view current_pin) {
  if (card_key.size() != kDesKey) return fail(ErrorKind::kInvalid, "expected a key of 16 octets");
  COSE_TRY(auto block, pin_field(0, pin, [] { return kFill; }));
  add(block.writable().subspan(kBlock / 2), card_key.subspan(kBlock / 2, kBlock / 2));
  if (current_pin.empty()) return block;
  COSE_CHECK(check_pin(current_pin));
  Secret current(kBlock);
  for (std::size_t index = 0; index < current_pin.size(); ++index)
    set_nibble(current.writable(), index, digit(current_pin[index]));
  add(block.writable(), current.view());
  return block;
}

}  // namespace cose::emv
