// SPDX-License-Identifier: Apache-2.0
// Opening a session by SCP11 (GlobalPlatform Amendment F): the options, and the login that they mean.
#pragma once

#include <string>
#include <vector>

#include "bytes/result.h"
#include "command.h"
#include "gphost/key_management.h"
#include "gphost/session.h"

namespace cose::app {

struct Scp11Options {
  std::string variant;  // "a", "b", "c"; empty: another protocol
  std::string host_key;
  std::vector<std::string> host_certificates;
  std::string card_key;
  std::string card_authority;
  std::string authority_key = "1:16";
  unsigned key_size = 16;

  void add_to(CLI::App& app);
  // key_version: 0 is that of the protocol. level: of the session; without one, all that there is.
  [[nodiscard]] Status authenticate(gphost::Session& session, unsigned key_version,
                                    std::optional<unsigned> level) const;
};

// "VERSION:IDENTIFIER", decimal or 0x.
[[nodiscard]] Result<gphost::KeyReference> parse_key_reference(const std::string& text);
// A 7F21 in a file, as octets or in hexadecimal.
[[nodiscard]] Result<Bytes> read_certificate(const std::string& file);

}  // namespace cose::app
