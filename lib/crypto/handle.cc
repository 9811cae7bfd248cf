// SPDX-License-Identifier: Apache-2.0
#include "crypto/handle.h"

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/evp.h>

namespace cose::crypto {

void HandleDeleter::operator()(bignum_st* number) const noexcept {
  BN_clear_free(number);
}
void HandleDeleter::operator()(bn_mont_ctx_st* context) const noexcept {
  BN_MONT_CTX_free(context);
}
void HandleDeleter::operator()(ec_group_st* group) const noexcept {
  EC_GROUP_free(group);
}
void HandleDeleter::operator()(ec_point_st* point) const noexcept {
  EC_POINT_clear_free(point);
}
void HandleDeleter::operator()(evp_cipher_ctx_st* context) const noexcept {
  EVP_CIPHER_CTX_free(context);
}
void HandleDeleter::operator()(evp_mac_ctx_st* context) const noexcept {
  EVP_MAC_CTX_free(context);
}
void HandleDeleter::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}
void HandleDeleter::operator()(evp_pkey_st* key) const noexcept {
  EVP_PKEY_free(key);
}
void HandleDeleter::operator()(evp_rand_ctx_st* generator) const noexcept {
  EVP_RAND_CTX_free(generator);
}

}  // namespace cose::crypto
