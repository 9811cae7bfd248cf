// SPDX-License-Identifier: Apache-2.0
// C-APDUs over T=0: pcsc-lite takes the TPDUs of ISO/IEC 7816-3 §12.2 there, not APDUs.
//
// A pure function over a way to send one TPDU, so that tests need no reader. What is mapped:
//   case 1, 2, 3    one TPDU; the answer goes back as it came
//   case 4          sent without its Le; after 61xx GET RESPONSE fetches up to Le octets (§12.2.5)
//   extended forms  Nc <= 255 as the short form; Ne > 256 fetched in parts (§12.2.6 to §12.2.8)
// Not mapped: Nc > 255, which needs ENVELOPE and a card that knows it: kUnsupported.
// 9000 to a case 4 command ends the exchange: §12.2.5 would send GET RESPONSE even then, but cards announce data by
// 61xx and answer an unasked GET RESPONSE with an error that would hide the 9000.
// Errors: kInvalid (no C-APDU), kUnsupported, kUnresponsive (kMaximumRounds GET RESPONSEs and no end), those of send.
#pragma once

#include <functional>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "pcsc/reader_card.h"

namespace cose::pcsc::detail {

// Sends one TPDU and replaces the buffer with its answer, at least a status word.
using SendTpdu = std::function<Status(ByteView tpdu, Bytes& response)>;

// 65536 octets come in 256 parts of 256; the rest is for cards that give less than they announce.
inline constexpr int kMaximumRounds = 512;

[[nodiscard]] Status exchange_over_t0(ByteView command, CaseOne case_one, const SendTpdu& send, Bytes& response);

}  // namespace cose::pcsc::detail
