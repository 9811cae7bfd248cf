// SPDX-License-Identifier: Apache-2.0
#include "crypto/block_cipher.h"

#include <array>
#include <string>
#include <utility>

#include <openssl/provider.h>

#include "crypto/detail/cipher_table.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

constexpr std::size_t kModes = 4;

struct CipherRow {
  BlockCipherKind kind;
  std::string_view name;
  std::size_t key_size;
  std::size_t block_size;
  std::array<const char*, kModes> openssl_names;  // in the order of CipherMode; null: no such mode
};

// Single DES is in OpenSSL's legacy provider, as SEED is, which a system may lack. But triple DES with K|K|K encrypts,
// decrypts and encrypts with one key, which is single DES (NIST SP 800-67 §3.2, keying option 3). With K1|K2|K1 the
// same cipher is two-key triple DES.
constexpr std::array<const char*, kModes> kDesNames{"DES-EDE3-ECB", "DES-EDE3-CBC", "DES-EDE3-CFB", nullptr};

// In the order of BlockCipherKind.
constexpr std::array<CipherRow, 8> kCiphers{{
    {BlockCipherKind::kDes, "DES", 8, 8, kDesNames},
    {BlockCipherKind::kTripleDes2Key, "3DES-2KEY", 16, 8, kDesNames},
    {BlockCipherKind::kTripleDes3Key, "3DES-3KEY", 24, 8, kDesNames},
    {BlockCipherKind::kAes128, "AES-128", 16, 16, {"AES-128-ECB", "AES-128-CBC", "AES-128-CFB", "AES-128-CTR"}},
    {BlockCipherKind::kAes192, "AES-192", 24, 16, {"AES-192-ECB", "AES-192-CBC", "AES-192-CFB", "AES-192-CTR"}},
    {BlockCipherKind::kAes256, "AES-256", 32, 16, {"AES-256-ECB", "AES-256-CBC", "AES-256-CFB", "AES-256-CTR"}},
    {BlockCipherKind::kSm4, "SM4", 16, 16, {"SM4-ECB", "SM4-CBC", "SM4-CFB", "SM4-CTR"}},
    {BlockCipherKind::kSeed, "SEED", 16, 16, {"SEED-ECB", "SEED-CBC", "SEED-CFB", nullptr}},
}};

constexpr std::size_t index_of(BlockCipherKind kind) {
  return static_cast<std::size_t>(kind);
}

constexpr bool in_order() {
  for (std::size_t at = 0; at < kCiphers.size(); ++at)
    if (index_of(kCiphers[at].kind) != at) return false;
  return true;
}
static_assert(in_order());

const CipherRow& row_of(BlockCipherKind kind) {
  return kCiphers[index_of(kind)];
}

using LibraryContext = std::unique_ptr<OSSL_LIB_CTX, detail::Freer<OSSL_LIB_CTX_free>>;
using Provider = std::unique_ptr<OSSL_PROVIDER, detail::Freer<OSSL_PROVIDER_unload>>;
using FetchedCiphers = std::array<std::array<detail::FetchedCipher, kModes>, kCiphers.size()>;

// A context of its own, so that nothing else in the process meets old algorithms. The provider goes before it.
struct LegacyAlgorithms {
  LibraryContext context{detail::allocated(OSSL_LIB_CTX_new())};
  Provider provider{OSSL_PROVIDER_load(context.get(), "legacy")};

  [[nodiscard]] OSSL_LIB_CTX* get() const { return provider ? context.get() : nullptr; }
};

FetchedCiphers fetch_all(OSSL_LIB_CTX* legacy) {
  FetchedCiphers fetched;
  for (const auto& row : kCiphers) {
    const bool old = row.kind == BlockCipherKind::kSeed;
    if (old && legacy == nullptr) continue;
    for (std::size_t mode = 0; mode < kModes; ++mode)
      if (const char* name = row.openssl_names[mode])
        fetched[index_of(row.kind)][mode].reset(EVP_CIPHER_fetch(old ? legacy : nullptr, name, nullptr));
  }
  detail::forget_failures();
  return fetched;
}

Result<const EVP_CIPHER*> fetched_cipher(BlockCipherKind kind, CipherMode mode) {
  // Fetching costs more than a short message, so it is done once; the table is constant from then on.
  static const LegacyAlgorithms legacy;
  static const FetchedCiphers fetched = fetch_all(legacy.get());
  if (const auto* found = fetched[index_of(kind)][static_cast<std::size_t>(mode)].get()) return found;
  return detail::refusal(ErrorKind::kUnsupported, std::string(to_string(kind)) + " is not offered in this mode");
}

Result<BlockCipherKind> with_key_size(std::string_view family, std::size_t octets) {
  for (const auto& row : kCiphers)
    if (row.key_size == octets && row.name.find(family) != std::string_view::npos) return row.kind;
  return fail(ErrorKind::kInvalid, "no " + std::string(family) + " has keys of " + std::to_string(octets) + " octets");
}

