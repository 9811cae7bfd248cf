// SPDX-License-Identifier: Apache-2.0
// What a contactless reader says of the card on it, not the card itself: PC/SC's pseudo-APDU GET DATA, class FF. A
// virtual reader forwards it, so the card in the cloud answers in its reader's place.
//
//   FF CA 00 00   UID        FF CA 01 00   historical bytes of the ATS
//
// A card at contact has neither: 6A81, by which clients know it (PC/SC 2.01 part 3 §3.2.2.1.3).
#pragma once

#include "bytes/bytes.h"
#include "iso7816/command_apdu.h"

namespace cose::softse {

struct ReaderFace {
  Bytes uid;  // 4, 7 or 10 octets; empty: none
  Bytes ats;  // empty: none
};

[[nodiscard]] bool is_for_reader(ByteView command);
// Data and status word.
void answer_as_reader(const ReaderFace& face, ByteView command, Bytes& response);

// The UID of one card of a product: its serial number is added to the last four octets.
[[nodiscard]] Bytes uid_of_card(ByteView uid, ByteView cplc);

}  // namespace cose::softse
