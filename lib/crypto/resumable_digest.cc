// SPDX-License-Identifier: Apache-2.0
// OpenSSL's digest objects keep their chaining value to themselves; only the functions that version 3 advises against
// show it.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "crypto/resumable_digest.h"

#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include <openssl/md5.h>
#include <openssl/ripemd.h>
#include <openssl/sha.h>

#include "bytes/secret.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

using Contexts = std::variant<MD5_CTX, RIPEMD160_CTX, SHA_CTX, SHA256_CTX, SHA512_CTX>;

// Words of the chaining value, in the order in which they are written out.
template <typename Context>
auto words_of(Context& context) {
  using Plain = std::remove_const_t<Context>;
  if constexpr (std::is_same_v<Plain, MD5_CTX>)
    return std::array{&context.A, &context.B, &context.C, &context.D};
  else if constexpr (std::is_same_v<Plain, RIPEMD160_CTX>)
    return std::array{&context.A, &context.B, &context.C, &context.D, &context.E};
  else if constexpr (std::is_same_v<Plain, SHA_CTX>)
    return std::array{&context.h0, &context.h1, &context.h2, &context.h3, &context.h4};
  else
    return std::array{&context.h[0], &context.h[1], &context.h[2], &context.h[3],
                      &context.h[4], &context.h[5], &context.h[6], &context.h[7]};
}

template <typename Context>
constexpr bool kLittleEndian = std::is_same_v<Context, MD5_CTX> || std::is_same_v<Context, RIPEMD160_CTX>;

// Octet `at` of a word as it is written out.
template <typename Context, typename Word>
std::uint8_t octet_of(Word word, std::size_t at) {
  const auto shift = 8 * (kLittleEndian<Context> ? at : sizeof(Word) - 1 - at);
  return static_cast<std::uint8_t>(word >> shift);
}

template <typename Context>
void set_words(Context& context, ByteView octets) {
  std::size_t next = 0;
  for (auto* word : words_of(context)) {
    using Word = std::remove_reference_t<decltype(*word)>;
    Word value = 0;
    for (std::size_t at = 0; at < sizeof(Word); ++at) {
      const auto shift = 8 * (kLittleEndian<Context> ? at : sizeof(Word) - 1 - at);
      value |= static_cast<Word>(Word{octets[next++]} << shift);
    }
    *word = value;
  }
}

Contexts initial_context(DigestKind kind) {
  Contexts made;
  switch (kind) {
    case DigestKind::kMd5: MD5_Init(&made.emplace<MD5_CTX>()); break;
    case DigestKind::kRipemd160: RIPEMD160_Init(&made.emplace<RIPEMD160_CTX>()); break;
    case DigestKind::kSha1: SHA1_Init(&made.emplace<SHA_CTX>()); break;
    case DigestKind::kSha224: SHA224_Init(&made.emplace<SHA256_CTX>()); break;
    case DigestKind::kSha256: SHA256_Init(&made.emplace<SHA256_CTX>()); break;
    case DigestKind::kSha384: SHA384_Init(&made.emplace<SHA512_CTX>()); break;
    default: SHA512_Init(&made.emplace<SHA512_CTX>()); break;
  }
  return made;
}

void feed(MD5_CTX& context, ByteView message) {
  MD5_Update(&context, message.data(), message.size());
}
void feed(RIPEMD160_CTX& context, ByteView message) {
  RIPEMD160_Update(&context, message.data(), message.size());
}
void feed(SHA_CTX& context, ByteView message) {
  SHA1_Update(&context, message.data(), message.size());
}
void feed(SHA256_CTX& context, ByteView message) {
  SHA256_Update(&context, message.data(), message.size());
}
void feed(SHA512_CTX& context, ByteView message) {
  SHA512_Update(&context, message.data(), message.size());
}

