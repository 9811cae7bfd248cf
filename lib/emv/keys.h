// SPDX-License-Identifier: Apache-2.0
// From an issuer's master keys to the keys of one card, and from those to the keys of one session.
//
// All keys are Secrets. DES keys have 16 octets and come out with odd parity; AES keys have 16, 24 or 32.
// Errors: kInvalid, a key of another size, an account number that is none.
// Source: EMV 4.3 Book 2 annex A1; EMV SU-46 (common session key); the schemes' own for the other session keys.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"

namespace cose::emv {

inline constexpr std::size_t kMinimumPan = 8;
inline constexpr std::size_t kMaximumPan = 19;
inline constexpr std::size_t kDesKey = 16;

// Digits, as on the card; the sequence number has two, and counts as 00 where a card has none.
struct Account {
  std::string pan;
  std::string sequence = "00";

  [[nodiscard]] Status check() const;
};

enum class Suite { kTripleDes, kAes };

// EMV 4.3 Book 2 §A1.4: A for triple DES; B the same but for account numbers of more than 16 digits; C for AES.
enum class KeyOption { kA, kB, kC };

[[nodiscard]] Result<Secret> card_key(KeyOption option, ByteView issuer_key, const Account& account);

// EMV 4.3 Book 2 §A1.3: `diversifier` is one block of the cipher, 8 or 16 octets.
[[nodiscard]] Result<Secret> common_session_key(Suite suite, ByteView card_key, ByteView diversifier);

// How a scheme gets the session key of a cryptogram.
enum class SessionKey {
  kNone,        // the card's key itself
  kCommon,      // common_session_key of the ATC and zeros
  kMastercard,  // the same, of ATC, zeros and unpredictable number: M/Chip's own
};
[[nodiscard]] Result<Secret> session_key(SessionKey method, Suite suite, ByteView card_key, ByteView atc,
                                         ByteView unpredictable_number);

// EMV 2000's tree of session keys, which cards of that time still have: triple DES, each level from the two above it.
struct KeyTree {
  unsigned height = 8;
  unsigned branches = 4;  // branches to the power of height cover every counter
};
[[nodiscard]] Result<Secret> tree_session_key(ByteView card_key, ByteView atc, const KeyTree& tree = {});

// Of Visa's issuer scripts: the ATC added to the left half and its complement to the right half.
[[nodiscard]] Result<Secret> visa_script_key(ByteView card_key, ByteView atc);

// The first octets of zeros enciphered: what key ceremonies compare.
[[nodiscard]] Result<Bytes> key_check_value(Suite suite, ByteView key, std::size_t octets = 3);

}  // namespace cose::emv
