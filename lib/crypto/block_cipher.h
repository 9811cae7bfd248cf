// SPDX-License-Identifier: Apache-2.0
// DES, triple DES, AES, SM4 (GB/T 32907) and SEED (RFC 4269) in the modes of NIST SP 800-38A. No padding here: that is
// crypto/padding.h.
//
// A BlockCipher holds one key, one mode and one direction and works on many messages: start() gives the next one its
// initial value, update() works on its octets. It belongs to one thread at a time and wipes its key schedule.
// Sizes are octets. Keys: 8 (DES), 16 or 24 (triple DES), 16, 24 or 32 (AES), 16 (SM4, SEED); DES parity bits are
// ignored.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/handle.h"

namespace cose::crypto {

enum class BlockCipherKind { kDes, kTripleDes2Key, kTripleDes3Key, kAes128, kAes192, kAes256, kSm4, kSeed };
enum class CipherMode { kEcb, kCbc, kCfb, kCtr };  // CFB with segments of a whole block
enum class Direction { kEncrypt, kDecrypt };

[[nodiscard]] std::string_view to_string(BlockCipherKind kind);  // "AES-128", "3DES-2KEY", ...
[[nodiscard]] std::optional<BlockCipherKind> block_cipher_named(std::string_view name);
// Whether the OpenSSL at hand has it in CBC; SEED comes with its legacy provider.
[[nodiscard]] bool is_offered(BlockCipherKind kind);
[[nodiscard]] std::size_t key_size(BlockCipherKind kind);
[[nodiscard]] std::size_t block_size(BlockCipherKind kind);

// The member of a family that has keys of this size. Error: kInvalid when there is none.
[[nodiscard]] Result<BlockCipherKind> aes_with_key_size(std::size_t octets);
[[nodiscard]] Result<BlockCipherKind> des_with_key_size(std::size_t octets);

class BlockCipher {
 public:
  // Errors: kInvalid for a key of another size, kUnsupported for CTR of DES and SEED, and for SEED where OpenSSL was
  // installed without its legacy provider.
  [[nodiscard]] static Result<BlockCipher> create(BlockCipherKind kind, CipherMode mode, Direction direction,
                                                  ByteView key);

  // Begins a message. `initial` is one block (CBC, CFB: the IV; CTR: the first counter block), or empty for ECB.
  [[nodiscard]] Status start(ByteView initial);

  // Works on the next octets. ECB and CBC: whole blocks; CFB and CTR: any number, the last call may end mid-block.
  // Writes input.size() octets to the start of `output`, which is either apart from `input` or begins with it.
  [[nodiscard]] Status update(ByteView input, MutableByteView output);

  // start() and update() for a whole message.
  [[nodiscard]] Result<Bytes> process(ByteView initial, ByteView input);

  [[nodiscard]] BlockCipherKind kind() const { return kind_; }

 private:
  BlockCipher(BlockCipherKind kind, CipherMode mode, Handle<evp_cipher_ctx_st> context);

  BlockCipherKind kind_;
  CipherMode mode_;
  Handle<evp_cipher_ctx_st> context_;
};

[[nodiscard]] Result<Bytes> encrypt(BlockCipherKind kind, CipherMode mode, ByteView key, ByteView initial,
                                    ByteView plaintext);
[[nodiscard]] Result<Bytes> decrypt(BlockCipherKind kind, CipherMode mode, ByteView key, ByteView initial,
                                    ByteView ciphertext);

}  // namespace cose::crypto
