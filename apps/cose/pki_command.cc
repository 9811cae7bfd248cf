// SPDX-License-Identifier: Apache-2.0
// cose pki: certificates for a grid and its users, for people who have no authority.
#include <cstdio>
#include <ctime>
#include <iostream>
#include <memory>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include "bytes/hex.h"
#include "command.h"
#include "console.h"
#include "crypto/random.h"
#include "host/pki_directory.h"
#include "host/system_clock.h"

namespace cose::app {

namespace {

using crypto::AlternativeName;
using crypto::CertificateUse;
using Days = std::chrono::duration<std::int64_t, std::ratio<86'400>>;

constexpr auto kDescription = "A small authority: makes and revokes the certificates of a grid and its users.";

constexpr auto kExamples = R"(Examples:
  cose pki init lab                                  an authority in the folder lab
  cose pki server lab --dns grid.lab.example         lab/server.pem and .key, for localhost as well
  cose pki client lab phone-7 --mail seven@lab.example
  cose serve --slot 101=sim: --racs 127.0.0.1:7777 --tls-certificate lab/server.pem --tls-key lab/server.key \
             --tls-client-ca lab/ca.pem --tls-client-crl lab/crl.pem
  cose apdu 'racs://localhost/101?ca=lab/ca.pem&cert=lab/phone-7.pem&key=lab/phone-7.key' 00A4040000
  cose pki revoke lab phone-7                        then send SIGHUP to the grid
  cose pki crl lab                                   a fresh list, before the last one is too old

Keys are on P-256. Who reads lab/ca.key can be anybody: keep it away from the grid.)";

struct PkiOptions {
  std::string folder;
  std::string name;
  std::string common_name;
  std::vector<std::string> dns;
  std::vector<std::string> addresses;
  std::vector<std::string> mails;
  std::vector<std::string> uris;
  std::int64_t days = 0;
  std::int64_t list_days = 30;
  bool as_json = false;
};

std::string date_of(Nanoseconds when) {
  const auto seconds = static_cast<std::time_t>(std::chrono::duration_cast<std::chrono::seconds>(when).count());
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}", parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday);
}

// What all of them need.
struct Office {
  host::SystemClock clock;
  crypto::SystemRng rng;
};

int init(const PkiOptions& options) {
  Office office;
  auto made =
      host::PkiDirectory::create(options.folder, options.common_name.empty() ? "CoSE authority" : options.common_name,
                                 Days(options.days), office.clock, office.rng);
  if (!made) return complain(made.error());
  // A grid that is told of a list wants one from the first day on.
  if (const auto listed = made->write_list(Days(options.list_days)); !listed) return complain(listed.error());
  fmt::print("{}: the authority; {}: its key, for nobody else; {}: what it has revoked\n", made->path("ca.pem"),
             made->path("ca.key"), made->path("crl.pem"));
  return kSuccess;
}

std::vector<AlternativeName> names_of(const PkiOptions& options, CertificateUse use) {
  std::vector<AlternativeName> names;
  const auto add = [&](AlternativeName::Kind kind, const std::vector<std::string>& values) {
    for (const auto& value : values) names.push_back({kind, value});
  };
  if (use == CertificateUse::kServer) {
    add(AlternativeName::Kind::kDns, {"localhost"});
    add(AlternativeName::Kind::kAddress, {"127.0.0.1", "::1"});
  }
  add(AlternativeName::Kind::kDns, options.dns);
  add(AlternativeName::Kind::kAddress, options.addresses);
  add(AlternativeName::Kind::kMail, options.mails);
  add(AlternativeName::Kind::kUri, options.uris);
  return names;
}

int issue(const PkiOptions& options, CertificateUse use) {
  Office office;
  auto opened = host::PkiDirectory::open(options.folder, office.clock, office.rng);
  if (!opened) return complain(opened.error());
  const auto issued = opened->issue({.name = options.name,
                                     .common_name = options.common_name.empty() ? options.name : options.common_name,
                                     .alternative_names = names_of(options, use),
                                     .use = use,
                                     .lifetime = Days(options.days)});
  if (!issued) return complain(issued.error());
  fmt::print("{} until {}, {}\n", opened->path(options.name + ".pem"), date_of(opened->entries().back().not_after),
             opened->path(options.name + ".key"));
  return kSuccess;
}

int revoke(const PkiOptions& options) {
  Office office;
  auto opened = host::PkiDirectory::open(options.folder, office.clock, office.rng);
  if (!opened) return complain(opened.error());
  if (const auto revoked = opened->revoke(options.name, Days(options.list_days)); !revoked)
    return complain(revoked.error());
  fmt::print("{} is revoked in {}; a grid reads it at SIGHUP\n", options.name, opened->path("crl.pem"));
  return kSuccess;
}

