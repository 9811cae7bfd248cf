// SPDX-License-Identifier: Apache-2.0
// Engines of block ciphers.
#include "jcapi/detail/cipher_engine.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace cose::jcapi::detail {

namespace {

using crypto::BlockCipher;
using crypto::CipherMode;
using crypto::Direction;
using crypto::Padding;

constexpr std::size_t kMaximumBlock = 16;

class BlockEngine final : public CipherEngine {
 public:
  BlockEngine(const BlockParameters& parameters, BlockCipher cipher)
      : parameters_(parameters), cipher_(std::move(cipher)), block_(crypto::block_size(parameters.kind)) {}
  ~BlockEngine() override { wipe(pending_); }
  BlockEngine(const BlockEngine&) = delete;
  BlockEngine& operator=(const BlockEngine&) = delete;

  Status start(ByteView initial) {
    const std::array<std::uint8_t, kMaximumBlock> zeros{};
    size_ = 0;
    any_ = false;
    if (parameters_.mode == CipherMode::kEcb) return cipher_.start({});
    return cipher_.start(initial.empty() ? ByteView(zeros).first(block_) : initial);
  }

  // The last block of a ciphertext may be padding and so waits for the next octets.
  std::size_t update_size(std::size_t input) const override {
    const auto total = size_ + input;
    const auto whole = total / block_ * block_;
    return holds_back() && whole != 0 && whole == total ? whole - block_ : whole;
  }

  Result<Secret> update(ByteView input) override {
    const auto out = update_size(input.size());
    if (!input.empty()) any_ = true;
    Secret output(out);
    const auto to = output.writable();
    if (out == 0) {
      std::ranges::copy(input, pending_.begin() + static_cast<std::ptrdiff_t>(size_));
      size_ += input.size();
      return output;
    }
    const auto taken = out - size_;
    std::ranges::copy(ByteView(pending_).first(size_), to.begin());
    std::ranges::copy(input.first(taken), to.begin() + static_cast<std::ptrdiff_t>(size_));
    COSE_CHECK(cipher_.update(to, to));
    size_ = input.size() - taken;
    std::ranges::copy(input.subspan(taken), pending_.begin());
    return output;
  }

  Result<Secret> finish(ByteView input) override {
    auto ended = end(input);
    // JC API 3.1, Cipher.doFinal: CBC goes on from an initial value of zero.
    COSE_CHECK(start({}));
    return ended;
  }

 private:
  [[nodiscard]] bool holds_back() const {
    return parameters_.direction == Direction::kDecrypt && parameters_.padding != Padding::kNone;
  }

  Result<Secret> end(ByteView input) {
    COSE_TRY(const auto before, update(input));
    if (parameters_.padding == Padding::kNone) {
      if (size_ != 0 || !any_) return fail(ErrorKind::kInvalid, "a message without padding: expected whole blocks");
      return before.clone();
    }
    const auto rest = ByteView(pending_).first(size_);
    return parameters_.direction == Direction::kEncrypt ? end_encryption(before, rest) : end_decryption(before, rest);
  }

  Result<Secret> end_encryption(const Secret& before, ByteView rest) {
    // Method 1 adds nothing to whole blocks, of which update() has taken care.
    const bool complete = parameters_.padding == Padding::kIso9797Method1 && rest.empty() && any_;
    auto last = Secret::take(complete ? Bytes{} : crypto::pad(parameters_.padding, block_, rest).value());
    if (!last.empty()) COSE_CHECK(cipher_.update(last.view(), last.writable()));
    return Secret::take(concat(before.view(), last.view()));
  }

  Result<Secret> end_decryption(const Secret& before, ByteView rest) {
    if (rest.size() != block_) return fail(ErrorKind::kInvalid, "a padded message: expected whole blocks");
    Secret last(rest);
    COSE_CHECK(cipher_.update(last.view(), last.writable()));
    COSE_TRY(const auto size, crypto::unpadded_size(parameters_.padding, block_, last.view()));
    return Secret::take(concat(before.view(), last.view().first(size)));
  }

  BlockParameters parameters_;
  BlockCipher cipher_;
  std::size_t block_;
  std::array<std::uint8_t, kMaximumBlock> pending_{};
  std::size_t size_ = 0;
  bool any_ = false;  // octets have come since the start
};

class StreamEngine final : public CipherEngine {
 public:
  StreamEngine(BlockCipher cipher, ByteView initial)
      : cipher_(std::move(cipher)), initial_(initial.empty() ? Bytes(kMaximumBlock) : to_bytes(initial)) {}

  Status start() { return cipher_.start(initial_); }
  std::size_t update_size(std::size_t input) const override { return input; }
  Result<Secret> update(ByteView input) override {
    Secret output(input);
    COSE_CHECK(cipher_.update(output.view(), output.writable()));
    return output;
  }
  Result<Secret> finish(ByteView input) override {
    auto output = update(input);
    COSE_CHECK(start());
    return output;
  }

