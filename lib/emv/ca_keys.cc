// SPDX-License-Identifier: Apache-2.0
#include "emv/ca_keys.h"

#include <charconv>
#include <string>

#include "bytes/hex.h"
#include "crypto/digest.h"

namespace cose::emv {

namespace {

constexpr std::size_t kProvider = 5;
constexpr std::size_t kMaximumKeys = 1000;

// Words of a line, up to a comment.
std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  line = line.substr(0, line.find('#'));
  while (true) {
    const auto start = line.find_first_not_of(" \t\r");
    if (start == std::string_view::npos) return words;
    const auto end = line.find_first_of(" \t\r", start);
    words.push_back(line.substr(start, end - start));
    if (end == std::string_view::npos) return words;
    line.remove_prefix(end);
  }
}

Result<Month> parse_month(std::string_view text) {
  Month month;
  const auto* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, month.month);
  if (first.ec == std::errc() && first.ptr != end && *first.ptr == '/') {
    const auto second = std::from_chars(first.ptr + 1, end, month.year);
    if (second.ec == std::errc() && second.ptr == end && month.month >= 1 && month.month <= 12) return month;
  }
  return fail(ErrorKind::kInvalid, "expected a month as 12/2027, found " + std::string(text));
}

// An odd number of digits is fine in an exponent: 3.
Result<Bytes> parse_exponent(std::string_view text) {
  return from_hex(text.size() % 2 == 0 ? std::string(text) : "0" + std::string(text));
}

Result<CaKey> parse_key(const std::vector<std::string_view>& words) {
  if (words.size() < 5) return fail(ErrorKind::kInvalid, "expected provider, index, exponent, modulus, check value");
  COSE_TRY(const auto provider, from_hex(words[0]));
  COSE_TRY(const auto index, from_hex(words[1]));
  COSE_TRY(const auto exponent, parse_exponent(words[2]));
  COSE_TRY(const auto modulus, from_hex(words[3]));
  COSE_TRY(const auto check, from_hex(words[4]));
  if (provider.size() != kProvider || index.size() != 1)
    return fail(ErrorKind::kInvalid, "expected a provider of 5 octets and an index of 1");
  COSE_TRY(const auto computed, ca_key_check_value(provider, index[0], modulus, exponent));
  if (computed != check)
    return fail(ErrorKind::kInvalid,
                "check value of key " + to_hex(index) + ": expected " + to_hex(computed) + ", found " + to_hex(check));
  COSE_TRY(auto key, crypto::RsaPublicKey::create(modulus, exponent));
  return CaKey{.provider = provider, .index = index[0], .key = std::move(key), .expiry = {}, .is_test = false};
}

Result<CaKey> parse_line(const std::vector<std::string_view>& words) {
  COSE_TRY(auto key, parse_key(words));
  for (std::size_t at = 5; at < words.size(); ++at) {
    if (words[at] == "test") {
      key.is_test = true;
    } else if (words[at] == "until" && at + 1 < words.size()) {
      COSE_TRY(key.expiry, parse_month(words[++at]));
    } else {
      return fail(ErrorKind::kInvalid, "expected \"test\" or \"until\" and a month, found " + std::string(words[at]));
    }
  }
  return key;
}

}  // namespace

Result<Bytes> ca_key_check_value(ByteView provider, std::uint8_t index, ByteView modulus, ByteView exponent) {
  return crypto::digest(crypto::DigestKind::kSha1, concat(provider, ByteView(&index, 1), modulus, exponent));
}

Result<CaKeys> CaKeys::parse(std::string_view text) {
  CaKeys keys;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    const auto words = words_of(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (words.empty()) continue;
    auto key = parse_line(words);
    if (key && keys.find(key->provider, key->index) != nullptr)
      key = fail(ErrorKind::kInvalid, "the key is there twice");
    if (key && keys.keys_.size() == kMaximumKeys) key = fail(ErrorKind::kLimit, "more than 1000 keys");
    if (!key) return std::unexpected(key.error().within("line " + std::to_string(number)));
    keys.keys_.push_back(*std::move(key));
  }
  return keys;
}

const CaKey* CaKeys::find(ByteView aid, std::uint8_t index) const {
  for (const auto& key : keys_)
    if (key.index == index && aid.size() >= kProvider && equal(aid.first(kProvider), key.provider)) return &key;
  return nullptr;
}

}  // namespace cose::emv
