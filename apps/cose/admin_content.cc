// SPDX-License-Identifier: Apache-2.0
// cose admin URI load | install | delete: what is on a card.
#include <fmt/core.h>

#include "admin_delegation.h"
#include "admin_install.h"
#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/commands.h"
#include "gphost/names.h"

namespace cose::app {

namespace {

using gphost::DeleteRelated;

struct ContentOptions {
  LoadOptions load;
  InstallOptions install;
  bool is_loaded = false;  // the package is on the card already
};

struct DeleteOptions {
  std::vector<std::string> aids;
  bool related = false;
  DelegationOptions delegation;
};

Status load(AdminDesk& desk, const LoadOptions& what, const admin::LoadFile& file, const AdminOptions& options) {
  auto& session = desk.session();
  COSE_TRY(auto request, load_request(what, file));
  COSE_TRY(request.token, what.delegation.token_for(gphost::install_for_load(request), session.rng()));
  COSE_TRY(const auto daps, dap_blocks(what, file, session.rng()));
  COSE_TRY(const auto receipt,
           gphost::load_package(session, request, file.octets, daps, progress_bar("loading " + to_hex(file.package))));
  report(options, fmt::format("package {} version {} loaded ({} octets)", to_hex(file.package), file.version,
                              file.octets.size()));
  return what.delegation.check(receipt, {file.package, session.selected_aid()});
}

// A given token is for the one command that it was made for: the second command of `install` needs a key.
Status check_tokens(const ContentOptions& what) {
  if (what.is_loaded || what.load.delegation.token.empty()) return {};
  return fail(ErrorKind::kInvalid,
              "install: loading and installing need a token each: load first, then "
              "install --no-load, or give --token-key");
}

Status install(AdminDesk& desk, const ContentOptions& what, const AdminOptions& options) {
  const auto& delegation = what.load.delegation;
  auto& session = desk.session();
  COSE_CHECK(check_tokens(what));
  COSE_TRY(const auto file, admin::LoadFile::read(what.load.file));
  COSE_TRY(auto request, install_request(what.install, &file));
  if (!what.is_loaded) COSE_CHECK(load(desk, what.load, file, options));
  constexpr auto kPurpose = gphost::InstallPurpose::kInstallAndMakeSelectable;
  COSE_TRY(request.token, delegation.token_for(gphost::install_for_install(request, kPurpose), session.rng()));
  COSE_TRY(const auto receipt, gphost::install(session, request, kPurpose));
  report(options, fmt::format("applet {} installed", to_hex(request.instance)));
  return delegation.check(receipt, {request.package, request.instance});
}

Status remove(AdminDesk& desk, const DeleteOptions& what, const AdminOptions& options) {
  auto& session = desk.session();
  const auto related = what.related ? DeleteRelated::kYes : DeleteRelated::kNo;
  for (const auto& text : what.aids) {
    COSE_TRY(const auto aid, from_loose_hex(text));
    COSE_TRY(const auto token, what.delegation.token_for(gphost::delete_object(aid, related, {}), session.rng()));
    COSE_TRY(const auto receipt, gphost::remove(session, aid, related, token));
    report(options, to_hex(aid) + " deleted");
    COSE_CHECK(what.delegation.check(receipt, {aid}));
  }
  return {};
}

void add_load_verb(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(admin, "load", "loads a CAP file and makes no instance");
  const auto what = std::make_shared<LoadOptions>();
  what->add_to(*verb);
  verbs.push_back({verb, [options, what] {
                     const auto read = admin::LoadFile::read(what->file);
                     if (!read) return complain_of_usage(read.error());
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return load(desk, *what, *read, *options); });
                   }});
}

void add_install_verb(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(admin, "install", "loads a CAP file and makes an instance of an applet");
  const auto what = std::make_shared<ContentOptions>();
  what->load.add_to(*verb);
  verb->add_option("--applet", what->install.applet, "AID of the applet in the package; default: its only one");
  verb->add_option("--instance", what->install.instance, "AID of the instance; default: that of the applet");
  verb->add_flag("--no-load", what->is_loaded, "the package is on the card already");
  what->install.add_to(*verb);
  verbs.push_back({verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return install(desk, *what, *options); });
                   }});
}

}  // namespace

void InstallOptions::add_to(CLI::App& verb) {
  verb.add_option("--parameters,--params", parameters, "what install() gets (hexadecimal)");
  verb.add_option("--privileges", privileges, "names such as CardReset, or hexadecimal");
}

Result<gphost::InstallRequest> install_request(const InstallOptions& options, const admin::LoadFile* file) {
  gphost::InstallRequest request;
  COSE_TRY(request.package, from_loose_hex(options.package));
  COSE_TRY(request.module, from_loose_hex(options.applet));
  COSE_TRY(request.instance, from_loose_hex(options.instance));
  COSE_TRY(request.parameters, from_loose_hex(options.parameters));
  COSE_TRY(request.privileges, gphost::parse_privileges(options.privileges));
  if (file != nullptr) {
    request.package = file->package;
    if (request.module.empty()) {
      if (file->applets.size() != 1)
        return fail(ErrorKind::kInvalid,
                    fmt::format("the package has {} applets: name one with --applet", file->applets.size()));
      request.module = file->applets.front();
    }
  }
  if (request.instance.empty()) request.instance = request.module;
  return request;
}

void add_content_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  add_load_verb(admin, options, verbs);
  add_install_verb(admin, options, verbs);
  auto* verb = add_verb(admin, "delete", "deletes applications and packages");
  const auto what = std::make_shared<DeleteOptions>();
  verb->add_option("AID", what->aids, "what goes away, in this order")->required();
  verb->add_flag("--related", what->related, "with the instances of a package");
  what->delegation.add_to(*verb);
  verbs.push_back({verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return remove(desk, *what, *options); });
                   }});
}

}  // namespace cose::app
