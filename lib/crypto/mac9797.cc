// SPDX-License-Identifier: Apache-2.0
#include "crypto/mac9797.h"

#include <algorithm>
#include <string>
#include <utility>

#include "bytes/secret.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

constexpr std::size_t kScratch = 512;  // a multiple of every block size

bool is_triple_des(BlockCipherKind kind) {
  return kind == BlockCipherKind::kTripleDes2Key || kind == BlockCipherKind::kTripleDes3Key;
}

Result<BlockCipher> cbc(BlockCipherKind kind, ByteView key) {
  return BlockCipher::create(kind, CipherMode::kCbc, Direction::kEncrypt, key);
}

}  // namespace

Iso9797Mac::Iso9797Mac(BlockCipher chain, std::optional<BlockCipher> last)
    : chain_(std::move(chain)), last_(std::move(last)), block_size_(block_size(chain_.kind())) {}

Iso9797Mac::~Iso9797Mac() {
  wipe(pending_);
}

Result<Iso9797Mac> Iso9797Mac::create(MacAlgorithm algorithm, BlockCipherKind kind, ByteView key) {
  if (algorithm == MacAlgorithm::kAlgorithm1) {
    COSE_TRY(auto chain, cbc(kind, key));
    return Iso9797Mac(std::move(chain), std::nullopt);
  }
  if (!is_triple_des(kind))
    return fail(ErrorKind::kUnsupported,
                "MAC algorithm 3: expected a triple DES key, found " + std::string(to_string(kind)));
  COSE_TRY(auto last, cbc(kind, key));
  COSE_TRY(auto chain, cbc(BlockCipherKind::kDes, key.first(key_size(BlockCipherKind::kDes))));
  return Iso9797Mac(std::move(chain), std::move(last));
}

Status Iso9797Mac::start(ByteView initial) {
  if (!initial.empty()) COSE_CHECK(detail::expect_size("initial chaining value", block_size_, initial.size()));
  value_.fill(0);
  std::ranges::copy(initial, value_.begin());
  pending_size_ = 0;
  return chain_.start(ByteView(value_).first(block_size_));
}

Status Iso9797Mac::absorb(ByteView whole_blocks) {
  std::array<std::uint8_t, kScratch> encrypted;
  while (!whole_blocks.empty()) {
    const auto run = whole_blocks.first(std::min(whole_blocks.size(), kScratch));
    COSE_CHECK(chain_.update(run, encrypted));
    std::ranges::copy(ByteView(encrypted).subspan(run.size() - block_size_, block_size_), value_.begin());
    whole_blocks = whole_blocks.subspan(run.size());
  }
  return {};
}

// The last block, whole or not, stays pending: only finish() knows how it is padded and which cipher it gets.
Status Iso9797Mac::update(ByteView message) {
  if (message.empty()) return {};
  const auto fill = std::min(message.size(), block_size_ - pending_size_);
  std::ranges::copy(message.first(fill), pending_.begin() + static_cast<std::ptrdiff_t>(pending_size_));
  pending_size_ += fill;
  message = message.subspan(fill);
  if (message.empty()) return {};

  COSE_CHECK(absorb(ByteView(pending_).first(block_size_)));
  const auto kept = (message.size() - 1) % block_size_ + 1;
  COSE_CHECK(absorb(message.first(message.size() - kept)));
  std::ranges::copy(message.last(kept), pending_.begin());
  pending_size_ = kept;
  return {};
}

Result<Bytes> Iso9797Mac::finish(Padding padding) {
  COSE_TRY(const auto tail, pad(padding, block_size_, ByteView(pending_).first(pending_size_)));
  if (tail.empty())
    return fail(ErrorKind::kInvalid, "a message without padding: expected one block or more, found none");
  const auto last_block = ByteView(tail).last(block_size_);
  COSE_CHECK(absorb(ByteView(tail).first(tail.size() - block_size_)));
  if (last_) {
    // ISO/IEC 9797-1 §7.3: E_K1(D_K2(E_K1(D_q ^ H_q-1))), which is the last block of a CBC that starts from H_q-1.
    COSE_CHECK(last_->start(ByteView(value_).first(block_size_)));
    COSE_CHECK(last_->update(last_block, value_));
  } else {
    COSE_CHECK(absorb(last_block));
  }
  auto code = to_bytes(ByteView(value_).first(block_size_));
  COSE_CHECK(start());
  return code;
}

Result<Bytes> mac9797(MacAlgorithm algorithm, BlockCipherKind kind, ByteView key, Padding padding, ByteView message,
                      ByteView initial) {
  COSE_TRY(auto code, Iso9797Mac::create(algorithm, kind, key));
  COSE_CHECK(code.start(initial));
  COSE_CHECK(code.update(message));
  return code.finish(padding);
}

}  // namespace cose::crypto
