// SPDX-License-Identifier: Apache-2.0
// Hash functions that can be left and taken up between two blocks: the Merkle-Damgård ones, MD5, RIPEMD-160, SHA-1
// and SHA-2. What lies between blocks is the chaining value and the number of octets so far.
//
// A ResumableDigest belongs to one thread at a time and is copied with clone(). Sizes are octets. Errors: kUnsupported
// for other functions, kInvalid for a chaining value of another size or a number that is not whole blocks. Follows FIPS
// 180-4 §6, RFC 1321, ISO/IEC 10118-3.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/digest.h"

namespace cose::crypto {

[[nodiscard]] bool is_resumable(DigestKind kind);
// Of SHA-224 and SHA-384 it is longer than the hash, which is cut from it.
[[nodiscard]] std::size_t chaining_size(DigestKind kind);

class ResumableDigest {
 public:
  [[nodiscard]] static Result<ResumableDigest> create(DigestKind kind);

  ResumableDigest(ResumableDigest&&) noexcept;
  ResumableDigest& operator=(ResumableDigest&&) noexcept;
  ResumableDigest(const ResumableDigest&) = delete;
  ResumableDigest& operator=(const ResumableDigest&) = delete;
  ~ResumableDigest();

  void update(ByteView message);
  // The hash of all since the start; the next update begins a new message.
  [[nodiscard]] Bytes finish();
  void restart();
  // Goes on where a message of `octets`, whole blocks, had come to this chaining value.
  [[nodiscard]] Status resume(ByteView chaining_value, std::uint64_t octets);
  // Error: kInvalid in the middle of a block.
  [[nodiscard]] Result<Bytes> chaining_value() const;
  [[nodiscard]] ResumableDigest clone() const;

  [[nodiscard]] DigestKind kind() const { return kind_; }
  [[nodiscard]] std::size_t size() const { return digest_size(kind_); }

 private:
  struct State;
  ResumableDigest(DigestKind kind, std::unique_ptr<State> state);

  DigestKind kind_;
  std::unique_ptr<State> state_;
};

}  // namespace cose::crypto
