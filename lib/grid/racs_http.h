// SPDX-License-Identifier: Apache-2.0
// The HTTP form of RACS without HTTP (draft-urien-core-racs-13 §3 and §4): a query becomes the lines of requests, the
// lines of responses become XML.
//
//   /RACS?BEGIN=x&APDU=device%2345%2000A40400&END=      BEGIN x / APDU device#45 00A40400 / END
//
// The order of fields counts, names repeat, "+" is a blank as in forms. What a field decodes to stays one line: control
// characters are refused, so no field can smuggle in a command.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"

namespace cose::grid {

inline constexpr std::size_t kMaximumRacsQuery = 256U << 10;

// Each line ends with CR LF. Errors: kInvalid (a bad escape, a control character, an empty name), kLimit.
[[nodiscard]] Result<std::string> racs_lines_of_query(std::string_view query);

// Of whole responses, as RacsSession writes them. The root is <RACS-Response>.
[[nodiscard]] std::string racs_xml(std::string_view responses);

}  // namespace cose::grid
