// SPDX-License-Identifier: Apache-2.0
// cose admin URI load | install | delete | lock | unlock | personalize | domain: what changes a card's contents.
#include <fmt/core.h>

#include "admin_subcommands.h"
#include "bytes/hex.h"
#include "gphost/commands.h"
#include "gphost/names.h"

namespace cose::app {

namespace {

using gphost::DeleteRelated;
using gphost::StatusTarget;

constexpr std::uint8_t kLockedApplication = 0x80;
constexpr std::uint8_t kSelectable = 0x07;
constexpr std::uint8_t kSecuredCard = 0x0F;
constexpr std::uint8_t kLockedCard = 0x7F;
// GPC 2.3.1 §F.2: the package and module of security domains.
constexpr auto kDomainPackage = "A0000001515350";
constexpr auto kDomainModule = "A000000151535041";

struct InstallOptions {
  std::string file;
  std::string package;
  std::string applet;
  std::string instance;
  std::string parameters;
  std::string privileges;
  bool is_loaded = false;  // the package is on the card already
};

Result<gphost::InstallRequest> request_of(const InstallOptions& options, const admin::LoadFile* file) {
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

Status load(AdminDesk& desk, const admin::LoadFile& file, const AdminOptions& options) {
  COSE_TRY(const auto receipt, gphost::load_package(desk.session(), {.package = file.package}, file.octets, {},
                                                    progress_bar("loading " + to_hex(file.package))));
  report(options, fmt::format("package {} version {} loaded ({} octets)", to_hex(file.package), file.version,
                              file.octets.size()));
  return {};
}

Status install(AdminDesk& desk, const InstallOptions& what, const AdminOptions& options) {
  COSE_TRY(const auto file, admin::LoadFile::read(what.file));
  COSE_TRY(const auto request, request_of(what, &file));
  if (!what.is_loaded) COSE_CHECK(load(desk, file, options));
  COSE_TRY(const auto receipt, gphost::install(desk.session(), request));
  report(options, fmt::format("applet {} installed", to_hex(request.instance)));
  return {};
}

Status remove(AdminDesk& desk, const std::vector<std::string>& aids, bool related, const AdminOptions& options) {
  for (const auto& text : aids) {
    COSE_TRY(const auto aid, from_loose_hex(text));
    COSE_TRY(const auto receipt,
             gphost::remove(desk.session(), aid, related ? DeleteRelated::kYes : DeleteRelated::kNo));
    report(options, to_hex(aid) + " deleted");
  }
  return {};
}

enum class Lock { kLock, kUnlock };

Status change_lock(AdminDesk& desk, const std::string& text, Lock lock, const AdminOptions& options) {
  const bool locks = lock == Lock::kLock;
  COSE_TRY(const auto aid, from_loose_hex(text));
  if (aid.empty()) {
    COSE_CHECK(gphost::change_status(desk.session(), StatusTarget::kCard, locks ? kLockedCard : kSecuredCard,
                                     desk.session().selected_aid()));
    report(options, locks ? "card locked" : "card unlocked");
    return {};
  }
  // §11.10.2.2: unlocking gives the state before back, whatever the other bits say.
  COSE_CHECK(gphost::change_status(desk.session(), StatusTarget::kApplication,
                                   locks ? static_cast<std::uint8_t>(kLockedApplication | kSelectable) : kSelectable,
                                   aid));
  report(options, to_hex(aid) + (locks ? " locked" : " unlocked"));
  return {};
}

struct PersonalizeOptions {
  std::string aid;
  std::vector<std::string> blocks;
  std::string structure = "none";
};

Status personalize(AdminDesk& desk, const PersonalizeOptions& what, const AdminOptions& options) {
  using Structure = gphost::StoreDataForm::Structure;
  COSE_TRY(const auto aid, from_loose_hex(what.aid));
  std::vector<Bytes> blocks;
  for (const auto& text : what.blocks) {
    COSE_TRY(auto octets, from_loose_hex(text));
    blocks.push_back(std::move(octets));
  }
  gphost::StoreDataForm form;
  form.structure = what.structure == "dgi"   ? Structure::kDgi
                   : what.structure == "tlv" ? Structure::kTlv
                                             : Structure::kNone;
  COSE_CHECK(gphost::personalize(desk.session(), aid, blocks, form));
  report(options, fmt::format("{} personalised with {} blocks", to_hex(aid), blocks.size()));
  return {};
}

void add_lock_verb(CLI::App& admin, const std::string& name, const std::string& description, Lock lock,
                   const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* verb = add_verb(admin, name, description);
  const auto aid = std::make_shared<std::string>();
  verb->add_option("AID", *aid, "an application or domain; without one, the card");
  verbs.push_back({verb, [options, aid, lock] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return change_lock(desk, *aid, lock, *options); });
                   }});
}

