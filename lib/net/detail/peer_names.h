// SPDX-License-Identifier: Apache-2.0
// The names in a certificate, as identities of a policy (net/tls.h says which count).
#pragma once

#include <vector>

#include <openssl/types.h>

#include "grid/policy.h"

namespace cose::net::detail {

[[nodiscard]] std::vector<grid::Identity> identities_in(const X509* certificate);

}  // namespace cose::net::detail
