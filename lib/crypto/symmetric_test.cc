// SPDX-License-Identifier: Apache-2.0
// What the vector files cannot say of digests, ciphers and codes: states, clones, names, buffers.
#include <array>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "crypto/aead.h"
#include "crypto/block_cipher.h"
#include "crypto/digest.h"
#include "crypto/hmac.h"
#include "crypto/mac9797.h"

namespace cose::crypto {
namespace {

using namespace literals;

TEST(Digest, AnnouncesTheSizesThatItHas) {
  for (int at = 0; at <= static_cast<int>(DigestKind::kSm3); ++at) {
    const auto kind = static_cast<DigestKind>(at);
    EXPECT_EQ(digest_named(to_string(kind)), kind);
    EXPECT_EQ(digest(kind, {}).value().size(), digest_size(kind)) << to_string(kind);
    // A key longer than the block is hashed first, and one as long is not: the block size shows in HMAC.
    const Bytes block(digest_block_size(kind), 0x0B);
    Bytes longer = block;
    longer.push_back(0x00);
    EXPECT_NE(hmac(kind, longer, {}).value(), hmac(kind, block, {}).value()) << to_string(kind);
    EXPECT_EQ(hmac(kind, longer, {}).value(), hmac(kind, digest(kind, longer).value(), {}).value()) << to_string(kind);
  }
  EXPECT_EQ(digest_named("SHA-0"), std::nullopt);
}

TEST(Digest, ClonesItsState) {
  auto first = Digest::create(DigestKind::kSha256).value();
  ASSERT_TRUE(first.update(as_bytes("ab")).has_value());
  auto second = first.clone().value();
  ASSERT_TRUE(first.update(as_bytes("c")).has_value());
  ASSERT_TRUE(second.update(as_bytes("d")).has_value());
  EXPECT_EQ(first.finish().value(), digest(DigestKind::kSha256, as_bytes("abc")).value());
  EXPECT_EQ(second.finish().value(), digest(DigestKind::kSha256, as_bytes("abd")).value());
}

TEST(Digest, StartsAnewAfterFinishAndRestart) {
  auto hash = Digest::create(DigestKind::kSha3Bits256).value();
  ASSERT_TRUE(hash.update(as_bytes("left over")).has_value());
  ASSERT_TRUE(hash.restart().has_value());
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(hash.update(as_bytes("abc")).has_value());
    EXPECT_EQ(hash.finish().value(), digest(DigestKind::kSha3Bits256, as_bytes("abc")).value());
  }
}

TEST(BlockCipher, IsFoundByNameAndKeySize) {
  for (int at = 0; at <= static_cast<int>(BlockCipherKind::kAes256); ++at) {
    const auto kind = static_cast<BlockCipherKind>(at);
    EXPECT_EQ(block_cipher_named(to_string(kind)), kind);
    const bool aes = block_size(kind) == 16;
    EXPECT_EQ((aes ? aes_with_key_size : des_with_key_size)(key_size(kind)).value(), kind);
  }
  EXPECT_EQ(block_cipher_named("AES-64"), std::nullopt);
  EXPECT_EQ(aes_with_key_size(8).error().message, "no AES has keys of 8 octets");
  EXPECT_EQ(des_with_key_size(32).error().kind, ErrorKind::kInvalid);
}

TEST(BlockCipher, NeverWritesBeyondTheOutput) {
  const Bytes zeros(16);
  auto cipher = BlockCipher::create(BlockCipherKind::kAes128, CipherMode::kCbc, Direction::kEncrypt, zeros).value();
  std::array<std::uint8_t, 15> small{};
  EXPECT_EQ(cipher.update(zeros, small).error().kind, ErrorKind::kLimit);
  std::array<std::uint8_t, 17> large{};
  large.back() = 0x77;
  ASSERT_TRUE(cipher.update(zeros, large).has_value());
  EXPECT_EQ(large.back(), 0x77);
  EXPECT_NE(large.front(), 0x00);
}

TEST(BlockCipher, CountsOnInsideABlock) {
  const auto key = "2B7E151628AED2A6ABF7158809CF4F3C"_hex;
  const Bytes initial(16, 0xFF);
  const Bytes message(40, 0x11);
  const auto whole = encrypt(BlockCipherKind::kAes128, CipherMode::kCtr, key, initial, message).value();
  for (std::size_t split = 0; split <= message.size(); ++split) {
    auto cipher = BlockCipher::create(BlockCipherKind::kAes128, CipherMode::kCtr, Direction::kDecrypt, key).value();
    ASSERT_TRUE(cipher.start(initial).has_value());
    Bytes pieces = whole;
    const auto octets = MutableByteView(pieces);
    ASSERT_TRUE(cipher.update(octets.first(split), octets.first(split)).has_value());
    ASSERT_TRUE(cipher.update(octets.subspan(split), octets.subspan(split)).has_value());
    EXPECT_EQ(pieces, message) << split;
  }
}

TEST(BlockCipher, BeginsWithZerosWhenNothingIsStarted) {
  const Bytes key(16, 0x42);
  auto cipher = BlockCipher::create(BlockCipherKind::kAes128, CipherMode::kCbc, Direction::kEncrypt, key).value();
  Bytes output(16);
  ASSERT_TRUE(cipher.update(Bytes(16), output).has_value());
  EXPECT_EQ(output, encrypt(BlockCipherKind::kAes128, CipherMode::kEcb, key, {}, Bytes(16)).value());
}

TEST(Iso9797Mac, BeginsWithZerosAfterFinish) {
  const auto key = "404142434445464748494A4B4C4D4E4F"_hex;
  const auto kind = BlockCipherKind::kTripleDes2Key;
  auto code = Iso9797Mac::create(MacAlgorithm::kAlgorithm3, kind, key).value();
  const auto message = "8482000010"_hex;
  const auto plain = mac9797(MacAlgorithm::kAlgorithm3, kind, key, Padding::kIso9797Method2, message).value();
  ASSERT_TRUE(code.start(Bytes(8, 0x55)).has_value());
  ASSERT_TRUE(code.update(message).has_value());
  EXPECT_NE(code.finish(Padding::kIso9797Method2).value(), plain);
  auto moved = std::move(code);
  ASSERT_TRUE(moved.update(message).has_value());
  EXPECT_EQ(moved.finish(Padding::kIso9797Method2).value(), plain);
}

TEST(Aead, GoesOnAfterARefusedMessage) {
  for (const auto mode : {AeadMode::kGcm, AeadMode::kCcm}) {
    auto aead = Aead::create(mode, Bytes(32, 0x01)).value();
    const Bytes nonce(12, 0x02);
    const auto sealed = aead.seal(nonce, {}, as_bytes("kiosk"), 16).value();
    auto changed = sealed;
    changed.front() ^= 1;
    EXPECT_EQ(aead.open(nonce, {}, changed, 16).error().kind, ErrorKind::kRefused);
    EXPECT_EQ(aead.open(nonce, {}, Bytes(3), 16).error().kind, ErrorKind::kInvalid);
    EXPECT_EQ(as_text(aead.open(nonce, {}, sealed, 16).value()), "kiosk");
  }
}

}  // namespace
}  // namespace cose::crypto
