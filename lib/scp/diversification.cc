// SPDX-License-Identifier: Apache-2.0
#include "scp/diversification.h"

#include <algorithm>
#include <array>
#include <utility>

#include "bytes/hex.h"
#include "crypto/kdf.h"
#include "scp/card_channel.h"
#include "scp/detail/ciphers.h"

namespace cose::scp {

namespace {

struct Named {
  std::string_view name;
  std::string_view row;
};

// visa1 and visa2: the schemes of the VISA GlobalPlatform guides; emvcps11: EMV Card Personalization Specification 1.1
// §4.1; kdf3: SP 800-108 with the label 000000kk.
constexpr std::array<Named, 6> kNamed = {{
    {"none", ""},
    {"visa1", "$0 $1 $2 $3 $8 $9 F0 $k $0 $1 $2 $3 $8 $9 0F $k"},
    {"visa2", "$0 $1 $4 $5 $6 $7 F0 $k $0 $1 $4 $5 $6 $7 0F $k"},
    {"emvcps11", "$4 $5 $6 $7 $8 $9 F0 $k $4 $5 $6 $7 $8 $9 0F $k"},
    {"emv", "$4 $5 $6 $7 $8 $9 F0 $k $4 $5 $6 $7 $8 $9 0F $k"},
    {"kdf3", "$_ 00 00 00 $k 00 $0 $1 $2 $3 $4 $5 $6 $7 $8 $9"},
}};

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (true) {
    const auto from = text.find_first_not_of(" \t,");
    if (from == std::string_view::npos) return words;
    text.remove_prefix(from);
    const auto size = std::min(text.find_first_of(" \t,"), text.size());
    words.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
}

}  // namespace

std::vector<std::string_view> diversification_names() {
  std::vector<std::string_view> names;
  for (const auto& named : kNamed)
    if (named.name != "emv") names.push_back(named.name);
  return names;
}

Result<Diversification::Word> Diversification::word(std::string_view text) {
  if (text == "$k") return Word{Kind::kKeyNumber, 0};
  if (text == "$_") return Word{Kind::kCounter, 0};
  if (text.size() == 2 && text[0] == '$' && text[1] >= '0' && text[1] <= '9')
    return Word{Kind::kData, static_cast<std::uint8_t>(text[1] - '0')};
  const auto octet = from_hex(text.starts_with("0x") ? text.substr(2) : text);
  if (octet && octet->size() == 1) return Word{Kind::kConstant, octet->front()};
  return fail(ErrorKind::kInvalid,
              "key derivation: expected none, visa1, visa2, emvcps11, kdf3 or a template of $0 to "
              "$9, $k, $_ and octets, found " +
                  std::string(text));
}

Result<Diversification> Diversification::parse(std::string_view text) {
  Diversification made;
  auto row = text;
  for (const auto& named : kNamed)
    if (named.name == text) row = named.row;
  const auto words = words_of(row);
  if (words.size() > kMaximumTemplateWords)
    return fail(ErrorKind::kLimit, "key derivation: a template has at most 64 words");
  for (const auto& part : words) {
    COSE_TRY(const auto parsed, word(part));
    made.words_.push_back(parsed);
  }
  if (std::ranges::count(made.words_, Kind::kCounter, &Word::kind) > 1)
    return fail(ErrorKind::kInvalid, "key derivation: a template has one counter at most");
  if (!text.empty()) made.name_ = std::string(text);
  return made;
}

Result<Secret> Diversification::derive_key(KeyAlgorithm algorithm, ByteView master, std::uint8_t number,
                                           ByteView data) const {
  Bytes before;
  Bytes after;
  bool has_counter = false;
  for (const auto& word : words_) {
    auto& side = has_counter ? after : before;
    if (word.kind == Kind::kConstant) side.push_back(word.value);
    if (word.kind == Kind::kData) side.push_back(data[word.value]);
    if (word.kind == Kind::kKeyNumber) side.push_back(number);
    if (word.kind == Kind::kCounter) has_counter = true;
  }
  if (has_counter) {
    COSE_TRY(const auto kind, crypto::aes_with_key_size(master.size()));
    return crypto::counter_kdf_cmac(kind, master, {before, 1, after}, master.size());
  }
  // A triple DES master makes two-key keys whatever the new key is for (the row is as long as they are).
  const auto cipher = algorithm == KeyAlgorithm::kAes && before.size() != 2 * detail::kDesBlock
                          ? KeyAlgorithm::kAes
                          : (master.size() == 32 ? KeyAlgorithm::kAes : KeyAlgorithm::kDes);
  COSE_TRY(const auto kind, detail::cipher_for(cipher, master));
  COSE_TRY(auto derived, crypto::encrypt(kind, crypto::CipherMode::kEcb, master, {}, before));
  return Secret::take(std::move(derived));
}

Result<KeySet> Diversification::derive(const KeySet& masters, ByteView data) const {
  if (is_none()) return masters.clone();
  if (data.size() != kKeyDiversificationSize)
    return fail(ErrorKind::kInvalid,
                "key derivation: expected 10 octets of data, found " + std::to_string(data.size()));
  COSE_TRY(const auto encryption, derive_key(masters.algorithm, masters.encryption.view(), 1, data));
  COSE_TRY(const auto mac, derive_key(masters.algorithm, masters.mac.view(), 2, data));
  COSE_TRY(const auto data_encryption, derive_key(masters.algorithm, masters.data_encryption.view(), 3, data));
  return KeySet::from_three(masters.version, masters.algorithm, encryption.view(), mac.view(), data_encryption.view());
}

}  // namespace cose::scp
