// SPDX-License-Identifier: Apache-2.0
// Delegated management and DAP: which domain may change content, tokens that allow it, receipts that prove it, and
// signatures over load files (GPC 2.3.1 §9.1.3, §9.2, annexes B and C).
#pragma once

#include "gpcard/command.h"
#include "gpcard/key_store.h"

namespace cose::gpcard {

// May this domain change content? Authorized management: yes; delegated management: with a token over
// P1 || P2 || length || data, where `data` is the command's without the token. 6985: it may not at all. 6982: the token
// is missing or wrong. 6A88: no key of the domain with token verification.
[[nodiscard]] Answer<void> check_token(const CommandContext& context, ByteView data, ByteView token);

// The answer to a content change: a receipt if the domain is a delegate and some domain generates receipts, else 00.
// `data`: what the operation's receipt is over, behind counter and card data (annex C.5). Counts.
[[nodiscard]] Answer<void> append_receipt(CommandContext& context, ByteView data);

}  // namespace cose::gpcard
