// SPDX-License-Identifier: Apache-2.0
#include "crypto/aead.h"

#include <array>
#include <string>
#include <utility>

#include "crypto/block_cipher.h"
#include "crypto/detail/aead_table.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

constexpr std::size_t kTagMaximum = 16;

using FetchedAeads = std::array<std::array<detail::FetchedCipher, 3>, 2>;

FetchedAeads fetch_all() {
  constexpr std::array<std::array<const char*, 3>, 2> kNames{
      {{"AES-128-GCM", "AES-192-GCM", "AES-256-GCM"}, {"AES-128-CCM", "AES-192-CCM", "AES-256-CCM"}}};
  FetchedAeads fetched;
  for (std::size_t mode = 0; mode < kNames.size(); ++mode)
    for (std::size_t size = 0; size < kNames[mode].size(); ++size)
      fetched[mode][size].reset(EVP_CIPHER_fetch(nullptr, kNames[mode][size], nullptr));
  detail::forget_failures();
  return fetched;
}

// NIST SP 800-38D §5.2.1.2 (4 and 8 for constrained use) and SP 800-38C §A.1.
bool is_tag_size(AeadMode mode, std::size_t size) {
  if (size < 4 || size > kTagMaximum) return false;
  return mode == AeadMode::kGcm ? size == 4 || size == 8 || size >= 12 : size % 2 == 0;
}

}  // namespace

const EVP_CIPHER* detail::fetched_aead(AeadMode mode, std::size_t key_octets) {
  // Fetched once and constant from then on.
  static const FetchedAeads fetched = fetch_all();
  return fetched[static_cast<std::size_t>(mode)][key_octets / 8 - 2].get();
}

Status detail::check_nonce(AeadMode mode, std::size_t size) {
  const bool gcm = mode == AeadMode::kGcm;
  if (gcm ? size >= 1 && size <= 128 : size >= 7 && size <= 13) return {};
  return detail::wrong_size("nonce", gcm ? "1 to 128" : "7 to 13", size);
}

Status detail::check_tag(AeadMode mode, std::size_t size) {
  if (is_tag_size(mode, size)) return {};
  return detail::wrong_size("tag", mode == AeadMode::kGcm ? "4, 8 or 12 to 16" : "4, 6, 8, 10, 12, 14 or 16", size);
}

bool detail::ccm_can_count(std::size_t message, std::size_t nonce) {
  const auto octets = 15 - nonce;
  return octets >= sizeof(std::size_t) || message >> (8 * octets) == 0;
}

struct Aead::Message {
  Direction direction;
  ByteView nonce;
  ByteView associated;
  ByteView body;
  std::size_t tag_size;
};

Aead::Aead(AeadMode mode, Secret key, Handle<evp_cipher_ctx_st> context)
    : mode_(mode), key_(std::move(key)), context_(std::move(context)) {}

Result<Aead> Aead::create(AeadMode mode, ByteView key) {
  COSE_TRY(const auto kind, aes_with_key_size(key.size()));
  const auto* cipher = detail::fetched_aead(mode, key_size(kind));
  Handle<evp_cipher_ctx_st> context(detail::allocated(EVP_CIPHER_CTX_new()));
  if (cipher == nullptr || EVP_CipherInit_ex2(context.get(), cipher, nullptr, nullptr, 1, nullptr) != 1)
    return detail::openssl_failure(to_string(kind), ErrorKind::kUnsupported);
  return Aead(mode, Secret(key), std::move(context));
}

Status Aead::check(const Message& message) const {
  const bool gcm = mode_ == AeadMode::kGcm;
  COSE_CHECK(detail::check_nonce(mode_, message.nonce.size()));
  COSE_CHECK(detail::check_tag(mode_, message.tag_size));
  if (message.body.size() > detail::kMaximumRun || message.associated.size() > detail::kMaximumRun ||
      (!gcm && !detail::ccm_can_count(message.body.size(), message.nonce.size())))
    return fail(ErrorKind::kLimit, "a message of " + std::to_string(message.body.size()) + " octets with " +
                                       std::to_string(message.associated.size()) + " associated is too long");
  return {};
}

