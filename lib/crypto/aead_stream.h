// SPDX-License-Identifier: Apache-2.0
// GCM and CCM over a message that comes in pieces, for callers whose interface forces them to hand octets out before
// the tag is checked (Java Card's AEADCipher). Who can wait for the whole message uses crypto/aead.h.
//
// An AeadStream holds one key, mode and direction and belongs to one thread at a time. Sizes are octets; nonces and
// tags as in crypto/aead.h. CCM must know the sizes of the message in advance (SP 800-38C §A.2.1), GCM need not.
// Errors: kInvalid for sizes, also when a message ends shorter or grows longer than announced.
#pragma once

#include <array>
#include <cstddef>
#include <memory>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "crypto/aead.h"
#include "crypto/block_cipher.h"

namespace cose::crypto {

struct AeadSizes {
  std::size_t associated = 0;  // GCM: not looked at, as the next
  std::size_t message = 0;
  std::size_t tag = 16;
};

class AeadStream {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AeadStream>> create(AeadMode mode, Direction direction, ByteView key);
  virtual ~AeadStream() = default;

  [[nodiscard]] virtual Status start(ByteView nonce, const AeadSizes& sizes) = 0;
  // All associated data comes before the message.
  [[nodiscard]] virtual Status associate(ByteView associated) = 0;
  // Writes input.size() octets; `output` is apart from `input` or begins with it.
  [[nodiscard]] virtual Status update(ByteView input, MutableByteView output) = 0;
  // Ends the message: the whole tag, 16 octets, of which a shorter one is the beginning (GCM) or, in CCM, the tag of
  // the size announced.
  [[nodiscard]] virtual Result<Bytes> finish() = 0;
};

}  // namespace cose::crypto
