// SPDX-License-Identifier: Apache-2.0
// The key that wraps all other keys, as a port, so that it can stay in a file, a token or a service.
//
// A Keyring holds the key that wraps now and those that did before, so that a key is changed while cards are in use:
// everything wrapped is wrapped anew, a piece at a time (Vault::rewrap). The keys outlive the ring.
//
// One thread at a time. Errors: kRefused (the wrapped octets were changed, or belong to something else), kNotFound
// (wrapped by a key that is not in the ring), kInvalid (shape), and what the place of the key says.
#pragma once

#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"

namespace cose::vault {

inline constexpr std::size_t kKeySize = 32;
inline constexpr std::size_t kKeyIdSize = 8;

class MasterKey {
 public:
  virtual ~MasterKey() = default;

  // Tells keys apart without giving them away: kKeyIdSize octets.
  [[nodiscard]] virtual Bytes id() const = 0;
  // `associated` is what the key is for; unwrap() refuses it for anything else.
  [[nodiscard]] virtual Result<Bytes> wrap(ByteView key, ByteView associated) = 0;
  [[nodiscard]] virtual Result<Secret> unwrap(ByteView wrapped, ByteView associated) = 0;
};

// A key in this process: AES-256-GCM under a key derived from it and a fresh salt, so that no nonce can come twice.
class LocalMasterKey final : public MasterKey {
 public:
  // key: kKeySize octets. The Rng outlives the key.
  [[nodiscard]] static Result<LocalMasterKey> create(Secret key, Rng& rng);

  [[nodiscard]] Bytes id() const override { return id_; }
  [[nodiscard]] Result<Bytes> wrap(ByteView key, ByteView associated) override;
  [[nodiscard]] Result<Secret> unwrap(ByteView wrapped, ByteView associated) override;

 private:
  LocalMasterKey(Secret key, Bytes id, Rng& rng) : key_(std::move(key)), id_(std::move(id)), rng_(rng) {}

  Secret key_;
  Bytes id_;
  Rng& rng_;
};

class Keyring {
 public:
  explicit Keyring(MasterKey& current, std::vector<MasterKey*> older = {})
      : current_(&current), older_(std::move(older)) {}

  // From now on this one wraps; the one before still unwraps.
  void change(MasterKey& next);

  [[nodiscard]] Bytes current_id() const { return current_->id(); }

  [[nodiscard]] Result<Bytes> wrap(ByteView key, ByteView associated);
  [[nodiscard]] Result<Secret> unwrap(ByteView wrapped, ByteView associated);
  [[nodiscard]] bool is_current(ByteView wrapped) const;

 private:
  MasterKey* current_;
  std::vector<MasterKey*> older_;
};

}  // namespace cose::vault
