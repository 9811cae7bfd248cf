// SPDX-License-Identifier: Apache-2.0
// What verbs say of an instance that is made: the options, and the request that they mean.
#pragma once

#include <string>

#include "admin/load_file.h"
#include "bytes/result.h"
#include "command.h"
#include "gphost/commands.h"

namespace cose::app {

struct InstallOptions {
  std::string package;
  std::string applet;
  std::string instance;
  std::string parameters;
  std::string privileges;

  void add_to(CLI::App& verb);
};

// file: of the package, or null when the options name it. Without token.
[[nodiscard]] Result<gphost::InstallRequest> install_request(const InstallOptions& options,
                                                             const admin::LoadFile* file);

}  // namespace cose::app
