// SPDX-License-Identifier: Apache-2.0
// Issuer scripts: the MAC of a command and the encipherment of its data.
//
// Functions without state. Errors: kInvalid (sizes), kNotFound (a data object). Source: EMV 4.3 Book 2 §9; VIS, M/Chip.
#pragma once

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "emv/cryptogram.h"

namespace cose::emv {

// The transaction that scripts belong to.
struct ScriptContext {
  Bytes atc;
  Bytes cryptogram;
};

[[nodiscard]] Result<Secret> script_key(const CryptogramVersion& version, ByteView card_key,
                                        const ScriptContext& context);

// The header is CLA INS P1 P2 Lc, with the MAC counted in Lc; `key` that of script_key().
[[nodiscard]] Result<Bytes> script_mac(const CryptogramVersion& version, ByteView key, const ScriptContext& context,
                                       ByteView header, ByteView data);

enum class ScriptPadding {
  kIfNeeded,  // M/Chip: 80 and zeros unless the data are whole blocks
  kAlways,    // the common core definitions
  kLength,    // VIS: the length in front, then 80 and zeros if needed
};
[[nodiscard]] Result<Bytes> encipher_script_data(ByteView key, ByteView data, ScriptPadding padding);
[[nodiscard]] Result<Secret> decipher_script_data(ByteView key, ByteView data, ScriptPadding padding);

}  // namespace cose::emv
