// SPDX-License-Identifier: Apache-2.0
// The public keys of the schemes' certification authorities, from a text file:
//
//   # comment
//   A000000003 94  3  ACD2...17  C4A3...0F  [until 12/2027] [test]
//   provider, index, exponent, modulus, check value
//
// A key whose check value is wrong is refused, and the file with it: a mistyped key would make good cards look false.
// Values own what they hold. Errors: kInvalid with the line. Source: EMV 4.3 Book 2 §11.2.2.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/rsa.h"
#include "emv/certificate.h"

namespace cose::emv {

struct CaKey {
  Bytes provider;  // 5 octets, with which the application's AID begins
  std::uint8_t index = 0;
  crypto::RsaPublicKey key;
  std::optional<Month> expiry;
  bool is_test = false;
};

class CaKeys {
 public:
  [[nodiscard]] static Result<CaKeys> parse(std::string_view text);

  // By AID or provider alone; null: no such key.
  [[nodiscard]] const CaKey* find(ByteView aid, std::uint8_t index) const;
  [[nodiscard]] const std::vector<CaKey>& all() const { return keys_; }
  void add(CaKey key) { keys_.push_back(std::move(key)); }

 private:
  std::vector<CaKey> keys_;
};

// SHA-1 of provider, index, modulus and exponent.
[[nodiscard]] Result<Bytes> ca_key_check_value(ByteView provider, std::uint8_t index, ByteView modulus,
                                               ByteView exponent);

}  // namespace cose::emv
