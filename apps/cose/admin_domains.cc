// SPDX-License-Identifier: Apache-2.0
// cose admin URI domain create | move | update: security domains, what belongs to them, what they may do.
#include <fmt/core.h>

#include "admin_delegation.h"
#include "admin_install.h"
#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/commands.h"
#include "gphost/names.h"

namespace cose::app {

namespace {

// GPC 2.3.1 §F.2: the package and module of security domains.
constexpr auto kDomainPackage = "A0000001515350";
constexpr auto kDomainModule = "A000000151535041";

struct CreateOptions {
  InstallOptions install;
  DelegationOptions delegation;
};

struct MoveOptions {
  std::string aid;
  std::string to;
  std::string privileges;
  DelegationOptions delegation;
};

Status create(AdminDesk& desk, const CreateOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  COSE_TRY(auto request, install_request(what.install, nullptr));
  constexpr auto kPurpose = gphost::InstallPurpose::kInstallAndMakeSelectable;
  COSE_TRY(request.token, what.delegation.token_for(gphost::install_for_install(request, kPurpose), session.rng()));
  COSE_TRY(const auto receipt, gphost::install(session, request, kPurpose));
  report(options, "domain " + to_hex(request.instance) + " created");
  return what.delegation.check(receipt, {request.package, request.instance});
}

Status move(AdminDesk& desk, const MoveOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  COSE_TRY(const auto to, from_loose_hex(what.to));
  COSE_TRY(const auto token, what.delegation.token_for(gphost::install_for_extradition(aid, to, {}), session.rng()));
  COSE_TRY(const auto receipt, gphost::extradite(session, aid, to, token));
  report(options, to_hex(aid) + " belongs to domain " + to_hex(to));
  return what.delegation.check(receipt, {session.selected_aid(), aid, to});
}

Status update(AdminDesk& desk, const MoveOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  COSE_TRY(const auto to, from_loose_hex(what.to));
  COSE_TRY(const auto privileges, gphost::parse_privileges(what.privileges));
  COSE_TRY(const auto token,
           what.delegation.token_for(gphost::install_for_registry_update(aid, to, privileges, {}), session.rng()));
  COSE_TRY(const auto receipt, gphost::update_registry(session, aid, to, privileges, token));
  report(options, to_hex(aid) + " updated");
  return what.delegation.check(receipt, {session.selected_aid(), aid, to, gphost::shortest(privileges), {}});
}

using Change = Status (*)(AdminDesk&, const MoveOptions&, const AdminOptions&);

void add_change(CLI::App& verb, const std::shared_ptr<MoveOptions>& what, Change change,
                const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  what->delegation.add_to(verb);
  verbs.push_back({&verb, [options, what, change] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return change(desk, *what, *options); });
                   }});
}

}  // namespace

void add_domain_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* domain = add_verb(admin, "domain", "security domains");
  domain->require_subcommand(1);
  auto* create_verb = add_verb(*domain, "create", "makes a security domain");
  const auto made = std::make_shared<CreateOptions>();
  auto& install = made->install;
  install.package = kDomainPackage;
  install.applet = kDomainModule;
  install.privileges = "SecurityDomain";
  create_verb->add_option("AID", install.instance, "AID of the new domain")->required();
  create_verb->add_option("--package", install.package, "package of the card's domains")->capture_default_str();
  create_verb->add_option("--applet", install.applet, "module of the card's domains")->capture_default_str();
  install.add_to(*create_verb);
  made->delegation.add_to(*create_verb);
  verbs.push_back({create_verb, [options, made] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return create(desk, *made, *options); });
                   }});

  auto* move_verb = add_verb(*domain, "move", "gives an application or package to another domain");
  const auto moved = std::make_shared<MoveOptions>();
  move_verb->add_option("AID", moved->aid, "what moves")->required();
  move_verb->add_option("--to", moved->to, "AID of the domain")->required();
  add_change(*move_verb, moved, move, options, verbs);

  auto* update_verb = add_verb(*domain, "update", "changes the privileges of an application or domain");
  const auto updated = std::make_shared<MoveOptions>();
  update_verb->add_option("AID", updated->aid, "whose registry entry changes")->required();
  update_verb->add_option("--privileges", updated->privileges, "all that it has from now on")->required();
  update_verb->add_option("--to", updated->to, "AID of the domain that gets it");
  add_change(*update_verb, updated, update, options, verbs);
}

}  // namespace cose::app
