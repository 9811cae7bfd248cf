// SPDX-License-Identifier: Apache-2.0
// The data fields of INSTALL, taken apart (GPC 2.3.1 §11.5.2.3). Views into the command.
#pragma once

#include <optional>
#include <vector>

#include "gpcard/answer.h"
#include "gpcard/record.h"

namespace cose::gpcard {

// Six fields with a length each, whatever the kind of INSTALL; which of them are empty depends on it.
struct InstallFields {
  std::vector<ByteView> fields;  // all but the token
  ByteView token;
  ByteView signed_data;  // what a token is over

  [[nodiscard]] ByteView operator[](std::size_t at) const { return fields[at]; }
};

// `count` fields and the token. Lengths of parameters and token may be in the long form 81/82 (§11.1.5).
[[nodiscard]] Answer<InstallFields> parse_install(ByteView data, std::size_t count);

// Table 11-49: C9 and what stands in EF. Also inside INSTALL [for registry update].
struct InstallParameters {
  ByteView application;  // C9
  Quota quota;           // C6, C7, C8
  Bytes implicit_selection;
  std::vector<std::uint16_t> services;
};

[[nodiscard]] Answer<InstallParameters> parse_parameters(ByteView data);

// C9 of a security domain. What is neither 81 nor known is passed over, as cards do.
[[nodiscard]] Answer<std::vector<scp::Protocol>> domain_protocols(ByteView application_parameters);

}  // namespace cose::gpcard
