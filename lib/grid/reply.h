// SPDX-License-Identifier: Apache-2.0
// One reply line of the ASCII grid protocol, both directions: three digits, one separator, data, LF.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"

namespace cose::grid {

enum class ReplyCode : unsigned {
#define REPLY(code, name, text) name = code,
#include "grid/reply_codes.def"
#undef REPLY
};

// The words that belong to a code; empty for a code that is not ours.
[[nodiscard]] std::string_view text_of(ReplyCode code);

// How a failure on the way to the card, or of the card, is told to a client.
[[nodiscard]] ReplyCode reply_code_for(ErrorKind kind);

// And back: what a client makes of a failing code of another grid.
[[nodiscard]] ErrorKind error_kind_for(unsigned code);

// "800 card failed: <detail>". The line end is the caller's.
void append_reply(std::string& to, ReplyCode code, std::string_view detail = {});

struct ParsedReply {
  unsigned code = 0;
  std::string_view data;  // into the parsed line

  [[nodiscard]] bool is_success() const { return code < 100; }
};

// Parses a line without its end. Error: kInvalid.
[[nodiscard]] Result<ParsedReply> parse_reply(std::string_view line);

}  // namespace cose::grid
