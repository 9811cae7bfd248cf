// SPDX-License-Identifier: Apache-2.0
#include "crypto/detail/openssl.h"

#include <openssl/err.h>

namespace cose::crypto::detail {

std::unexpected<Error> openssl_failure(std::string_view what, ErrorKind kind) {
  std::string message(what);
  for (auto code = ERR_get_error(); code != 0; code = ERR_get_error()) {
    const char* reason = ERR_reason_error_string(code);
    message += ": ";
    message += reason != nullptr ? reason : "OpenSSL error " + std::to_string(code);
  }
  return fail(kind, std::move(message));
}

void forget_failures() {
  ERR_clear_error();
}

std::unexpected<Error> refusal(ErrorKind kind, std::string message) {
  forget_failures();
  return fail(kind, std::move(message));
}

std::unexpected<Error> wrong_size(std::string_view what, std::string_view expected, std::size_t found) {
  return fail(ErrorKind::kInvalid,
              std::string(what) + ": expected " + std::string(expected) + " octets, found " + std::to_string(found));
}

Status expect_size(std::string_view what, std::size_t expected, std::size_t found) {
  if (expected == found) return {};
  return wrong_size(what, std::to_string(expected), found);
}

}  // namespace cose::crypto::detail
