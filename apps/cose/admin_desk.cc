// SPDX-License-Identifier: Apache-2.0
#include "admin_desk.h"

#include <cstdio>
#include <cstdlib>

#include <fmt/core.h>
#include <unistd.h>

#include "bytes/hex.h"
#include "scp/diversification.h"

namespace cose::app {

namespace {

constexpr std::size_t kBarWidth = 40;
constexpr unsigned kUsualLevel = 0x03;

}  // namespace

void AdminOptions::add_to(CLI::App& app) {
  app.add_option("--key", key, "master or card key (hexadecimal) for all three uses; default: 404142...4F");
  app.add_option("--key-enc", encryption_key, "encryption key");
  app.add_option("--key-mac", mac_key, "MAC key");
  app.add_option("--key-dek", data_encryption_key, "data encryption key");
  app.add_option("--derivation", derivation,
                 "how card keys follow from masters: none, visa1, visa2, emvcps11, kdf3 or a template")
      ->capture_default_str();
  app.add_option("--key-version", key_version, "version of the card's keys; 0: its choice")->check(CLI::Range(0, 255));
  app.add_option("--scp", protocol, "secure channel protocol: 1, 2 or 3; default: what the card has")
      ->check(CLI::Range(1, 3));
  app.add_option("--level", level,
                 "security level: 1 C-MAC, 3 (default) with C-DECRYPTION, 17 and 19 with R-MAC, 51 (of SCP11) all")
      ->check(CLI::Range(0, 255));
  app.add_option("--domain", domain, "AID of the security domain; default: the issuer's");
  app.add_flag("--json", json, "results as JSON");
  app.add_flag("--insist", insists, "authenticate although the last attempts failed (the card may lock)");
  scp11.add_to(app);
  tls.add_to(app);
}

Result<gphost::Login> AdminOptions::login() const {
  COSE_TRY(auto scheme, scp::Diversification::parse(derivation));
  auto one = gphost::default_key();
  if (!key.empty()) {
    COSE_TRY(one, from_loose_hex(key));
  }
  gphost::Login login;
  login.keys = gphost::KeyMaterial::one(one, std::move(scheme));
  for (const auto& [text, secret] : {std::pair{&encryption_key, &login.keys.encryption},
                                     {&mac_key, &login.keys.mac},
                                     {&data_encryption_key, &login.keys.data_encryption}}) {
    if (text->empty()) continue;
    COSE_TRY(const auto octets, from_loose_hex(*text));
    *secret = Secret(octets);
  }
  login.key_version = static_cast<std::uint8_t>(key_version);
  if (protocol) login.protocol = static_cast<std::uint8_t>(*protocol);
  login.level = {static_cast<std::uint8_t>(level.value_or(kUsualLevel))};
  login.ignores_failures = insists;
  return login;
}

std::string ledger_file() {
  if (const auto* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0')
    return std::string(state) + "/cose/attempts";
  const auto* home = std::getenv("HOME");
  return std::string(home == nullptr ? "." : home) + "/.local/state/cose/attempts";
}

AdminDesk::AdminDesk(const AdminOptions& options) : options_(options), ledger_(ledger_file()) {}

AdminDesk::~AdminDesk() {
  if (card_) static_cast<void>(card_->power_down());
}

Status AdminDesk::open(Access access) {
  COSE_TRY(auto login, options_.login());
  COSE_TRY(auto defaults, options_.tls.defaults());
  opener_.emplace(clock_, std::move(defaults));
  COSE_TRY(const auto source, opener_->source(options_.uri));
  COSE_TRY(card_, source->open());
  COSE_TRY(atr_, card_->power_up(iso7816::ResetKind::kCold));
  session_.emplace(*card_, rng_, ledger_);
  COSE_TRY(const auto aid, from_loose_hex(options_.domain));
  auto selected = aid.empty() ? session_->select_issuer_domain() : session_->select(aid);
  if (!selected) return std::unexpected(selected.error());
  if (access == Access::kPlain) return {};
  if (!options_.scp11.variant.empty())
    return options_.scp11.authenticate(*session_, options_.key_version, options_.level);
  return session_->authenticate(login);
}

gphost::Progress progress_bar(std::string what) {
  if (isatty(STDERR_FILENO) != 1) return {};
  return [what = std::move(what)](std::size_t done, std::size_t total) {
    const auto filled = total == 0 ? kBarWidth : done * kBarWidth / total;
    std::fprintf(stderr, "\r%s [%s%s] %zu of %zu octets", what.c_str(), std::string(filled, '#').c_str(),
                 std::string(kBarWidth - filled, '.').c_str(), done, total);
    if (done == total) std::fprintf(stderr, "\n");
    std::fflush(stderr);
  };
}

}  // namespace cose::app
