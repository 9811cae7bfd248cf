// SPDX-License-Identifier: Apache-2.0
// How octets of one card are sealed, and the keyed sums that show what is missing, old or foreign.
//
// Each start of a state directory draws a salt, and what a card's key seals in that start it seals under a key derived
// from both. So two lives of one directory (a backup that was restored, a snapshot of a machine) never share a
// key, and within one start a counter is the nonce: none can come twice.
#pragma once

#include <array>
#include <map>

#include "bytes/result.h"
#include "bytes/secret.h"
#include "crypto/aead.h"
#include "crypto/block_cipher.h"
#include "store/store.h"

namespace cose::vault::detail {

inline constexpr std::size_t kTag = 16;
// fence:u32, counter:u64, sequence:u64 before the sealed octets, the tag behind them.
inline constexpr std::size_t kSealOverhead = 4 + 8 + 8 + kTag;

// Page numbers of what is no page: section 255 is nobody's.
inline constexpr store::PageNumber kHeadPlace = 0xFFFFFFFF;
inline constexpr store::PageNumber kAnswerPlace = 0xFFFFFFFE;

// Who wrote something, and when.
struct Version {
  store::Fence fence = 0;
  store::Sequence sequence = 0;
  friend bool operator==(const Version&, const Version&) = default;
};

// The salts of all starts, by fence.
using Salts = std::map<store::Fence, Bytes>;

class Sealer {
 public:
  Sealer(Secret key, store::CardId card, const Salts& salts) : key_(std::move(key)), card_(card), salts_(salts) {}

  // `extra` is authenticated and not stored.
  [[nodiscard]] Result<Bytes> seal(store::PageNumber place, Version version, std::uint64_t counter, ByteView extra,
                                   ByteView octets);
  [[nodiscard]] Result<Bytes> open(store::PageNumber place, ByteView extra, ByteView sealed);
  // What the sealed octets say of themselves; open() proves it.
  [[nodiscard]] static Result<Version> version_of(ByteView sealed);

  [[nodiscard]] ByteView key() const { return key_.view(); }

 private:
  [[nodiscard]] Result<crypto::Aead*> session(store::Fence fence);
  [[nodiscard]] Bytes associated(store::PageNumber place, Version version, ByteView extra) const;

  Secret key_;
  store::CardId card_;
  const Salts& salts_;
  std::map<store::Fence, crypto::Aead> sessions_;
};

// A sum over a set of (what, version), which only the holder of the key can compute: items are added and taken out one
// by one, and two sets have one sum only by a chance of 2^-128.
class Sum {
 public:
  using Value = std::array<std::uint64_t, 2>;

  [[nodiscard]] static Result<Sum> create(ByteView key);

  [[nodiscard]] Status add(std::uint64_t what, Version version);
  [[nodiscard]] Status remove(std::uint64_t what, Version version);
  [[nodiscard]] const Value& value() const { return value_; }
  void set_value(const Value& value) { value_ = value; }

 private:
  explicit Sum(crypto::BlockCipher cipher) : cipher_(std::move(cipher)) {}
  [[nodiscard]] Result<Value> item(std::uint64_t what, Version version);

  crypto::BlockCipher cipher_;
  Value value_{};
};

// A key for one purpose, derived from another.
[[nodiscard]] Result<Secret> derive(ByteView key, std::string_view purpose, ByteView salt = {});

}  // namespace cose::vault::detail
