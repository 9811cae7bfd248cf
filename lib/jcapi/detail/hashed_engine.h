// SPDX-License-Identifier: Apache-2.0
// Signatures over a hash: the message goes into the hash, a derived class signs that.
#pragma once

#include <optional>
#include <utility>

#include "jcapi/detail/message_hash.h"
#include "jcapi/detail/signature_engine.h"

namespace cose::jcapi::detail {

class HashedEngine : public SignatureEngine {
 public:
  // Nothing: no hash function, only hashes from elsewhere.
  explicit HashedEngine(std::optional<MessageHash> hash) : hash_(std::move(hash)) {}

  Status update(ByteView octets) override {
    if (!hash_) return no_hash();
    return hash_->update(octets);
  }
  Result<Bytes> sign(ByteView last) override {
    COSE_TRY(const auto hash, finish(last));
    return sign_value(hash);
  }
  Result<bool> verify(ByteView last, ByteView signature) override {
    COSE_TRY(const auto hash, finish(last));
    return verify_value(hash, signature).has_value();
  }
  Status resume(ByteView chaining_value, ByteView octets_so_far) override {
    if (!hash_) return no_hash();
    return hash_->resume(chaining_value, octets_so_far);
  }
  Result<Bytes> sign_hash(ByteView hash) override {
    COSE_CHECK(take_hash(hash));
    return sign_value(hash);
  }
  Result<bool> verify_hash(ByteView hash, ByteView signature) override {
    COSE_CHECK(take_hash(hash));
    return verify_value(hash, signature).has_value();
  }

 protected:
  [[nodiscard]] virtual Result<Bytes> sign_value(ByteView hash) = 0;
  [[nodiscard]] virtual Status verify_value(ByteView hash, ByteView signature) = 0;

 private:
  static std::unexpected<Error> no_hash() {
    return fail(ErrorKind::kUnsupported, "the signature has no hash function of its own");
  }
  Result<Bytes> finish(ByteView last) {
    COSE_CHECK(update(last));
    return hash_->finish();
  }
  // JC API 3.1, Signature.signPreComputedHash: a hash of another length is ILLEGAL_USE; what came before by update() is
  // forgotten.
  Status take_hash(ByteView hash) {
    if (!hash_) return hash.empty() ? no_hash() : Status{};
    if (hash.size() != crypto::digest_size(hash_->kind()))
      return fail(ErrorKind::kInvalid, "the hash is not as long as those of the function");
    return hash_->restart();
  }

  std::optional<MessageHash> hash_;
};

// The hash of a row's number; nothing for zero.
[[nodiscard]] inline Result<std::optional<MessageHash>> hash_of_row(const SignatureRow& row) {
  const auto kind = digest_of_algorithm(row.digest);
  if (!kind) return std::nullopt;
  COSE_TRY(auto hash, MessageHash::create(*kind));
  return hash;
}

}  // namespace cose::jcapi::detail
