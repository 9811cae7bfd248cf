// SPDX-License-Identifier: Apache-2.0
// HMAC (RFC 2104, FIPS 198-1) over the hash functions of crypto/digest.h, with keys of any size.
//
// An Hmac keeps its key and works on one message after another; it belongs to one thread at a time. The code is
// digest_size() octets; who compares one uses constant_time_equal (bytes/secret.h).
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/digest.h"
#include "crypto/handle.h"

namespace cose::crypto {

class Hmac {
 public:
  [[nodiscard]] static Result<Hmac> create(DigestKind kind, ByteView key);

  [[nodiscard]] Status update(ByteView message);
  // The code of all since the start; the next update begins a new message.
  [[nodiscard]] Result<Bytes> finish();
  [[nodiscard]] Status restart();

 private:
  Hmac(DigestKind kind, Handle<evp_mac_ctx_st> context);

  DigestKind kind_;
  Handle<evp_mac_ctx_st> context_;
};

[[nodiscard]] Result<Bytes> hmac(DigestKind kind, ByteView key, ByteView message);

}  // namespace cose::crypto
