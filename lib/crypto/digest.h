// SPDX-License-Identifier: Apache-2.0
// Hash functions: at once, or in pieces.
//
// A Digest belongs to one thread at a time. Sizes are octets. Error: kUnsupported when the OpenSSL at hand was built
// without the function. Follows FIPS 180-4 (SHA), FIPS 202 (SHA-3), RFC 1321 (MD5), ISO/IEC 10118-3 (RIPEMD-160,
// SM3).
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class DigestKind {
  kMd5,
  kRipemd160,
  kSha1,
  kSha224,
  kSha256,
  kSha384,
  kSha512,
  kSha512Bits256,  // SHA-512/256
  kSha3Bits224,
  kSha3Bits256,
  kSha3Bits384,
  kSha3Bits512,
  kSm3,
};

[[nodiscard]] std::string_view to_string(DigestKind kind);               // "SHA-256", "SHA3-256", ...
[[nodiscard]] std::optional<DigestKind> digest_named(std::string_view);  // the inverse
[[nodiscard]] std::size_t digest_size(DigestKind kind);
[[nodiscard]] std::size_t digest_block_size(DigestKind kind);  // HMAC's B; the rate of SHA-3

[[nodiscard]] Result<Bytes> digest(DigestKind kind, ByteView message);

class Digest {
 public:
  [[nodiscard]] static Result<Digest> create(DigestKind kind);

  [[nodiscard]] Status update(ByteView message);
  // The hash of all since the start; the next update begins a new message.
  [[nodiscard]] Result<Bytes> finish();
  [[nodiscard]] Status restart();

  // A second Digest that has seen the same octets.
  [[nodiscard]] Result<Digest> clone() const;

  [[nodiscard]] DigestKind kind() const { return kind_; }
  [[nodiscard]] std::size_t size() const { return digest_size(kind_); }

 private:
  Digest(DigestKind kind, Handle<evp_md_ctx_st> context);

  DigestKind kind_;
  Handle<evp_md_ctx_st> context_;
};

}  // namespace cose::crypto
