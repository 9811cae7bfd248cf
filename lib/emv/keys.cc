// SPDX-License-Identifier: Apache-2.0
#include "emv/keys.h"

#include <algorithm>
#include <bit>
#include <vector>

#include "bytes/hex.h"
#include "crypto/block_cipher.h"
#include "crypto/digest.h"

namespace cose::emv {

namespace {

constexpr std::size_t kDesBlock = 8;
constexpr std::size_t kAesBlock = 16;
constexpr std::size_t kDigits = 16;
constexpr std::size_t kAtc = 2;

std::size_t block_of(Suite suite) {
  return suite == Suite::kTripleDes ? kDesBlock : kAesBlock;
}

Result<crypto::BlockCipherKind> cipher_of(Suite suite, ByteView key) {
  if (suite == Suite::kAes) return crypto::aes_with_key_size(key.size());
  if (key.size() != kDesKey)
    return fail(ErrorKind::kInvalid, "expected a triple DES key of 16 octets, found " + std::to_string(key.size()));
  return crypto::BlockCipherKind::kTripleDes2Key;
}

Result<Bytes> encipher(Suite suite, ByteView key, ByteView block) {
  COSE_TRY(const auto kind, cipher_of(suite, key));
  return crypto::encrypt(kind, crypto::CipherMode::kEcb, key, {}, block);
}

Bytes complement(ByteView octets) {
  Bytes inverted(octets.begin(), octets.end());
  for (auto& octet : inverted) octet = static_cast<std::uint8_t>(~octet);
  return inverted;
}

void make_parity_odd(MutableByteView key) {
  for (auto& octet : key)
    if (std::popcount(octet) % 2 == 0) octet ^= 1;
}

// Two enciphered blocks as one key, of which `size` octets count.
Result<Secret> key_of_blocks(Suite suite, ByteView key, ByteView left, ByteView right, std::size_t size) {
  COSE_TRY(auto first, encipher(suite, key, left));
  COSE_TRY(auto second, encipher(suite, key, right));
  append(first, second);
  Secret made(ByteView(first).first(size));
  wipe(first);
  wipe(second);
  if (suite == Suite::kTripleDes) make_parity_odd(made.writable());
  return made;
}

// EMV 4.3 Book 2 §A1.4.2: decimal digits of a hash in their order, then its letters as 0 to 5.
Result<std::string> decimal_digits_of_hash(std::string digits) {
  if (digits.size() % 2 != 0) digits.insert(0, 1, '0');
  COSE_TRY(const auto octets, from_hex(digits));
  COSE_TRY(const auto hash, crypto::digest(crypto::DigestKind::kSha1, octets));
  std::string decimal;
  std::string converted;
  for (const char character : to_hex(hash)) {
    if (character <= '9')
      decimal += character;
    else
      converted += static_cast<char>(character - 'A' + '0');
  }
  return (decimal + converted).substr(0, kDigits);
}

Result<Bytes> diversifier_of(KeyOption option, const Account& account) {
  auto digits = account.pan + account.sequence;
  if (option == KeyOption::kC) {
    digits.insert(0, 2 * kAesBlock - digits.size(), '0');
    return from_hex(digits);
  }
  if (option == KeyOption::kB && account.pan.size() > kDigits) {
    COSE_TRY(digits, decimal_digits_of_hash(digits));
  }
  if (digits.size() < kDigits) digits.insert(0, kDigits - digits.size(), '0');
  return from_hex(digits.substr(digits.size() - kDigits));
}

bool is_decimal(std::string_view text) {
  return std::ranges::all_of(text, [](char character) { return character >= '0' && character <= '9'; });
}

}  // namespace

Status Account::check() const {
  if (pan.size() < kMinimumPan || pan.size() > kMaximumPan || !is_decimal(pan))
    return fail(ErrorKind::kInvalid,
                "expected an account number of 8 to 19 digits, found " + std::to_string(pan.size()) + " characters");
  if (sequence.size() != 2 || !is_decimal(sequence))
    return fail(ErrorKind::kInvalid, "expected a sequence number of two digits, found \"" + sequence + "\"");
  return {};
}

Result<Secret> card_key(KeyOption option, ByteView issuer_key, const Account& account) {
  COSE_CHECK(account.check());
  COSE_TRY(const auto block, diversifier_of(option, account));
  const auto suite = option == KeyOption::kC ? Suite::kAes : Suite::kTripleDes;
  return key_of_blocks(suite, issuer_key, block, complement(block), issuer_key.size());
}

Result<Secret> common_session_key(Suite suite, ByteView card_key, ByteView diversifier) {
  if (diversifier.size() != block_of(suite))
    return fail(ErrorKind::kInvalid, "diversifier: expected " + std::to_string(block_of(suite)) + " octets, found " +
                                         std::to_string(diversifier.size()));
  // EMV 4.3 Book 2 §A1.3.1: a key as long as a block is the one block.
  if (card_key.size() == block_of(suite)) {
    COSE_TRY(auto block, encipher(suite, card_key, diversifier));
    return Secret::take(std::move(block));
  }
  auto left = to_bytes(diversifier);
  auto right = left;
  left[2] = 0xF0;
  right[2] = 0x0F;
  return key_of_blocks(suite, card_key, left, right, card_key.size());
}

Result<Secret> session_key(SessionKey method, Suite suite, ByteView card_key, ByteView atc,
                           ByteView unpredictable_number) {
  if (method == SessionKey::kNone) return Secret(card_key);
  if (atc.size() != kAtc) return fail(ErrorKind::kInvalid, "ATC: expected 2 octets");
  Bytes diversifier(block_of(suite));
  std::ranges::copy(atc, diversifier.begin());
  if (method == SessionKey::kMastercard) {
    if (unpredictable_number.size() != 4) return fail(ErrorKind::kInvalid, "unpredictable number: expected 4 octets");
    std::ranges::copy(unpredictable_number, diversifier.begin() + 4);
  }
  return common_session_key(suite, card_key, diversifier);
}

namespace {

// EMV 4.0 Book 2 §A1.3.1: the map of two keys and a branch onto a key.
Result<Secret> branch_key(ByteView parent, ByteView grandparent, unsigned branch) {
  constexpr std::uint8_t kRight = 0xF0;
  auto left = to_bytes(grandparent.first(kDesBlock));
  auto right = to_bytes(grandparent.subspan(kDesBlock));
  left.back() ^= static_cast<std::uint8_t>(branch);
  right.back() ^= static_cast<std::uint8_t>(branch) ^ kRight;
  COSE_TRY(auto first, encipher(Suite::kTripleDes, parent, left));
  COSE_TRY(auto second, encipher(Suite::kTripleDes, parent, right));
  append(first, second);
  wipe(second);
  return Secret::take(std::move(first));
}

}  // namespace

Result<Secret> tree_session_key(ByteView card_key, ByteView atc, const KeyTree& tree) {
  constexpr unsigned kCounters = 1U << 16;
  if (card_key.size() != kDesKey || atc.size() != kAtc)
    return fail(ErrorKind::kInvalid, "expected a key of 16 octets and an ATC of 2");
  std::vector<unsigned> path;
  std::uint64_t leaves = 1;
  auto place = static_cast<unsigned>(atc[0] << 8 | atc[1]);
  for (unsigned level = 0; level < tree.height && tree.branches > 1 && leaves < kCounters * 256ULL; ++level) {
    path.push_back(place % tree.branches);
    place /= tree.branches;
    leaves *= tree.branches;
  }
  if (leaves < kCounters || tree.branches > 0xFF)
    return fail(ErrorKind::kInvalid, "the tree has fewer leaves than there are counters");
  Secret grandparent(kDesKey), parent(card_key);
  Secret before(kDesKey);
  for (auto at = path.size(); at-- > 0;) {
    COSE_TRY(auto next, branch_key(parent.view(), grandparent.view(), path[at]));
    before = std::move(grandparent);
    grandparent = std::move(parent);
    parent = std::move(next);
  }
  for (std::size_t at = 0; at < kDesKey; ++at) parent.writable()[at] ^= before.view()[at];
  make_parity_odd(parent.writable());
  return parent;
}

Result<Secret> visa_script_key(ByteView card_key, ByteView atc) {
  if (card_key.size() != kDesKey || atc.size() != kAtc)
    return fail(ErrorKind::kInvalid, "expected a key of 16 octets and an ATC of 2");
  Secret key(card_key);
  for (std::size_t index = 0; index < kAtc; ++index) {
    key.writable()[kDesBlock - kAtc + index] ^= atc[index];
    key.writable()[2 * kDesBlock - kAtc + index] ^= static_cast<std::uint8_t>(~atc[index]);
  }
  make_parity_odd(key.writable());
  return key;
}

Result<Bytes> key_check_value(Suite suite, ByteView key, std::size_t octets) {
  COSE_TRY(auto value, encipher(suite, key, Bytes(block_of(suite))));
  value.resize(std::min(octets, value.size()));
  return value;
}

}  // namespace cose::emv
