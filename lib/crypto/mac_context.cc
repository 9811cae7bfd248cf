// SPDX-License-Identifier: Apache-2.0
#include "crypto/detail/mac_context.h"

#include <array>

#include <openssl/core_names.h>
#include <openssl/params.h>

namespace cose::crypto::detail {

namespace {

constexpr std::string_view kWhat = "message authentication code";

}  // namespace

Result<Handle<evp_mac_ctx_st>> make_mac(const EVP_MAC* algorithm, const char* parameter, const char* value,
                                        ByteView key) {
  if (algorithm == nullptr) return openssl_failure(kWhat, ErrorKind::kUnsupported);
  // EVP_MAC_CTX_new takes its algorithm without const and only counts a reference; the parameter's text is only read.
  Handle<evp_mac_ctx_st> context(allocated(EVP_MAC_CTX_new(const_cast<EVP_MAC*>(algorithm))));
  const std::array<OSSL_PARAM, 2> parameters{OSSL_PARAM_construct_utf8_string(parameter, const_cast<char*>(value), 0),
                                             OSSL_PARAM_construct_end()};
  // A null key would mean "keep the one you have", also when it is empty.
  static constexpr std::uint8_t kNoOctet = 0;
  const auto* octets = key.empty() ? &kNoOctet : key.data();
  if (EVP_MAC_init(context.get(), octets, key.size(), parameters.data()) != 1) return openssl_failure(kWhat);
  return context;
}

Status mac_update(evp_mac_ctx_st* context, ByteView message) {
  if (EVP_MAC_update(context, message.data(), message.size()) != 1) return openssl_failure(kWhat);
  return {};
}

Status mac_restart(evp_mac_ctx_st* context) {
  if (EVP_MAC_init(context, nullptr, 0, nullptr) != 1) return openssl_failure(kWhat);
  return {};
}

Result<Bytes> mac_finish(evp_mac_ctx_st* context, std::size_t size) {
  Bytes code(size);
  std::size_t written = 0;
  if (EVP_MAC_final(context, code.data(), &written, code.size()) != 1) return openssl_failure(kWhat);
  COSE_ASSERT(written == size);
  COSE_CHECK(mac_restart(context));
  return code;
}

}  // namespace cose::crypto::detail
