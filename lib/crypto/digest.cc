// SPDX-License-Identifier: Apache-2.0
#include "crypto/digest.h"

#include <array>
#include <string>
#include <utility>

#include "crypto/detail/digest_table.h"
#include "crypto/detail/openssl.h"

namespace cose::crypto {

namespace {

using namespace std::string_view_literals;
using detail::DigestRow;

// In the order of DigestKind.
constexpr std::array<DigestRow, 13> kDigests{{
    {DigestKind::kMd5, "MD5", "MD5", 16, 64, "\x2A\x86\x48\x86\xF7\x0D\x02\x05"sv},
    {DigestKind::kRipemd160, "RIPEMD-160", "RIPEMD-160", 20, 64, "\x2B\x24\x03\x02\x01"sv},
    {DigestKind::kSha1, "SHA-1", "SHA1", 20, 64, "\x2B\x0E\x03\x02\x1A"sv},
    {DigestKind::kSha224, "SHA-224", "SHA2-224", 28, 64, "\x60\x86\x48\x01\x65\x03\x04\x02\x04"sv},
    {DigestKind::kSha256, "SHA-256", "SHA2-256", 32, 64, "\x60\x86\x48\x01\x65\x03\x04\x02\x01"sv},
    {DigestKind::kSha384, "SHA-384", "SHA2-384", 48, 128, "\x60\x86\x48\x01\x65\x03\x04\x02\x02"sv},
    {DigestKind::kSha512, "SHA-512", "SHA2-512", 64, 128, "\x60\x86\x48\x01\x65\x03\x04\x02\x03"sv},
    {DigestKind::kSha512Bits256, "SHA-512/256", "SHA2-512/256", 32, 128, "\x60\x86\x48\x01\x65\x03\x04\x02\x06"sv},
    {DigestKind::kSha3Bits224, "SHA3-224", "SHA3-224", 28, 144, "\x60\x86\x48\x01\x65\x03\x04\x02\x07"sv},
    {DigestKind::kSha3Bits256, "SHA3-256", "SHA3-256", 32, 136, "\x60\x86\x48\x01\x65\x03\x04\x02\x08"sv},
    {DigestKind::kSha3Bits384, "SHA3-384", "SHA3-384", 48, 104, "\x60\x86\x48\x01\x65\x03\x04\x02\x09"sv},
    {DigestKind::kSha3Bits512, "SHA3-512", "SHA3-512", 64, 72, "\x60\x86\x48\x01\x65\x03\x04\x02\x0A"sv},
    {DigestKind::kSm3, "SM3", "SM3", 32, 64, "\x2A\x81\x1C\xCF\x55\x01\x83\x11"sv},
}};

constexpr std::size_t index_of(DigestKind kind) {
  return static_cast<std::size_t>(kind);
}

constexpr bool in_order() {
  for (std::size_t at = 0; at < kDigests.size(); ++at)
    if (index_of(kDigests[at].kind) != at) return false;
  return true;
}
static_assert(in_order());

using FetchedDigests = std::array<detail::FetchedDigest, kDigests.size()>;

FetchedDigests fetch_all() {
  FetchedDigests fetched;
  for (const auto& row : kDigests) fetched[index_of(row.kind)].reset(EVP_MD_fetch(nullptr, row.openssl_name, nullptr));
  detail::forget_failures();
  return fetched;
}

Result<const EVP_MD*> fetched_digest(DigestKind kind) {
  // Fetching costs more than hashing a short message, so it is done once; the table is constant from then on.
  static const FetchedDigests fetched = fetch_all();
  if (const auto* found = fetched[index_of(kind)].get()) return found;
  return detail::refusal(ErrorKind::kUnsupported, std::string(to_string(kind)) + " is not offered by this OpenSSL");
}

}  // namespace

const DigestRow& detail::digest_row(DigestKind kind) {
  return kDigests[index_of(kind)];
}

std::string_view to_string(DigestKind kind) {
  return detail::digest_row(kind).name;
}

std::optional<DigestKind> digest_named(std::string_view name) {
  for (const auto& row : kDigests)
    if (row.name == name) return row.kind;
  return std::nullopt;
}

std::size_t digest_size(DigestKind kind) {
  return detail::digest_row(kind).size;
}

std::size_t digest_block_size(DigestKind kind) {
  return detail::digest_row(kind).block_size;
}

Result<Bytes> digest(DigestKind kind, ByteView message) {
  COSE_TRY(const auto* function, fetched_digest(kind));
  Bytes hash(digest_size(kind));
  if (EVP_Digest(message.data(), message.size(), hash.data(), nullptr, function, nullptr) != 1)
    return detail::openssl_failure(to_string(kind));
  return hash;
}

Digest::Digest(DigestKind kind, Handle<evp_md_ctx_st> context) : kind_(kind), context_(std::move(context)) {}

Result<Digest> Digest::create(DigestKind kind) {
  Digest created(kind, Handle<evp_md_ctx_st>(detail::allocated(EVP_MD_CTX_new())));
  COSE_CHECK(created.restart());
  return created;
}

Status Digest::restart() {
  COSE_TRY(const auto* function, fetched_digest(kind_));
  if (EVP_DigestInit_ex2(context_.get(), function, nullptr) != 1) return detail::openssl_failure(to_string(kind_));
  return {};
}

Status Digest::update(ByteView message) {
  if (EVP_DigestUpdate(context_.get(), message.data(), message.size()) != 1)
    return detail::openssl_failure(to_string(kind_));
  return {};
}

Result<Bytes> Digest::finish() {
  Bytes hash(size());
  if (EVP_DigestFinal_ex(context_.get(), hash.data(), nullptr) != 1) return detail::openssl_failure(to_string(kind_));
  COSE_CHECK(restart());
  return hash;
}

Result<Digest> Digest::clone() const {
  Digest copy(kind_, Handle<evp_md_ctx_st>(detail::allocated(EVP_MD_CTX_new())));
  if (EVP_MD_CTX_copy_ex(copy.context_.get(), context_.get()) != 1) return detail::openssl_failure(to_string(kind_));
  return copy;
}

}  // namespace cose::crypto
