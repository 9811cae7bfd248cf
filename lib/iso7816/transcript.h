// SPDX-License-Identifier: Apache-2.0
// The readable record of a conversation with a card, file extension .apdu (docs/formats/transcript.md).
//
//   # SELECT of the payment application        a comment
//   * cold 3B80800101                          power-up and its answer to reset; also `* warm`, `* off`
//   > 00A4040007A0000000041010                 a command
//   < 6F00 9000                                its answer
//   ! timeout: no answer in 5 seconds          or the error instead of an answer
//
// The same form serves as a recording, where every answer is exact, and as an expectation, where answers may be
// patterns (iso7816/octet_pattern.h). A transcript owns what it holds; it is read-only after parsing and may then be
// shared by threads. It holds PINs and plaintexts as they were sent: a file of them is as secret as they are.
// Errors: kInvalid and kLimit, with the number of the line.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "iso7816/card.h"
#include "iso7816/octet_pattern.h"

namespace cose::iso7816 {

inline constexpr std::size_t kMaximumTranscriptSize = 16U << 20;
inline constexpr std::size_t kMaximumTranscriptLine = 256U << 10;  // an extended response in hexadecimal with blanks
inline constexpr std::size_t kMaximumTranscriptEntries = 256U << 10;

struct Comment {
  std::string text;
};

struct PowerUp {
  ResetKind kind = ResetKind::kCold;
  Result<OctetPattern> answer;
};

struct PowerDown {
  Status outcome;
};

struct Exchange {
  Bytes command;
  Result<OctetPattern> answer;
};

struct TranscriptEntry {
  std::variant<Comment, PowerUp, PowerDown, Exchange> event;
  std::size_t line = 0;  // where it began; 0 when it came from no text
};

enum class Wildcards {
  kRefused,  // a recording
  kAllowed,  // an expectation
};

struct Transcript {
  std::vector<TranscriptEntry> entries;

  [[nodiscard]] static Result<Transcript> parse(std::string_view text, Wildcards wildcards = Wildcards::kRefused);
};

// The lines of an entry, each with its line end.
[[nodiscard]] std::string to_text(const TranscriptEntry& entry);
[[nodiscard]] std::string to_text(const Transcript& transcript);

}  // namespace cose::iso7816
