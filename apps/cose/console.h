// SPDX-License-Identifier: Apache-2.0
// What the subcommands print: errors, colour where a person looks, options that several of them share.
#pragma once

#include <string>
#include <string_view>

#include "bytes/result.h"
#include "command.h"
#include "host/card_opener.h"

namespace cose::app {

// "cose: slot 101: ..." on standard error.
int complain(const Error& error);  // kFailure
// While the command line and configuration are read: kUsage for what is wrong with them, else kFailure.
int complain_of_usage(const Error& error);

enum class Colour { kDim, kGood, kWarning, kBad };

// The text in colour when standard output is a terminal and NO_COLOR is not set, else as it is.
[[nodiscard]] std::string coloured(Colour colour, std::string_view text);

// --secure, --tls-ca, --tls-certificate, --tls-key: how to reach grids.
struct ClientTlsOptions {
  std::string secure = "offer";
  net::TlsClientFiles files;

  void add_to(CLI::App& app);
  [[nodiscard]] Result<host::CardDefaults> defaults() const;
};

}  // namespace cose::app
