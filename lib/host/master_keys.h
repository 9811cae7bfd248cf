// SPDX-License-Identifier: Apache-2.0
// Master keys by their names: a key file (host/key_file.h) or a key in a PKCS#11 token (token/token_key.h).
//
// The PIN of a token stands in the file that pin-source names, which only its owner may read, as a key file.
#pragma once

#include <memory>
#include <string>

#include "token/token_key.h"
#include "vault/master_key.h"

namespace cose::host {

// The Rng outlives the key. Errors: those of read_key_file() and of TokenKey::open().
[[nodiscard]] Result<std::unique_ptr<vault::MasterKey>> open_master_key(const std::string& name,
                                                                        token::IfMissing if_missing, Rng& rng);

}  // namespace cose::host
