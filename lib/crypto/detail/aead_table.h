// SPDX-License-Identifier: Apache-2.0
// What the two forms of authenticated encryption share.
#pragma once

#include "crypto/aead.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto::detail {

// key_octets: 16, 24 or 32. Null when this OpenSSL has it not.
[[nodiscard]] const EVP_CIPHER* fetched_aead(AeadMode mode, std::size_t key_octets);
[[nodiscard]] Status check_nonce(AeadMode mode, std::size_t size);
[[nodiscard]] Status check_tag(AeadMode mode, std::size_t size);
// SP 800-38C §A.1: the nonce leaves 15 - n octets of the first block for the length of the message.
[[nodiscard]] bool ccm_can_count(std::size_t message, std::size_t nonce);

}  // namespace cose::crypto::detail