void add_install_options(CLI::App& verb, InstallOptions& what) {
  verb.add_option("--parameters,--params", what.parameters, "what install() gets (hexadecimal)");
  verb.add_option("--privileges", what.privileges, "names such as CardReset, or hexadecimal");
}

void add_domain_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* domain = add_verb(admin, "domain", "security domains");
  domain->require_subcommand(1);
  auto* create = add_verb(*domain, "create", "makes a security domain");
  const auto what = std::make_shared<InstallOptions>();
  what->package = kDomainPackage;
  what->applet = kDomainModule;
  what->privileges = "SecurityDomain";
  create->add_option("AID", what->instance, "AID of the new domain")->required();
  create->add_option("--package", what->package, "package of the card's domains")->capture_default_str();
  create->add_option("--applet", what->applet, "module of the card's domains")->capture_default_str();
  add_install_options(*create, *what);
  verbs.push_back({create, [options, what] {
                     return at_desk(*options, Access::kSecure, [&](AdminDesk& desk) -> Status {
                       COSE_TRY(const auto request, request_of(*what, nullptr));
                       COSE_TRY(const auto receipt, gphost::install(desk.session(), request));
                       report(*options, "domain " + to_hex(request.instance) + " created");
                       return {};
                     });
                   }});
  auto* move = add_verb(*domain, "move", "gives an application or package to another domain");
  const auto pair = std::make_shared<std::pair<std::string, std::string>>();
  move->add_option("AID", pair->first, "what moves")->required();
  move->add_option("--to", pair->second, "AID of the domain")->required();
  verbs.push_back({move, [options, pair] {
                     return at_desk(*options, Access::kSecure, [&](AdminDesk& desk) -> Status {
                       COSE_TRY(const auto aid, from_loose_hex(pair->first));
                       COSE_TRY(const auto to, from_loose_hex(pair->second));
                       COSE_TRY(const auto receipt, gphost::extradite(desk.session(), aid, to));
                       report(*options, to_hex(aid) + " belongs to domain " + to_hex(to));
                       return {};
                     });
                   }});
}

void add_load_and_install(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  auto* load_verb = add_verb(admin, "load", "loads a CAP file and makes no instance");
  const auto file = std::make_shared<std::string>();
  load_verb->add_option("CAP", *file, "CAP file or load file")->required();
  verbs.push_back({load_verb, [options, file] {
                     const auto read = admin::LoadFile::read(*file);
                     if (!read) return complain_of_usage(read.error());
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return load(desk, *read, *options); });
                   }});
  auto* install_verb = add_verb(admin, "install", "loads a CAP file and makes an instance of an applet");
  const auto what = std::make_shared<InstallOptions>();
  install_verb->add_option("CAP", what->file, "CAP file or load file")->required();
  install_verb->add_option("--applet", what->applet, "AID of the applet in the package; default: its only one");
  install_verb->add_option("--instance", what->instance, "AID of the instance; default: that of the applet");
  install_verb->add_flag("--no-load", what->is_loaded, "the package is on the card already");
  add_install_options(*install_verb, *what);
  verbs.push_back({install_verb, [options, what] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return install(desk, *what, *options); });
                   }});
}

}  // namespace

void add_content_verbs(CLI::App& admin, const std::shared_ptr<AdminOptions>& options, Verbs& verbs) {
  add_load_and_install(admin, options, verbs);
  auto* delete_verb = add_verb(admin, "delete", "deletes applications and packages");
  const auto aids = std::make_shared<std::vector<std::string>>();
  const auto related = std::make_shared<bool>(false);
  delete_verb->add_option("AID", *aids, "what goes away, in this order")->required();
  delete_verb->add_flag("--related", *related, "with the instances of a package");
  verbs.push_back({delete_verb, [options, aids, related] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return remove(desk, *aids, *related, *options); });
                   }});
  add_lock_verb(admin, "lock", "locks an application, or the card", Lock::kLock, options, verbs);
  add_lock_verb(admin, "unlock", "unlocks an application, or the card", Lock::kUnlock, options, verbs);

  auto* personalize_verb = add_verb(admin, "personalize", "sends STORE DATA blocks to an application");
  const auto personal = std::make_shared<PersonalizeOptions>();
  personalize_verb->add_option("AID", personal->aid, "the application")->required();
  personalize_verb->add_option("HEX", personal->blocks, "blocks, one command each")->required();
  personalize_verb->add_option("--structure", personal->structure, "none, dgi or tlv")
      ->check(CLI::IsMember({"none", "dgi", "tlv"}))
      ->capture_default_str();
  verbs.push_back({personalize_verb, [options, personal] {
                     return at_desk(*options, Access::kSecure,
                                    [&](AdminDesk& desk) { return personalize(desk, *personal, *options); });
                   }});
  add_domain_verbs(admin, options, verbs);
}

}  // namespace cose::app
