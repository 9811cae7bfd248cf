// SPDX-License-Identifier: Apache-2.0
// PINs as blocks of octets, clear, before they are enciphered (ISO 9564-1 §9.3, formats 0 to 4).
//
// A PIN has 4 to 12 digits. Format 4 is enciphered here, as its two halves are enciphered into each other. Errors:
// kInvalid; none tells a digit.
#pragma once

#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/rsa.h"
#include "emv/keys.h"

namespace cose::emv {

inline constexpr std::size_t kMinimumPin = 4;
inline constexpr std::size_t kMaximumPin = 12;

// 0: bound to the account number. 1: with chance, without account. 2: what offline VERIFY takes, and M/Chip scripts.
// 3: as 0, filled with chance.
[[nodiscard]] Result<Secret> pin_block_0(std::string_view pin, std::string_view pan);
[[nodiscard]] Result<Secret> pin_block_1(std::string_view pin, Rng& rng);
[[nodiscard]] Result<Secret> pin_block_2(std::string_view pin);
[[nodiscard]] Result<Secret> pin_block_3(std::string_view pin, std::string_view pan, Rng& rng);
// Enciphered under an AES key.
[[nodiscard]] Result<Bytes> pin_block_4(std::string_view pin, std::string_view pan, ByteView key, Rng& rng);

// The PIN in a block of formats 0 to 3, which the block's first digit tells; the account for 0 and 3.
[[nodiscard]] Result<Secret> pin_of_block(ByteView block, std::string_view pan);
[[nodiscard]] Result<Secret> pin_of_block_4(ByteView enciphered, std::string_view pan, ByteView key);

// What VERIFY with P2 88 carries: the block of format 2 and the card's number of GET CHALLENGE (8 octets) under the
// card's key (EMV 4.3 Book 2 §7.2).
[[nodiscard]] Result<Bytes> encipher_pin_for_card(const crypto::RsaPublicKey& key, ByteView block, ByteView challenge,
                                                  Rng& rng);

// Visa's for PIN change scripts: bound to the left half of the card's key for cryptograms, and, unless it is empty, to
// the current PIN.
[[nodiscard]] Result<Secret> visa_pin_block(ByteView card_key, std::string_view pin, std::string_view current_pin);

}  // namespace cose::emv