 private:
  BlockCipher cipher_;
  Bytes initial_;
};

using Block = std::array<std::uint8_t, kMaximumBlock>;

void exclusive_or(MutableByteView to, ByteView with) {
  for (std::size_t at = 0; at < to.size(); ++at) to[at] ^= with[at];
}

// IEEE 1619 §5.2: times alpha, the octets being little-endian.
Block next_tweak(const Block& tweak) {
  Block next{};
  std::uint8_t carry = 0;
  for (std::size_t at = 0; at < tweak.size(); ++at) {
    next[at] = static_cast<std::uint8_t>(tweak[at] << 1 | carry);
    carry = static_cast<std::uint8_t>(tweak[at] >> 7);
  }
  if (carry != 0) next[0] ^= 0x87;
  return next;
}

// Holds back at least one block and what follows, since the end decides about the last two (ciphertext stealing).
class XtsEngine final : public CipherEngine {
 public:
  XtsEngine(Direction direction, BlockCipher cipher, const Block& first)
      : direction_(direction), cipher_(std::move(cipher)), first_(first), tweak_(first) {}
  ~XtsEngine() override { wipe(pending_); }
  XtsEngine(const XtsEngine&) = delete;
  XtsEngine& operator=(const XtsEngine&) = delete;

  std::size_t update_size(std::size_t input) const override {
    const auto total = size_ + input;
    return total < 2 * kMaximumBlock ? 0 : total / kMaximumBlock * kMaximumBlock - kMaximumBlock;
  }

  Result<Secret> update(ByteView input) override {
    const auto out = update_size(input.size());
    auto all = Secret::take(concat(ByteView(pending_).first(size_), input));
    for (std::size_t at = 0; at < out; at += kMaximumBlock) {
      COSE_CHECK(run(all.writable().subspan(at, kMaximumBlock), tweak_));
      tweak_ = next_tweak(tweak_);
    }
    const auto kept = all.view().subspan(out);
    std::ranges::copy(kept, pending_.begin());
    size_ = kept.size();
    return Secret(all.view().first(out));
  }

  Result<Secret> finish(ByteView input) override {
    auto ended = end(input);
    tweak_ = first_;
    size_ = 0;
    return ended;
  }

 private:
  Status run(MutableByteView block, const Block& tweak) {
    exclusive_or(block, tweak);
    COSE_CHECK(cipher_.update(block, block));
    exclusive_or(block, tweak);
    return {};
  }

  Result<Secret> end(ByteView input) {
    COSE_TRY(const auto before, update(input));
    if (size_ < kMaximumBlock) return fail(ErrorKind::kInvalid, "XTS: expected a block or more");
    const auto rest = size_ - kMaximumBlock;
    Secret last(ByteView(pending_).first(size_));
    const auto block = last.writable().first(kMaximumBlock);
    const auto tail = last.writable().last(rest);
    const auto following = next_tweak(tweak_);
    // IEEE 1619 §5.3.2, §5.4.2: the block before the tail is worked on first, with its own tweak or, to decrypt, with
    // the next one.
    const bool swapped = direction_ == Direction::kDecrypt && rest != 0;
    COSE_CHECK(run(block, swapped ? following : tweak_));
    if (rest != 0) {
      std::swap_ranges(tail.begin(), tail.end(), block.begin());
      COSE_CHECK(run(block, swapped ? tweak_ : following));
    }
    return Secret::take(concat(before.view(), last.view()));
  }

  Direction direction_;
  BlockCipher cipher_;
  Block first_;
  Block tweak_;
  std::array<std::uint8_t, 2 * kMaximumBlock> pending_{};
  std::size_t size_ = 0;
};

}  // namespace

Result<std::unique_ptr<CipherEngine>> make_block_engine(const BlockParameters& parameters, ByteView key,
                                                        ByteView initial) {
  COSE_TRY(auto cipher, BlockCipher::create(parameters.kind, parameters.mode, parameters.direction, key));
  auto made = std::make_unique<BlockEngine>(parameters, std::move(cipher));
  COSE_CHECK(made->start(initial));
  return made;
}

Result<std::unique_ptr<CipherEngine>> make_stream_engine(CipherMode mode, Direction direction, ByteView key,
                                                         ByteView initial) {
  COSE_TRY(const auto kind, crypto::aes_with_key_size(key.size()));
  COSE_TRY(auto cipher, BlockCipher::create(kind, mode, direction, key));
  auto made = std::make_unique<StreamEngine>(std::move(cipher), initial);
  COSE_CHECK(made->start());
  return made;
}

Result<std::unique_ptr<CipherEngine>> make_xts_engine(Direction direction, ByteView key, ByteView initial) {
  if (key.size() != 32 && key.size() != 64) return fail(ErrorKind::kInvalid, "XTS: expected two AES keys");
  if (!initial.empty() && initial.size() != kMaximumBlock) return fail(ErrorKind::kInvalid, "XTS: expected one block");
  const auto half = key.size() / 2;
  COSE_TRY(const auto kind, crypto::aes_with_key_size(half));
  COSE_TRY(auto cipher, BlockCipher::create(kind, CipherMode::kEcb, direction, key.first(half)));
  const auto value = initial.empty() ? Bytes(kMaximumBlock) : to_bytes(initial);
  COSE_TRY(const auto encrypted, crypto::encrypt(kind, CipherMode::kEcb, key.last(half), {}, value));
  Block tweak{};
  std::ranges::copy(encrypted, tweak.begin());
  return std::make_unique<XtsEngine>(direction, std::move(cipher), tweak);
}

}  // namespace cose::jcapi::detail
