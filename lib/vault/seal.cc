// SPDX-License-Identifier: Apache-2.0
#include "vault/detail/seal.h"

#include "bytes/reader.h"
#include "bytes/writer.h"
#include "crypto/hmac.h"

namespace cose::vault::detail {

namespace {

Bytes nonce_of(std::uint64_t counter) {
  return Writer().u32(0).u64(counter).take();
}

}  // namespace

Result<Secret> derive(ByteView key, std::string_view purpose, ByteView salt) {
  COSE_TRY(auto derived, crypto::hmac(crypto::DigestKind::kSha256, key, concat(as_bytes(purpose), salt)));
  return Secret::take(std::move(derived));
}

Result<crypto::Aead*> Sealer::session(store::Fence fence) {
  if (const auto found = sessions_.find(fence); found != sessions_.end()) return &found->second;
  const auto salt = salts_.find(fence);
  if (salt == salts_.end())
    return fail(ErrorKind::kRefused, "written in start " + std::to_string(fence) + ", of which nothing is known");
  COSE_TRY(const auto key, derive(key_.view(), "seal", salt->second));
  COSE_TRY(auto aead, crypto::Aead::create(crypto::AeadMode::kGcm, key.view()));
  return &sessions_.emplace(fence, std::move(aead)).first->second;
}

Bytes Sealer::associated(store::PageNumber place, Version version, ByteView extra) const {
  return Writer().u64(card_).u32(place).u64(version.fence).u64(version.sequence).octets(extra).take();
}

Result<Bytes> Sealer::seal(store::PageNumber place, Version version, std::uint64_t counter, ByteView extra,
                           ByteView octets) {
  COSE_TRY(auto* const aead, session(version.fence));
  COSE_TRY(const auto sealed, aead->seal(nonce_of(counter), associated(place, version, extra), octets, kTag));
  return Writer()
      .u32(static_cast<std::uint32_t>(version.fence))
      .u64(counter)
      .u64(version.sequence)
      .octets(sealed)
      .take();
}

Result<Version> Sealer::version_of(ByteView sealed) {
  Reader reader(sealed);
  Version version;
  COSE_TRY(version.fence, reader.u32());
  COSE_CHECK(reader.skip(8));
  COSE_TRY(version.sequence, reader.u64());
  return version;
}

Result<Bytes> Sealer::open(store::PageNumber place, ByteView extra, ByteView sealed) {
  if (sealed.size() < kSealOverhead) return fail(ErrorKind::kInvalid, "sealed octets are too short");
  COSE_TRY(const auto version, version_of(sealed));
  COSE_TRY(auto* const aead, session(version.fence));
  COSE_TRY(const auto counter, Reader(sealed.subspan(4)).u64());
  auto opened = aead->open(nonce_of(counter), associated(place, version, extra), sealed.subspan(4 + 8 + 8), kTag);
  if (!opened) return fail(ErrorKind::kRefused, "sealed octets were changed, or belong to another place or card");
  return opened;
}

Result<Sum> Sum::create(ByteView key) {
  using crypto::BlockCipher;
  COSE_TRY(auto cipher, BlockCipher::create(crypto::BlockCipherKind::kAes256, crypto::CipherMode::kEcb,
                                            crypto::Direction::kEncrypt, key));
  COSE_CHECK(cipher.start({}));
  return Sum(std::move(cipher));
}

// CBC-MAC over two blocks: a pseudorandom function, since every input has the same length.
Result<Sum::Value> Sum::item(std::uint64_t what, Version version) {
  const auto put = [](std::array<std::uint8_t, 16>& block, std::size_t at, std::uint64_t number) {
    for (std::size_t octet = 0; octet < 8; ++octet)
      block[at + octet] ^= static_cast<std::uint8_t>(number >> (56 - 8 * octet));
  };
  std::array<std::uint8_t, 16> block{};
  put(block, 0, what);
  put(block, 8, version.sequence);
  COSE_CHECK(cipher_.update(block, block));
  put(block, 0, version.fence);
  COSE_CHECK(cipher_.update(block, block));
  Reader reader(block);
  Value value{};
  for (auto& half : value) {
    COSE_TRY(half, reader.u64());
  }
  return value;
}

Status Sum::add(std::uint64_t what, Version version) {
  COSE_TRY(const auto added, item(what, version));
  for (std::size_t half = 0; half < value_.size(); ++half) value_[half] += added[half];
  return {};
}

Status Sum::remove(std::uint64_t what, Version version) {
  COSE_TRY(const auto removed, item(what, version));
  for (std::size_t half = 0; half < value_.size(); ++half) value_[half] -= removed[half];
  return {};
}

}  // namespace cose::vault::detail