int renew_list(const PkiOptions& options) {
  Office office;
  auto opened = host::PkiDirectory::open(options.folder, office.clock, office.rng);
  if (!opened) return complain(opened.error());
  if (const auto listed = opened->write_list(Days(options.list_days)); !listed) return complain(listed.error());
  fmt::print("{} is good for {} days\n", opened->path("crl.pem"), options.list_days);
  return kSuccess;
}

int list(const PkiOptions& options) {
  Office office;
  const auto opened = host::PkiDirectory::open(options.folder, office.clock, office.rng);
  if (!opened) return complain(opened.error());
  auto all = nlohmann::ordered_json::array();
  for (const auto& entry : opened->entries()) {
    const auto revoked = entry.revoked ? date_of(*entry.revoked) : std::string();
    const bool is_over = entry.not_after < office.clock.wall();
    all.push_back({{"serial", to_hex(entry.serial)},
                   {"use", host::to_string(entry.use)},
                   {"name", entry.name},
                   {"until", date_of(entry.not_after)},
                   {"revoked", revoked}});
    if (!options.as_json)
      fmt::print("{}  {:6}  {:20}  until {}  {}\n", to_hex(entry.serial), host::to_string(entry.use), entry.name,
                 date_of(entry.not_after),
                 !revoked.empty() ? "revoked " + revoked
                 : is_over        ? "over"
                                  : "good");
  }
  if (options.as_json) std::cout << all.dump(2) << "\n";
  return kSuccess;
}

void add_list_days(CLI::App& app, PkiOptions& options) {
  app.add_option("--list-days", options.list_days, "how long the list of revoked certificates is good")
      ->check(CLI::Range(1, 3650))
      ->capture_default_str();
}

CLI::App* add_issuing(CLI::App& parent, const std::string& verb, const std::string& what, PkiOptions& options) {
  auto* app = parent.add_subcommand(verb, what);
  app->add_option("DIR", options.folder)->required();
  auto* name = app->add_option("NAME", options.name, "of its files, and its common name unless --cn says another");
  if (verb == "client") name->required();
  app->add_option("--cn", options.common_name, "common name: who this is for a policy")->type_name("TEXT");
  app->add_option("--dns", options.dns, "DNS name; may be given several times, as the next three");
  app->add_option("--ip", options.addresses, "IP address");
  app->add_option("--mail", options.mails, "mail address");
  app->add_option("--uri", options.uris, "URI");
  app->add_option("--days", options.days, "how long it is good (825)")->check(CLI::Range(1, 36'500));
  return app;
}

}  // namespace

Command make_pki(CLI::App& parent) {
  auto* app = parent.add_subcommand("pki", kDescription);
  const auto options = std::make_shared<PkiOptions>();
  app->footer(kExamples);
  app->require_subcommand(1);
  auto* init_app = app->add_subcommand("init", "Makes an authority.");
  init_app->add_option("DIR", options->folder)->required();
  init_app->add_option("--cn", options->common_name, "its common name")->type_name("TEXT");
  init_app->add_option("--days", options->days, "how long it is good (3650)")->check(CLI::Range(1, 36'500));
  add_list_days(*init_app, *options);
  auto* server = add_issuing(*app, "server", "Makes the certificate of a grid.", *options);
  auto* client = add_issuing(*app, "client", "Makes the certificate of a user.", *options);
  auto* revoking = app->add_subcommand("revoke", "Revokes a certificate.");
  revoking->add_option("DIR", options->folder)->required();
  revoking->add_option("NAME", options->name, "its name or serial number")->required();
  add_list_days(*revoking, *options);
  auto* crl = app->add_subcommand("crl", "Writes the list of revoked certificates anew.");
  crl->add_option("DIR", options->folder)->required();
  add_list_days(*crl, *options);
  auto* listing = app->add_subcommand("list", "Shows what was issued.");
  listing->add_option("DIR", options->folder)->required();
  listing->add_flag("--json", options->as_json, "as JSON");
  return {app, [=] {
            if (options->days == 0) options->days = *init_app ? 3650 : 825;
            if (options->name.empty()) options->name = "server";
            if (*init_app) return init(*options);
            if (*server) return issue(*options, CertificateUse::kServer);
            if (*client) return issue(*options, CertificateUse::kClient);
            if (*revoking) return revoke(*options);
            return *crl ? renew_list(*options) : list(*options);
          }};
}

}  // namespace cose::app
