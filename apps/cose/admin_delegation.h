// SPDX-License-Identifier: Apache-2.0
// Delegated management at the console: the options with which a verb gets its token, its DAP blocks and has its receipt
// checked. (GPC 2.3.1 annex C)
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "admin/load_file.h"
#include "admin_desk.h"
#include "bytes/result.h"
#include "gphost/commands.h"

namespace cose::app {

struct DelegationOptions {
  std::string token;        // as somebody else made it
  std::string token_key;    // or the key to make it with
  std::string receipt_key;  // checks what the card answers
  std::string password;     // of the token key's file

  void add_to(CLI::App& verb);
  // For a command without token. Empty when the options name none.
  [[nodiscard]] Result<Bytes> token_for(const Result<iso7816::CommandApdu>& command, Rng& rng) const;
  // confirmed: the AIDs that the receipt is about, in the order of §C.5. A card that gave none is refused when a key
  // was named.
  [[nodiscard]] Status check(ByteView receipt, std::initializer_list<ByteView> confirmed) const;
};

struct LoadOptions {
  std::string file;
  std::string into;                   // AID of the domain that gets the package
  std::string hash;                   // name of a hash function
  std::vector<std::string> dap;       // "DOMAIN=SIGNATURE"
  std::vector<std::string> dap_keys;  // "DOMAIN=KEY"
  DelegationOptions delegation;

  void add_to(CLI::App& verb);
};

// Without token. With a hash where one is needed or asked for.
[[nodiscard]] Result<gphost::LoadRequest> load_request(const LoadOptions& options, const admin::LoadFile& file);
[[nodiscard]] Result<std::vector<gphost::DapBlock>> dap_blocks(const LoadOptions& options, const admin::LoadFile& file,
                                                               Rng& rng);
// The value of --hash, and SHA-256 where a token or DAP needs one and none is named.
[[nodiscard]] Result<Bytes> load_file_hash(const std::string& name, const admin::LoadFile& file);

}  // namespace cose::app
