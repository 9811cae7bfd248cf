// SPDX-License-Identifier: Apache-2.0
#include "crypto/cmac.h"

#include <utility>

#include <openssl/core_names.h>

#include "crypto/detail/cipher_table.h"
#include "crypto/detail/mac_context.h"

namespace cose::crypto {

namespace {

const EVP_MAC* fetched_cmac() {
  // Fetched once and constant from then on.
  static const detail::FetchedMac fetched(EVP_MAC_fetch(nullptr, "CMAC", nullptr));
  return fetched.get();
}

}  // namespace

Cmac::Cmac(BlockCipherKind kind, Handle<evp_mac_ctx_st> context) : kind_(kind), context_(std::move(context)) {}

Result<Cmac> Cmac::create(BlockCipherKind kind, ByteView key) {
  COSE_TRY(const auto schedule_key, detail::openssl_key(kind, key));
  COSE_TRY(auto context, detail::make_mac(fetched_cmac(), OSSL_MAC_PARAM_CIPHER, detail::openssl_cbc_name(kind),
                                          schedule_key.view()));
  return Cmac(kind, std::move(context));
}

Status Cmac::update(ByteView message) {
  return detail::mac_update(context_.get(), message);
}

Result<Bytes> Cmac::finish() {
  return detail::mac_finish(context_.get(), block_size(kind_));
}

Status Cmac::restart() {
  return detail::mac_restart(context_.get());
}

Result<Bytes> cmac(BlockCipherKind kind, ByteView key, ByteView message) {
  COSE_TRY(auto code, Cmac::create(kind, key));
  COSE_CHECK(code.update(message));
  return code.finish();
}

}  // namespace cose::crypto
