// SPDX-License-Identifier: Apache-2.0
// The hash functions of javacard.security by their numbers, and one at work.
#pragma once

#include <optional>
#include <variant>

#include "bytes/result.h"
#include "crypto/digest.h"
#include "crypto/resumable_digest.h"

namespace cose::jcapi::detail {

// MessageDigest.ALG_...; nothing: unknown, or ALG_NULL.
[[nodiscard]] std::optional<crypto::DigestKind> digest_of_algorithm(std::int16_t algorithm);

// A hash function between its first and last octet. Resumable wherever the function is.
class MessageHash {
 public:
  [[nodiscard]] static Result<MessageHash> create(crypto::DigestKind kind);

  [[nodiscard]] crypto::DigestKind kind() const;
  [[nodiscard]] Status update(ByteView octets);
  [[nodiscard]] Result<Bytes> finish();
  [[nodiscard]] Status restart();
  // Errors: kUnsupported, and those of crypto/resumable_digest.h.
  [[nodiscard]] Status resume(ByteView chaining_value, ByteView octets_so_far);
  [[nodiscard]] Result<Bytes> chaining_value() const;

 private:
  using Function = std::variant<crypto::ResumableDigest, crypto::Digest>;
  explicit MessageHash(Function function) : function_(std::move(function)) {}

  Function function_;
};

}  // namespace cose::jcapi::detail
