// SPDX-License-Identifier: Apache-2.0
// The block cipher MACs of ISO/IEC 9797-1 that cards use: algorithm 1 (CBC-MAC) and algorithm 3 (the retail MAC).
//
// The result is one whole block; who wants the leftmost m octets takes them. An Iso9797Mac keeps its keys and works on
// one message after another; it belongs to one thread at a time. Algorithm 1 takes any cipher; algorithm 3 takes triple
// DES keys: K1 chains all blocks with single DES, and the last block is encrypted K1, K2, K1 (two keys) or K1, K2, K3
// (three keys, a form that Java Card knows and the standard does not).
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/block_cipher.h"
#include "crypto/padding.h"

namespace cose::crypto {

enum class MacAlgorithm { kAlgorithm1, kAlgorithm3 };

class Iso9797Mac {
 public:
  // Errors: kInvalid for a key of another size, kUnsupported for algorithm 3 with a cipher that is not triple DES.
  [[nodiscard]] static Result<Iso9797Mac> create(MacAlgorithm algorithm, BlockCipherKind kind, ByteView key);

  Iso9797Mac(Iso9797Mac&&) = default;
  Iso9797Mac& operator=(Iso9797Mac&&) = default;
  Iso9797Mac(const Iso9797Mac&) = delete;
  Iso9797Mac& operator=(const Iso9797Mac&) = delete;
  ~Iso9797Mac();

  // Begins a message with an initial chaining value of one block; empty stands for zeros.
  [[nodiscard]] Status start(ByteView initial = {});
  [[nodiscard]] Status update(ByteView message);
  // The code of all since the start. The next update begins a new message with initial value zero. Errors: kInvalid
  // when Padding::kNone leaves no block or half a block.
  [[nodiscard]] Result<Bytes> finish(Padding padding);

 private:
  static constexpr std::size_t kMaximumBlock = 16;

  Iso9797Mac(BlockCipher chain, std::optional<BlockCipher> last);
  [[nodiscard]] Status absorb(ByteView whole_blocks);

  BlockCipher chain_;                // CBC over all blocks, or over all but the last
  std::optional<BlockCipher> last_;  // algorithm 3: the cipher of the last block
  std::size_t block_size_;
  std::array<std::uint8_t, kMaximumBlock> value_{};    // the chaining value
  std::array<std::uint8_t, kMaximumBlock> pending_{};  // the end of the message, at most one whole block
  std::size_t pending_size_ = 0;
};

[[nodiscard]] Result<Bytes> mac9797(MacAlgorithm algorithm, BlockCipherKind kind, ByteView key, Padding padding,
                                    ByteView message, ByteView initial = {});

}  // namespace cose::crypto
