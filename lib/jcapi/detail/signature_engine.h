// SPDX-License-Identifier: Apache-2.0
// Signatures and message authentication codes at work, between init() and sign() or verify().
//
// An engine works on one message after another: sign() and verify() leave it as it was after it was made, but for the
// initial value of a CBC MAC, which becomes zero (JC API 3.1, Signature.sign). Errors of what it does become
// ILLEGAL_USE, those of its making ILLEGAL_VALUE. A signature that does not fit is no error but false.
#pragma once

#include <memory>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/rng.h"
#include "jcapi/detail/key_values.h"
#include "jcapi/detail/signature_table.h"

namespace cose::jcapi::detail {

enum class SignatureMode : std::uint8_t { kSign = 1, kVerify = 2 };

class SignatureEngine {
 public:
  virtual ~SignatureEngine() = default;

  [[nodiscard]] virtual std::size_t length() const = 0;  // of a signature, at most
  [[nodiscard]] virtual Status update(ByteView octets) = 0;
  [[nodiscard]] virtual Result<Bytes> sign(ByteView last) = 0;
  [[nodiscard]] virtual Result<bool> verify(ByteView last, ByteView signature) = 0;

  // setInitialDigest(), signPreComputedHash(), verifyPreComputedHash(): for who signs a hash.
  [[nodiscard]] virtual Status resume(ByteView chaining_value, ByteView octets_so_far);
  [[nodiscard]] virtual Result<Bytes> sign_hash(ByteView hash);
  [[nodiscard]] virtual Result<bool> verify_hash(ByteView hash, ByteView signature);

  // SignatureMessageRecovery. sign(): how much of the message the last signature holds. begin_verify(): what a
  // signature gives back, which the message then goes on from.
  [[nodiscard]] virtual std::size_t recoverable() const { return 0; }
  [[nodiscard]] virtual Result<Bytes> begin_verify(ByteView signature);
  [[nodiscard]] virtual Result<bool> verify_rest(ByteView last);
};

struct SignatureParameters {
  SignatureRow row;
  SignatureMode mode;
  ByteView initial;  // of a CBC MAC; empty: zero
};

// `rng` outlives the engine. Errors: the key is of another kind or has impossible values.
[[nodiscard]] Result<std::unique_ptr<SignatureEngine>> make_mac_engine(const SignatureParameters& parameters,
                                                                       const KeyObject& key);
[[nodiscard]] Result<std::unique_ptr<SignatureEngine>> make_rsa_signature(const SignatureParameters& parameters,
                                                                          const KeyObject& key, Rng& rng);
// parameters.initial: the identity of who signs; empty: the usual one.
[[nodiscard]] Result<std::unique_ptr<SignatureEngine>> make_sm2_signature(NativeCall& call,
                                                                          const SignatureParameters& parameters,
                                                                          const KeyObject& key, Rng& rng);
[[nodiscard]] Result<std::unique_ptr<SignatureEngine>> make_curve_signature(NativeCall& call,
                                                                            const SignatureParameters& parameters,
                                                                            const KeyObject& key, Rng& rng);

}  // namespace cose::jcapi::detail
