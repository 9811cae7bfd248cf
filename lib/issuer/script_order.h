// SPDX-License-Identifier: Apache-2.0
// What an issuer orders a card to do, and the script that carries it: a template 72 with the command under MAC.
//
//   block, unblock, block-card, unblock-pin, pin=4321, put=9F14:05, record=2:1:70...
//
// Values. Errors: kInvalid. Source: EMV 4.4 Book 3 §6.5, Book 2 §9; VIS, M/Chip.
#pragma once

#include <string_view>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "bytes/secret.h"
#include "emv/cryptogram.h"
#include "emv/script.h"

namespace cose::issuer {

enum class ScriptAction {
  kBlockApplication,
  kUnblockApplication,
  kBlockCard,
  kUnblockPin,
  kChangePin,
  kPutData,
  kUpdateRecord,
};

struct ScriptOrder {
  ScriptAction action = ScriptAction::kUnblockPin;
  std::uint8_t p1 = 0;
  std::uint8_t p2 = 0;
  Bytes data;  // kPutData, kUpdateRecord
  Secret pin;  // kChangePin: digits

  [[nodiscard]] static Result<ScriptOrder> parse(std::string_view text);
};

// The keys of the card that scripts are made with.
struct ScriptKeys {
  ByteView cryptograms;
  ByteView integrity;
  ByteView confidentiality;
};

[[nodiscard]] Result<Bytes> make_script(const ScriptOrder& order, const emv::CryptogramVersion& version,
                                        const ScriptKeys& keys, const emv::ScriptContext& context);

}  // namespace cose::issuer
