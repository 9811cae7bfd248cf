// SPDX-License-Identifier: Apache-2.0
// The parts of `cose admin`: each file adds its verbs below it, and each verb is what runs when it was chosen.
#pragma once

#include <memory>
#include <vector>

#include "admin_desk.h"
#include "command.h"

namespace cose::app {

using Verbs = std::vector<Command>;

void add_reading_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_content_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_state_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_data_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_domain_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_sign_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_certificate_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_key_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_script_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);
void add_apply_verb(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs);

// A verb below `parent` that takes the options of `cose admin` behind it as well.
[[nodiscard]] CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& description);

// Opens a desk, runs the work, complains of what fails.
[[nodiscard]] int at_desk(const AdminOptions& options, Access access, const std::function<Status(AdminDesk&)>& work);

// One line of text, or {"done": text} as JSON.
void report(const AdminOptions& options, const std::string& text);

}  // namespace cose::app
