// SPDX-License-Identifier: Apache-2.0
#include "admin/plan.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "gphost/card_data.h"

namespace cose::admin {

namespace {

using gphost::EntryKind;
using gphost::Registry;
using gphost::Session;

constexpr std::uint8_t kLocked = 0x80;

class Application {
 public:
  Application(Session& session, const Plan& plan) : session_(session), plan_(plan) {}

  [[nodiscard]] Result<std::vector<Change>> run() {
    COSE_TRY(const auto domain, session_.select_issuer_domain());
    COSE_CHECK(log_in());
    COSE_TRY(registry_, gphost::read_registry(session_));
    for (const auto& aid : plan_.absent) COSE_CHECK(remove(aid));
    for (const auto& package : plan_.packages) COSE_CHECK(provide(package));
    // Keys last: replacing those of the login ends what it can do.
    for (const auto& keys : plan_.keys) COSE_CHECK(provide(keys));
    return std::move(changes_);
  }

 private:
  // A card may have its keys already, or others of their version.
  [[nodiscard]] Status log_in() {
    versions_ = known_versions();
    const auto planned = std::ranges::find_if(plan_.keys, [&](const auto& keys) { return has(keys.version); });
    if (planned == plan_.keys.end()) return session_.authenticate(plan_.login);
    gphost::Login login;
    login.key_version = planned->version;
    login.level = plan_.login.level;
    login.ignores_failures = plan_.login.ignores_failures;
    std::vector<gphost::KeyMaterial> candidates;
    candidates.push_back(planned->keys.clone());
    candidates.push_back(plan_.login.keys.clone());
    COSE_TRY(const auto index, session_.authenticate_with_any(login, candidates));
    if (index == 1) outdated_ = planned->version;
    return {};
  }

  [[nodiscard]] bool has(std::uint8_t version) const {
    return std::ranges::find(versions_, version) != versions_.end();
  }

  [[nodiscard]] std::vector<std::uint8_t> known_versions() {
    std::vector<std::uint8_t> versions;
    const auto data = gphost::read_data(session_, 0x00E0);
    if (!data) return versions;
    if (const auto keys = gphost::KeyInformation::parse(*data))
      for (const auto& key : *keys) versions.push_back(key.version);
    return versions;
  }

  void note(Outcome outcome, std::string what) { changes_.push_back({outcome, std::move(what)}); }

  [[nodiscard]] Status remove(const Bytes& aid) {
    if (registry_.find(aid) == nullptr) {
      note(Outcome::kUnchanged, fmt::format("{}: absent", to_hex(aid)));
      return {};
    }
    COSE_TRY(const auto receipt, gphost::remove(session_, aid, gphost::DeleteRelated::kYes));
    note(Outcome::kChanged, fmt::format("{}: deleted", to_hex(aid)));
    COSE_TRY(registry_, gphost::read_registry(session_));
    return {};
  }

  [[nodiscard]] static std::string version_of(const gphost::RegistryEntry& entry) {
    if (!entry.version || entry.version->size() < 2) return {};
    return fmt::format("{}.{}", entry.version->at(0), entry.version->at(1));
  }

  // Another version of a package goes away with what was made from it.
  [[nodiscard]] Status provide(const PlannedPackage& package) {
    const auto name = fmt::format("package {}", to_hex(package.file.package));
    const auto* there = registry_.find(package.file.package, EntryKind::kLoadFile);
    const auto version = there == nullptr ? std::string() : version_of(*there);
    const bool is_other = !version.empty() && version != package.file.version;
    if (is_other) {
      COSE_TRY(const auto receipt, gphost::remove(session_, package.file.package, gphost::DeleteRelated::kYes));
      COSE_TRY(registry_, gphost::read_registry(session_));
    }
    if (there != nullptr && !is_other) {
      note(Outcome::kUnchanged, name + ": loaded");
    } else {
      COSE_TRY(const auto receipt,
               gphost::load_package(session_, {.package = package.file.package}, package.file.octets));
      note(Outcome::kChanged,
           is_other ? fmt::format("{}: {} replaced by {}", name, version, package.file.version) : name + ": loaded");
    }
    for (const auto& applet : package.applets) COSE_CHECK(provide(package, applet));
    return {};
  }

  [[nodiscard]] Status provide(const PlannedPackage& package, const PlannedApplet& applet) {
    if (applet.module.empty() && package.file.applets.size() != 1)
      return fail(ErrorKind::kInvalid, fmt::format("package {} has {} applets: the plan must name one",
                                                   to_hex(package.file.package), package.file.applets.size()));
    gphost::InstallRequest request;
    request.package = package.file.package;
    request.module = applet.module.empty() ? package.file.applets.front() : applet.module;
    request.instance = applet.instance.empty() ? request.module : applet.instance;
    request.privileges = applet.privileges;
    request.parameters = applet.parameters;
    const auto name = fmt::format("applet {}", to_hex(request.instance));
    const auto* there = registry_.find(request.instance);
    if (there == nullptr) {
      COSE_TRY(const auto receipt, gphost::install(session_, request));
      if (!applet.data.empty()) COSE_CHECK(personalize(request.instance, applet));
      note(Outcome::kChanged, name + (applet.data.empty() ? ": installed" : ": installed and personalised"));
    } else {
      note(Outcome::kUnchanged, name + ": installed");
    }
    return lock(request.instance, there != nullptr && (there->state & kLocked) != 0, applet.is_locked);
  }

  // An instance that is not finished would pass for one that is: the next run shall find none.
  [[nodiscard]] Status personalize(const Bytes& instance, const PlannedApplet& applet) {
    auto done = gphost::personalize(session_, instance, applet.data, applet.form);
    if (!done) static_cast<void>(gphost::remove(session_, instance, gphost::DeleteRelated::kNo));
    return done;
  }

  [[nodiscard]] Status lock(const Bytes& instance, bool is_locked, bool shall_be_locked) {
    if (is_locked == shall_be_locked) return {};
    COSE_CHECK(gphost::change_status(session_, gphost::StatusTarget::kApplication,
                                     shall_be_locked ? kLocked : std::uint8_t{0x00}, instance));
    note(Outcome::kChanged, fmt::format("applet {}: {}", to_hex(instance), shall_be_locked ? "locked" : "unlocked"));
    return {};
  }

  [[nodiscard]] Status provide(const PlannedKeys& keys) {
    const auto name = fmt::format("keys of version {:02X}", keys.version);
    const bool is_outdated = outdated_ == keys.version;
    if (has(keys.version) && !is_outdated) {
      note(Outcome::kUnchanged, name + ": there");
      return {};
    }
    const auto& answer = session_.last_answer();
    COSE_TRY(const auto set, keys.keys.keys(keys.version, {keys.protocol, 0},
                                            answer ? ByteView(answer->key_diversification) : ByteView()));
    COSE_CHECK(gphost::put_keys(session_, set, is_outdated ? keys.version : keys.replaces));
    note(Outcome::kChanged, name + (is_outdated ? ": replaced" : ": put"));
    return {};
  }

  Session& session_;
  const Plan& plan_;
  std::vector<std::uint8_t> versions_;
  std::optional<std::uint8_t> outdated_;  // a planned version that still holds the login's keys
  Registry registry_;
  std::vector<Change> changes_;
};

}  // namespace

Result<std::vector<Change>> apply(Session& session, const Plan& plan) {
  return Application(session, plan).run();
}

}  // namespace cose::admin