Status Aead::begin(const Message& message, ByteView tag) {
  auto* context = context_.get();
  const int encrypting = message.direction == Direction::kEncrypt ? 1 : 0;
  // The control only reads the tag it is given.
  auto* tag_octets = encrypting == 1 ? nullptr : const_cast<std::uint8_t*>(tag.data());
  const bool tag_first = mode_ == AeadMode::kCcm || encrypting == 0;
  if (EVP_CipherInit_ex2(context, nullptr, nullptr, nullptr, encrypting, nullptr) != 1 ||
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_IVLEN, static_cast<int>(message.nonce.size()), nullptr) != 1 ||
      (tag_first &&
       EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, static_cast<int>(message.tag_size), tag_octets) != 1) ||
      EVP_CipherInit_ex2(context, nullptr, key_.view().data(), message.nonce.data(), encrypting, nullptr) != 1)
    return detail::openssl_failure("authenticated encryption");
  return {};
}

// output null: associated data.
Status Aead::run(ByteView input, std::uint8_t* output) {
  int written = 0;
  if (EVP_CipherUpdate(context_.get(), output, &written, input.data(), static_cast<int>(input.size())) != 1)
    return detail::openssl_failure("authenticated encryption");
  return {};
}

Status Aead::feed(const Message& message, MutableByteView output) {
  int written = 0;
  // CCM authenticates the length first (SP 800-38C §A.2.1), so OpenSSL must hear it before all else.
  if (mode_ == AeadMode::kCcm &&
      EVP_CipherUpdate(context_.get(), nullptr, &written, nullptr, static_cast<int>(message.body.size())) != 1)
    return detail::openssl_failure("authenticated encryption");
  if (!message.associated.empty()) COSE_CHECK(run(message.associated, nullptr));
  // An empty body still has to be announced to CCM: its tag is computed, or checked, there.
  std::uint8_t no_octet = 0;
  const bool empty = message.body.empty();
  if (!empty) return run(message.body, output.data());
  return mode_ == AeadMode::kCcm ? run(ByteView(&no_octet, 0), &no_octet) : Status{};
}

Result<Bytes> Aead::seal(ByteView nonce, ByteView associated, ByteView plaintext, std::size_t tag_size) {
  const Message message{Direction::kEncrypt, nonce, associated, plaintext, tag_size};
  COSE_CHECK(check(message));
  COSE_CHECK(begin(message, {}));
  Bytes sealed(plaintext.size() + tag_size);
  COSE_CHECK(feed(message, sealed));
  int written = 0;
  std::array<std::uint8_t, kTagMaximum> none{};
  if (EVP_CipherFinal_ex(context_.get(), none.data(), &written) != 1 ||
      EVP_CIPHER_CTX_ctrl(context_.get(), EVP_CTRL_AEAD_GET_TAG, static_cast<int>(tag_size),
                          sealed.data() + plaintext.size()) != 1)
    return detail::openssl_failure("authenticated encryption");
  return sealed;
}

Result<Bytes> Aead::open(ByteView nonce, ByteView associated, ByteView sealed, std::size_t tag_size) {
  if (sealed.size() < tag_size)
    return detail::wrong_size("sealed message", std::to_string(tag_size) + " or more", sealed.size());
  const auto body = sealed.first(sealed.size() - tag_size);
  const Message message{Direction::kDecrypt, nonce, associated, body, tag_size};
  COSE_CHECK(check(message));
  COSE_CHECK(begin(message, sealed.last(tag_size)));
  Bytes plaintext(body.size());
  const auto fed = feed(message, plaintext);
  int written = 0;
  std::array<std::uint8_t, kTagMaximum> none{};
  // CCM checks the tag with the body, GCM at the end.
  if (fed && (mode_ == AeadMode::kCcm || EVP_CipherFinal_ex(context_.get(), none.data(), &written) == 1))
    return plaintext;
  wipe(plaintext);
  return detail::refusal(ErrorKind::kRefused, "the tag does not fit the message");
}

}  // namespace cose::crypto
