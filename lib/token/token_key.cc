// SPDX-License-Identifier: Apache-2.0
#include "token/token_key.h"

#include <array>

#include "token/detail/token_session.h"

namespace cose::token {

namespace {

constexpr std::string_view kScheme = "pkcs11:";
constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;
constexpr std::size_t kBlock = 16;
// What is encrypted to tell keys apart. GCM never encrypts it: the chance that nonce and counter are these is 2^-96.
constexpr std::string_view kIdBlock = "CoSE master key?";
static_assert(kIdBlock.size() == kBlock);

}  // namespace

bool is_token_uri(std::string_view text) {
  return text.starts_with(kScheme);
}

TokenKey::TokenKey(std::unique_ptr<Session> session, Bytes id, Rng& rng)
    : session_(std::move(session)), id_(std::move(id)), rng_(rng) {}

TokenKey::~TokenKey() = default;

Result<std::unique_ptr<TokenKey>> TokenKey::open(const std::string& text, const PinReader& read_pin,
                                                 IfMissing if_missing, Rng& rng) {
  COSE_TRY(const auto uri, detail::parse_uri(text));
  Secret pin;
  if (const char* source = p11_kit_uri_get_pin_source(uri.get())) {
    COSE_TRY(pin, read_pin(source));
  }
  const auto opened = [&]() -> Result<std::unique_ptr<Session>> {
    auto session = std::make_unique<Session>();
    COSE_CHECK(session->load_modules(*uri));
    COSE_CHECK(session->find_token(*uri));
    COSE_CHECK(session->log_in(pin));
    COSE_CHECK(session->find_key(*uri, if_missing));
    return session;
  };
  auto session = opened();
  if (!session) return std::unexpected(session.error().within(text));
  COSE_TRY(auto id, (*session)->encrypt_block(as_bytes(kIdBlock)));
  id.resize(vault::kKeyIdSize);
  return std::unique_ptr<TokenKey>(new TokenKey(*std::move(session), std::move(id), rng));
}

Bytes TokenKey::id() const {
  return id_;
}

Result<Bytes> TokenKey::wrap(ByteView key, ByteView associated) {
  std::array<std::uint8_t, kNonce> nonce{};
  COSE_CHECK(rng_.fill(nonce));
  COSE_TRY(const auto sealed, session_->seal(nonce, associated, key));
  return concat(nonce, sealed);
}

Result<Secret> TokenKey::unwrap(ByteView wrapped, ByteView associated) {
  if (wrapped.size() < kNonce + kTag) return fail(ErrorKind::kInvalid, "a wrapped key is too short");
  return session_->open(wrapped.first(kNonce), associated, wrapped.subspan(kNonce));
}

}  // namespace cose::token
