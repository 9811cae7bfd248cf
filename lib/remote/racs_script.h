// SPDX-License-Identifier: Apache-2.0
// Scripts of RACS commands, as files and as people type them: requests from BEGIN [label] to END; a command outside of
// them is a request of its own. A line that starts with // or # is a comment; empty lines mean nothing.
//
// What a command says is the grid's business: lines are passed on as they are. RacsScriptReader takes line by line and
// hands out each request when it is whole. Errors: kInvalid (BEGIN inside of a request, END outside, a label that is
// none), kLimit (a request of more than kMaximumBatch lines), each with the number of the line.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "bytes/result.h"
#include "remote/racs_client.h"

namespace cose::remote {

inline constexpr std::size_t kMaximumRacsScript = 16U << 20;

class RacsScriptReader {
 public:
  // A request that this line completed.
  [[nodiscard]] Result<std::optional<RacsBatch>> take(std::string_view line);
  [[nodiscard]] bool inside_request() const { return open_.has_value(); }
  // Gives the request up that is open.
  void abandon() { open_.reset(); }
  [[nodiscard]] std::size_t lines() const { return lines_; }

 private:
  [[nodiscard]] Status begin(std::string_view label);

  std::optional<RacsBatch> open_;
  std::size_t lines_ = 0;
};

// All requests of a script. Error besides: kInvalid, END is missing.
[[nodiscard]] Result<std::vector<RacsBatch>> parse_racs_script(std::string_view text);

}  // namespace cose::remote
