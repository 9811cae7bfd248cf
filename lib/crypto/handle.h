// SPDX-License-Identifier: Apache-2.0
// Owners of OpenSSL objects for the private parts of our classes, without OpenSSL's headers.
//
// A Handle is a unique_ptr; what it frees is wiped first where OpenSSL can (numbers, points, keys, contexts).
#pragma once

#include <memory>

struct bignum_st;
struct bn_mont_ctx_st;
struct ec_group_st;
struct ec_point_st;
struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
struct evp_md_ctx_st;
struct evp_pkey_st;
struct evp_rand_ctx_st;

namespace cose::crypto {

struct HandleDeleter {
  void operator()(bignum_st* number) const noexcept;
  void operator()(bn_mont_ctx_st* context) const noexcept;
  void operator()(ec_group_st* group) const noexcept;
  void operator()(ec_point_st* point) const noexcept;
  void operator()(evp_cipher_ctx_st* context) const noexcept;
  void operator()(evp_mac_ctx_st* context) const noexcept;
  void operator()(evp_md_ctx_st* context) const noexcept;
  void operator()(evp_pkey_st* key) const noexcept;
  void operator()(evp_rand_ctx_st* generator) const noexcept;
};

template <typename Object>
using Handle = std::unique_ptr<Object, HandleDeleter>;

}  // namespace cose::crypto
