// SPDX-License-Identifier: Apache-2.0
// Ciphers at work: block buffering, paddings, direction and key, between init() and doFinal().
//
// An engine works on one message after another: finish() leaves it as it was after it was made, but for the initial
// value of CBC, which becomes zero (JC API 3.1, Cipher.doFinal). An error of finish() leaves it so, too; the natives
// make ILLEGAL_USE of it. Sizes are octets.
#pragma once

#include <memory>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "bytes/secret.h"
#include "crypto/block_cipher.h"
#include "crypto/digest.h"
#include "crypto/padding.h"
#include "jcapi/detail/key_values.h"

namespace cose::jcapi::detail {

class CipherEngine {
 public:
  virtual ~CipherEngine() = default;
  // What update() of so many octets gives.
  [[nodiscard]] virtual std::size_t update_size(std::size_t input) const = 0;
  [[nodiscard]] virtual Result<Secret> update(ByteView input) = 0;
  [[nodiscard]] virtual Result<Secret> finish(ByteView input) = 0;
};

struct BlockParameters {
  crypto::BlockCipherKind kind;
  crypto::CipherMode mode;  // ECB or CBC
  crypto::Direction direction;
  crypto::Padding padding;
};

// initial: empty for ECB and for CBC from zero.
[[nodiscard]] Result<std::unique_ptr<CipherEngine>> make_block_engine(const BlockParameters& parameters, ByteView key,
                                                                      ByteView initial);
// CTR and CFB: any number of octets. initial: a block, or empty for zeros.
[[nodiscard]] Result<std::unique_ptr<CipherEngine>> make_stream_engine(crypto::CipherMode mode,
                                                                       crypto::Direction direction, ByteView key,
                                                                       ByteView initial);
// IEEE 1619. key: two AES keys; initial: the tweak, or empty for zeros. One data unit from doFinal() to doFinal().
[[nodiscard]] Result<std::unique_ptr<CipherEngine>> make_xts_engine(crypto::Direction direction, ByteView key,
                                                                    ByteView initial);

enum class RsaPadding { kNone, kPkcs1, kOaep };

struct RsaParameters {
  RsaPadding padding;
  crypto::DigestKind digest;  // of OAEP
  crypto::Direction direction;
};

// The numbers of `key` are copied. `rng` outlives the engine.
[[nodiscard]] Result<std::unique_ptr<CipherEngine>> make_rsa_engine(const RsaParameters& parameters,
                                                                    const KeyObject& key, Rng& rng);

// SM2 by a key on its curve: public to encrypt, private to decrypt.
[[nodiscard]] Result<std::unique_ptr<CipherEngine>> make_sm2_engine(NativeCall& call, crypto::Direction direction,
                                                                    const KeyObject& key);

}  // namespace cose::jcapi::detail
