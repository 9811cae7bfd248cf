// SPDX-License-Identifier: Apache-2.0
#include "crypto/hmac.h"

#include <utility>

#include <openssl/core_names.h>

#include "crypto/detail/digest_table.h"
#include "crypto/detail/mac_context.h"

namespace cose::crypto {

namespace {

const EVP_MAC* fetched_hmac() {
  // Fetched once and constant from then on.
  static const detail::FetchedMac fetched(EVP_MAC_fetch(nullptr, "HMAC", nullptr));
  return fetched.get();
}

}  // namespace

Hmac::Hmac(DigestKind kind, Handle<evp_mac_ctx_st> context) : kind_(kind), context_(std::move(context)) {}

Result<Hmac> Hmac::create(DigestKind kind, ByteView key) {
  COSE_TRY(auto context,
           detail::make_mac(fetched_hmac(), OSSL_MAC_PARAM_DIGEST, detail::digest_row(kind).openssl_name, key));
  return Hmac(kind, std::move(context));
}

Status Hmac::update(ByteView message) {
  return detail::mac_update(context_.get(), message);
}

Result<Bytes> Hmac::finish() {
  return detail::mac_finish(context_.get(), digest_size(kind_));
}

Status Hmac::restart() {
  return detail::mac_restart(context_.get());
}

Result<Bytes> hmac(DigestKind kind, ByteView key, ByteView message) {
  COSE_TRY(auto code, Hmac::create(kind, key));
  COSE_CHECK(code.update(message));
  return code.finish();
}

}  // namespace cose::crypto
