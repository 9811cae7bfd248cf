// SPDX-License-Identifier: Apache-2.0
// A session with a token, logged in, and the one key that is used there.
//
// Source: PKCS#11 v2.40 base specification §5 and mechanisms §2.9 (AES), §2.12 (AES-GCM); p11-kit loads the module.
#pragma once

#include <memory>
#include <string>

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

#include "token/token_key.h"

namespace cose::token {

namespace detail {

struct FreeUri {
  void operator()(P11KitUri* uri) const { p11_kit_uri_free(uri); }
};
using Uri = std::unique_ptr<P11KitUri, FreeUri>;

[[nodiscard]] Result<Uri> parse_uri(const std::string& text);
[[nodiscard]] std::unexpected<Error> token_failure(std::string_view what, CK_RV code);

}  // namespace detail

class TokenKey::Session {
 public:
  Session() = default;
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  [[nodiscard]] Status load_modules(P11KitUri& uri);
  [[nodiscard]] Status find_token(P11KitUri& uri);
  [[nodiscard]] Status log_in(const Secret& pin);
  // Exactly one key must fit.
  [[nodiscard]] Status find_key(P11KitUri& uri, IfMissing if_missing);

  // One block, so that keys can be told apart without a word about them.
  [[nodiscard]] Result<Bytes> encrypt_block(ByteView block);
  [[nodiscard]] Result<Bytes> seal(ByteView nonce, ByteView associated, ByteView plain);
  [[nodiscard]] Result<Secret> open(ByteView nonce, ByteView associated, ByteView sealed);

 private:
  [[nodiscard]] Status make_key(P11KitUri& uri);

  CK_FUNCTION_LIST** all_ = nullptr;    // of p11-kit's configuration
  CK_FUNCTION_LIST* loaded_ = nullptr;  // by the path of the URI
  bool initialized_ = false;
  CK_FUNCTION_LIST* module_ = nullptr;  // that has the token
  CK_SLOT_ID slot_ = 0;
  CK_SESSION_HANDLE session_ = CK_INVALID_HANDLE;
  CK_OBJECT_HANDLE key_ = CK_INVALID_HANDLE;
};

}  // namespace cose::token
