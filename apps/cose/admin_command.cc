// SPDX-License-Identifier: Apache-2.0
// cose admin: the console of card managers.
#include <iostream>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "admin_subcommands.h"

namespace cose::app {

namespace {

constexpr auto kDescription =
    "Manages what is on a card with GlobalPlatform: lists, loads, installs, deletes, keys, scripts, plans.";

constexpr auto kExamples = R"(Examples:
  cose admin pcsc: info
  cose admin grid://127.0.0.1/101 list
  cose admin sim: install wallet.cap --parameters 0102
  cose admin grid://127.0.0.1/101 --key 4041...4F --level 51 delete D0D1D2D3D4D501 --related
  cose admin pcsc: keys put --new-version 48 --new-key 0102...10 --new-derivation kdf3
  cose admin pcsc: run install.gpsh            a GPShell script; without a file, standard input
  cose admin pcsc: --domain A0000001515301 load wallet.cap --token-key issuer.pem --dap-key A0000001515301=dap.pem
  cose admin apply plan.toml --on grid://127.0.0.1:2310 --all
  cose admin pcsc: shell

Failed authentications are counted from run to run; after three in a row with one card nothing more is tried unless
you --insist. The language of scripts and plans is in docs/guide/admin.md.)";

}  // namespace

CLI::App* add_verb(CLI::App& parent, const std::string& name, const std::string& description) {
  auto* verb = parent.add_subcommand(name, description);
  verb->fallthrough();
  return verb;
}

int at_desk(const AdminOptions& options, Access access, const std::function<Status(AdminDesk&)>& work) {
  if (options.uri.empty())
    return complain_of_usage(
        {ErrorKind::kInvalid, "which card? cose admin URI ..., for example cose admin pcsc: list"});
  AdminDesk desk(options);
  auto done = desk.open(access);
  if (done) done = work(desk);
  if (done) return kSuccess;
  if (done.error().kind != ErrorKind::kRefused) return complain_of_usage(done.error());
  complain(done.error());
  return kCardRefused;
}

void report(const AdminOptions& options, const std::string& text) {
  if (options.json)
    std::cout << nlohmann::ordered_json{{"done", text}}.dump() << "\n";
  else
    fmt::print("{}\n", text);
}

Command make_admin(CLI::App& parent) {
  auto* app = parent.add_subcommand("admin", kDescription);
  app->footer(kExamples);
  const auto options = std::make_shared<AdminOptions>();
  app->add_option("URI", options->uri, "the card; `apply` takes its cards with --on instead");
  options->add_to(*app);
  app->require_subcommand(1);
  auto verbs = std::make_shared<Verbs>();
  add_reading_verbs(*app, options, *verbs);
  add_content_verbs(*app, options, *verbs);
  add_data_verbs(*app, options, *verbs);
  add_state_verbs(*app, options, *verbs);
  add_domain_verbs(*app, options, *verbs);
  add_sign_verbs(*app, options, *verbs);
  add_certificate_verbs(*app, options, *verbs);
  add_key_verbs(*app, options, *verbs);
  add_script_verbs(*app, options, *verbs);
  add_apply_verb(*app, options, *verbs);
  return {app, [verbs] {
            for (const auto& verb : *verbs)
              if (*verb.app) return verb.run();
            return static_cast<int>(kUsage);
          }};
}

}  // namespace cose::app