Result<Bytes> once(BlockCipherKind kind, CipherMode mode, Direction direction, ByteView key, ByteView initial,
                   ByteView input) {
  COSE_TRY(auto cipher, BlockCipher::create(kind, mode, direction, key));
  return cipher.process(initial, input);
}

}  // namespace

const char* detail::openssl_cbc_name(BlockCipherKind kind) {
  return row_of(kind).openssl_names[static_cast<std::size_t>(CipherMode::kCbc)];
}

Result<Secret> detail::openssl_key(BlockCipherKind kind, ByteView key) {
  COSE_CHECK(expect_size(std::string(to_string(kind)) + " key", key_size(kind), key.size()));
  if (kind == BlockCipherKind::kDes) return Secret::take(concat(key, key, key));
  if (kind == BlockCipherKind::kTripleDes2Key) return Secret::take(concat(key, key.first(8)));
  return Secret(key);
}

std::string_view to_string(BlockCipherKind kind) {
  return row_of(kind).name;
}

std::optional<BlockCipherKind> block_cipher_named(std::string_view name) {
  for (const auto& row : kCiphers)
    if (row.name == name) return row.kind;
  return std::nullopt;
}

bool is_offered(BlockCipherKind kind) {
  return fetched_cipher(kind, CipherMode::kCbc).has_value();
}

std::size_t key_size(BlockCipherKind kind) {
  return row_of(kind).key_size;
}

std::size_t block_size(BlockCipherKind kind) {
  return row_of(kind).block_size;
}

Result<BlockCipherKind> aes_with_key_size(std::size_t octets) {
  return with_key_size("AES", octets);
}

Result<BlockCipherKind> des_with_key_size(std::size_t octets) {
  return with_key_size("DES", octets);
}

BlockCipher::BlockCipher(BlockCipherKind kind, CipherMode mode, Handle<evp_cipher_ctx_st> context)
    : kind_(kind), mode_(mode), context_(std::move(context)) {}

Result<BlockCipher> BlockCipher::create(BlockCipherKind kind, CipherMode mode, Direction direction, ByteView key) {
  COSE_TRY(const auto* cipher, fetched_cipher(kind, mode));
  COSE_TRY(const auto schedule_key, detail::openssl_key(kind, key));
  BlockCipher created(kind, mode, Handle<evp_cipher_ctx_st>(detail::allocated(EVP_CIPHER_CTX_new())));
  auto* context = created.context_.get();
  const int encrypting = direction == Direction::kEncrypt ? 1 : 0;
  if (EVP_CipherInit_ex2(context, cipher, schedule_key.view().data(), nullptr, encrypting, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(context, 0) != 1)
    return detail::openssl_failure(to_string(kind));
  const Bytes zeros(mode == CipherMode::kEcb ? 0 : block_size(kind));
  COSE_CHECK(created.start(zeros));
  return created;
}

Status BlockCipher::start(ByteView initial) {
  COSE_CHECK(detail::expect_size(std::string(to_string(kind_)) + " initial value",
                                 mode_ == CipherMode::kEcb ? 0 : block_size(kind_), initial.size()));
  const auto* value = initial.empty() ? nullptr : initial.data();
  if (EVP_CipherInit_ex2(context_.get(), nullptr, nullptr, value, -1, nullptr) != 1)
    return detail::openssl_failure(to_string(kind_));
  return {};
}

Status BlockCipher::update(ByteView input, MutableByteView output) {
  if (input.empty()) return {};
  const bool whole_blocks = mode_ == CipherMode::kEcb || mode_ == CipherMode::kCbc;
  if (whole_blocks && input.size() % block_size(kind_) != 0)
    return detail::wrong_size(to_string(kind_), "whole blocks of " + std::to_string(block_size(kind_)), input.size());
  if (input.size() > output.size() || input.size() > detail::kMaximumRun)
    return fail(ErrorKind::kLimit,
                std::to_string(input.size()) + " octets do not fit an output of " + std::to_string(output.size()));
  int written = 0;
  if (EVP_CipherUpdate(context_.get(), output.data(), &written, input.data(), static_cast<int>(input.size())) != 1)
    return detail::openssl_failure(to_string(kind_));
  COSE_ASSERT(static_cast<std::size_t>(written) == input.size());
  return {};
}

Result<Bytes> BlockCipher::process(ByteView initial, ByteView input) {
  COSE_CHECK(start(initial));
  Bytes output(input.size());
  COSE_CHECK(update(input, output));
  return output;
}

Result<Bytes> encrypt(BlockCipherKind kind, CipherMode mode, ByteView key, ByteView initial, ByteView plaintext) {
  return once(kind, mode, Direction::kEncrypt, key, initial, plaintext);
}

Result<Bytes> decrypt(BlockCipherKind kind, CipherMode mode, ByteView key, ByteView initial, ByteView ciphertext) {
  return once(kind, mode, Direction::kDecrypt, key, initial, ciphertext);
}

}  // namespace cose::crypto
