// SPDX-License-Identifier: Apache-2.0
// Keys out of PEM files (RFC 7468), as openssl writes them: RSA, and elliptic curves that have names.
//
// A file with a private key gives a public one as well. Errors: kInvalid for what is no key or not of this password,
// kUnsupported for keys of other kinds and curves.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "bytes/result.h"
#include "crypto/ec_key.h"
#include "crypto/rsa.h"

namespace cose::crypto {

inline constexpr std::size_t kMaximumPem = 64 * 1024;

using PublicKey = std::variant<RsaPublicKey, EcPublicKey>;
using PrivateKey = std::variant<RsaPrivateKey, EcPrivateKey>;

[[nodiscard]] Result<PublicKey> read_public_key(std::string_view pem, const std::string& password = {});
[[nodiscard]] Result<PrivateKey> read_private_key(std::string_view pem, const std::string& password = {});

}  // namespace cose::crypto
