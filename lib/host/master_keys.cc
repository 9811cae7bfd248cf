// SPDX-License-Identifier: Apache-2.0
#include "host/master_keys.h"

#include "host/key_file.h"

namespace cose::host {

Result<std::unique_ptr<vault::MasterKey>> open_master_key(const std::string& name, token::IfMissing if_missing,
                                                          Rng& rng) {
  if (token::is_token_uri(name)) {
    COSE_TRY(auto key, token::TokenKey::open(name, read_pin_file, if_missing, rng));
    return key;
  }
  auto key = read_key_file(name);
  if (!key && key.error().kind == ErrorKind::kNotFound && if_missing == token::IfMissing::kMake)
    key = make_key_file(name, rng);
  if (!key) return std::unexpected(key.error());
  COSE_TRY(auto local, vault::LocalMasterKey::create(*std::move(key), rng));
  return std::make_unique<vault::LocalMasterKey>(std::move(local));
}

}  // namespace cose::host