void end(MD5_CTX& context, std::uint8_t* hash) {
  MD5_Final(hash, &context);
}
void end(RIPEMD160_CTX& context, std::uint8_t* hash) {
  RIPEMD160_Final(hash, &context);
}
void end(SHA_CTX& context, std::uint8_t* hash) {
  SHA1_Final(hash, &context);
}
// The contexts remember which of their functions they are.
void end(SHA256_CTX& context, std::uint8_t* hash) {
  SHA256_Final(hash, &context);
}
void end(SHA512_CTX& context, std::uint8_t* hash) {
  SHA512_Final(hash, &context);
}

}  // namespace

struct ResumableDigest::State {
  Contexts context;
  ~State() {
    std::visit([](auto& each) { wipe({reinterpret_cast<std::uint8_t*>(&each), sizeof(each)}); }, context);
  }
};

bool is_resumable(DigestKind kind) {
  return kind <= DigestKind::kSha512;
}

std::size_t chaining_size(DigestKind kind) {
  if (kind == DigestKind::kSha224) return digest_size(DigestKind::kSha256);
  return kind == DigestKind::kSha384 ? digest_size(DigestKind::kSha512) : digest_size(kind);
}

ResumableDigest::ResumableDigest(DigestKind kind, std::unique_ptr<State> state)
    : kind_(kind), state_(std::move(state)) {}
ResumableDigest::ResumableDigest(ResumableDigest&&) noexcept = default;
ResumableDigest& ResumableDigest::operator=(ResumableDigest&&) noexcept = default;
ResumableDigest::~ResumableDigest() = default;

Result<ResumableDigest> ResumableDigest::create(DigestKind kind) {
  if (!is_resumable(kind))
    return fail(ErrorKind::kUnsupported, std::string(to_string(kind)) + " has no chaining value to go on from");
  return ResumableDigest(kind, std::unique_ptr<State>(new State{initial_context(kind)}));
}

void ResumableDigest::update(ByteView message) {
  if (message.empty()) return;
  std::visit([&](auto& context) { feed(context, message); }, state_->context);
}

Bytes ResumableDigest::finish() {
  Bytes hash(size());
  std::visit([&](auto& context) { end(context, hash.data()); }, state_->context);
  restart();
  return hash;
}

void ResumableDigest::restart() {
  state_->context = initial_context(kind_);
}

Status ResumableDigest::resume(ByteView chaining_value, std::uint64_t octets) {
  COSE_CHECK(detail::expect_size(std::string(to_string(kind_)) + " chaining value", chaining_size(kind_),
                                 chaining_value.size()));
  if (octets % digest_block_size(kind_) != 0 || octets >> 61 != 0)
    return fail(ErrorKind::kInvalid, std::string(to_string(kind_)) + ": expected whole blocks of " +
                                         std::to_string(digest_block_size(kind_)) + " octets, found " +
                                         std::to_string(octets));
  restart();
  std::visit(
      [&](auto& context) {
        set_words(context, chaining_value);
        using Count = std::remove_reference_t<decltype(context.Nl)>;
        const auto bits = octets * 8;
        context.Nl = static_cast<Count>(bits);
        if constexpr (sizeof(Count) < sizeof(bits)) context.Nh = static_cast<Count>(bits >> 32);
      },
      state_->context);
  return {};
}

Result<Bytes> ResumableDigest::chaining_value() const {
  Bytes octets;
  const auto pending = std::visit(
      [&](const auto& context) -> std::size_t {
        using Context = std::remove_cvref_t<decltype(context)>;
        for (const auto* word : words_of(context))
          for (std::size_t at = 0; at < sizeof(*word); ++at) octets.push_back(octet_of<Context>(*word, at));
        return context.num;
      },
      state_->context);
  if (pending != 0) return fail(ErrorKind::kInvalid, std::string(to_string(kind_)) + " is in the middle of a block");
  return octets;
}

ResumableDigest ResumableDigest::clone() const {
  return {kind_, std::unique_ptr<State>(new State{state_->context})};
}

}  // namespace cose::crypto
