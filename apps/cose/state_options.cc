// SPDX-License-Identifier: Apache-2.0
#include "state_options.h"

#include <filesystem>

#include "host/system_clock.h"

namespace cose::app {

void StateCommandOptions::add_to(CLI::App& app) {
  app.add_option("--state", state.directory, "state directory")->type_name("DIR")->required();
  app.add_option("--state-key", state.key_file, "its master key, or a pkcs11: URI; default: DIR.key")->type_name("KEY");
  app.add_option("--older-key", state.older_key_files, "a master key that a rotation left behind")->type_name("KEY");
  app.add_option("--anchor", state.anchor_file, "what tells an old copy of it; default: DIR.anchor")->type_name("FILE");
  app.add_flag("--json", json, "for machines");
}

Result<nlohmann::json> operate(const StateCommandOptions& options, const nlohmann::json& request) {
  const host::SystemClock clock;
  COSE_TRY(const auto result, host::operate_on(options.state, clock, request.dump()));
  return nlohmann::json::parse(result);
}

std::string whole_path(const std::string& file) {
  std::error_code ignored;
  return file.empty() ? file : std::filesystem::absolute(file, ignored).string();
}

}  // namespace cose::app
