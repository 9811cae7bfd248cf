// SPDX-License-Identifier: Apache-2.0
// Keys of one card from master keys: the schemes that issuers use, as templates over the key diversification data.
//
// A template is a row of words: $0 to $9 an octet of the diversification data, $k the number of the key (01, 02, 03),
// $_ a counter (which makes it a KDF in counter mode), 0xNN or NN a constant. Named ones: none, visa1, visa2,
// emvcps11 (also emv), kdf3. Without a counter the row is encrypted with the master key in ECB mode; with one it is the
// input of SP 800-108's KDF with CMAC, as in SCP03.
// Values; a Diversification owns its template. Errors: kInvalid for a word that is none or a row that fits no key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "scp/key_set.h"

namespace cose::scp {

inline constexpr std::size_t kMaximumTemplateWords = 64;

class Diversification {
 public:
  Diversification() = default;  // none
  // A name or a template.
  [[nodiscard]] static Result<Diversification> parse(std::string_view text);

  [[nodiscard]] bool is_none() const { return words_.empty(); }
  [[nodiscard]] const std::string& name() const { return name_; }

  // data: the ten octets of INITIALIZE UPDATE. Each key is derived from the key of the same number.
  [[nodiscard]] Result<KeySet> derive(const KeySet& masters, ByteView data) const;

 private:
  enum class Kind { kConstant, kData, kKeyNumber, kCounter };
  struct Word {
    Kind kind;
    std::uint8_t value;
  };

  [[nodiscard]] static Result<Word> word(std::string_view text);
  [[nodiscard]] Result<Secret> derive_key(KeyAlgorithm algorithm, ByteView master, std::uint8_t number,
                                          ByteView data) const;

  std::string name_ = "none";
  std::vector<Word> words_;
};

// All that have names, for trying which one a card was made with.
[[nodiscard]] std::vector<std::string_view> diversification_names();

}  // namespace cose::scp
