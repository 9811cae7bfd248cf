// SPDX-License-Identifier: Apache-2.0
#include "jcapi/detail/message_hash.h"

#include <array>
#include <utility>

namespace cose::jcapi::detail {

namespace {

using crypto::Digest;
using crypto::DigestKind;
using crypto::ResumableDigest;

// By number, from ALG_SHA = 1 on.
constexpr std::array kKinds{DigestKind::kSha1,        DigestKind::kMd5,         DigestKind::kRipemd160,
                            DigestKind::kSha256,      DigestKind::kSha384,      DigestKind::kSha512,
                            DigestKind::kSha224,      DigestKind::kSha3Bits224, DigestKind::kSha3Bits256,
                            DigestKind::kSha3Bits384, DigestKind::kSha3Bits512, DigestKind::kSm3};

std::unexpected<Error> not_resumable() {
  return fail(ErrorKind::kUnsupported, "the hash function has no intermediate value");
}

}  // namespace

std::optional<DigestKind> digest_of_algorithm(std::int16_t algorithm) {
  if (algorithm < 1 || static_cast<std::size_t>(algorithm) > kKinds.size()) return std::nullopt;
  return kKinds[static_cast<std::size_t>(algorithm) - 1];
}

Result<MessageHash> MessageHash::create(DigestKind kind) {
  if (crypto::is_resumable(kind)) {
    COSE_TRY(auto function, ResumableDigest::create(kind));
    return MessageHash(std::move(function));
  }
  COSE_TRY(auto function, Digest::create(kind));
  return MessageHash(std::move(function));
}

DigestKind MessageHash::kind() const {
  return std::visit([](const auto& each) { return each.kind(); }, function_);
}

Status MessageHash::update(ByteView octets) {
  if (auto* resumable = std::get_if<ResumableDigest>(&function_)) return resumable->update(octets), Status{};
  return std::get<Digest>(function_).update(octets);
}

Result<Bytes> MessageHash::finish() {
  return std::visit([](auto& each) -> Result<Bytes> { return each.finish(); }, function_);
}

Status MessageHash::restart() {
  if (auto* resumable = std::get_if<ResumableDigest>(&function_)) return resumable->restart(), Status{};
  return std::get<Digest>(function_).restart();
}

Status MessageHash::resume(ByteView chaining_value, ByteView octets_so_far) {
  auto* resumable = std::get_if<ResumableDigest>(&function_);
  if (resumable == nullptr) return not_resumable();
  std::uint64_t count = 0;
  for (const auto octet : octets_so_far) {
    if (count >> 56 != 0) return fail(ErrorKind::kInvalid, "more octets than a message can have");
    count = count << 8 | octet;
  }
  return resumable->resume(chaining_value, count);
}

Result<Bytes> MessageHash::chaining_value() const {
  const auto* resumable = std::get_if<ResumableDigest>(&function_);
  if (resumable == nullptr) return not_resumable();
  return resumable->chaining_value();
}

}  // namespace cose::jcapi::detail
