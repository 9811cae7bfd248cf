// SPDX-License-Identifier: Apache-2.0
// What every file over OpenSSL needs: its failures as Errors, its allocations as C++ allocations.
#pragma once

#include <cstddef>
#include <memory>
#include <new>
#include <string>
#include <string_view>

#include <openssl/evp.h>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/handle.h"

namespace cose::crypto::detail {

// Empties the thread's error queue into one message: the names of the failures, never data that came with them.
[[nodiscard]] std::unexpected<Error> openssl_failure(std::string_view what, ErrorKind kind = ErrorKind::kInternal);

// For failures that are an answer (no such algorithm, a wrong tag, a point off the curve): nothing may stay behind in
// the queue, where the next failure would find it.
void forget_failures();
[[nodiscard]] std::unexpected<Error> refusal(ErrorKind kind, std::string message);

// "AES-128 key: expected 16 octets, found 15"
[[nodiscard]] std::unexpected<Error> wrong_size(std::string_view what, std::string_view expected, std::size_t found);
[[nodiscard]] Status expect_size(std::string_view what, std::size_t expected, std::size_t found);

// OpenSSL counts the octets of one cipher call in an int.
inline constexpr std::size_t kMaximumRun = std::size_t{1} << 30;

// An OpenSSL that has no memory left is treated as a vector that has none.
template <typename Object>
[[nodiscard]] Object* allocated(Object* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}

template <auto function>
struct Freer {
  template <typename Object>
  void operator()(Object* object) const noexcept {
    function(object);
  }
};

using FetchedDigest = std::unique_ptr<EVP_MD, Freer<EVP_MD_free>>;
using FetchedCipher = std::unique_ptr<EVP_CIPHER, Freer<EVP_CIPHER_free>>;
using FetchedMac = std::unique_ptr<EVP_MAC, Freer<EVP_MAC_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Freer<EVP_PKEY_CTX_free>>;

}  // namespace cose::crypto::detail
