// SPDX-License-Identifier: Apache-2.0
#include "host/plan_file.h"

#include <filesystem>
#include <utility>
#include <vector>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "host/detail/table_reader.h"
#include "host/files.h"
#include "scp/diversification.h"

namespace cose::host {

namespace {

using admin::PlannedApplet;
using admin::PlannedKeys;
using admin::PlannedPackage;
using detail::TableReader;

constexpr std::size_t kMaximumPlan = 4U << 20;

Result<gphost::StoreDataForm::Structure> parse_structure(std::string_view text) {
  using Structure = gphost::StoreDataForm::Structure;
  if (text == "none") return Structure::kNone;
  if (text == "dgi") return Structure::kDgi;
  if (text == "tlv") return Structure::kTlv;
  return fail(ErrorKind::kInvalid, "expected none, dgi or tlv, found " + std::string(text));
}

Status read_octet(TableReader& reader, std::string_view key, std::uint8_t& octet) {
  std::int64_t value = octet;
  COSE_CHECK(reader.number(key, 0, 255, value));
  octet = static_cast<std::uint8_t>(value);
  return {};
}

// key, or encryption, mac and data_encryption; derivation.
Status read_keys(TableReader& reader, gphost::KeyMaterial& keys) {
  Bytes one;
  COSE_CHECK(reader.parsed("key", one, from_loose_hex));
  for (const auto& [name, key] :
       {std::pair{"encryption", &keys.encryption}, {"mac", &keys.mac}, {"data_encryption", &keys.data_encryption}}) {
    auto octets = one;
    COSE_CHECK(reader.parsed(name, octets, from_loose_hex));
    if (!octets.empty()) *key = Secret(octets);
    wipe(octets);
  }
  wipe(one);
  return reader.parsed("derivation", keys.diversification, scp::Diversification::parse);
}

Result<gphost::Login> read_login(const toml::table* table, std::string_view origin) {
  gphost::Login login;
  login.keys = gphost::KeyMaterial::one(gphost::default_key());
  login.level = {0x03};
  if (table == nullptr) return login;
  TableReader reader(*table, origin);
  COSE_CHECK(read_keys(reader, login.keys));
  COSE_CHECK(read_octet(reader, "version", login.key_version));
  COSE_CHECK(read_octet(reader, "security", login.level.bits));
  COSE_CHECK(reader.expect_no_more());
  return login;
}

Result<PlannedKeys> read_planned_keys(const toml::table& table, std::string_view origin) {
  PlannedKeys planned;
  TableReader reader(table, origin);
  COSE_CHECK(read_keys(reader, planned.keys));
  COSE_CHECK(read_octet(reader, "version", planned.version));
  COSE_CHECK(read_octet(reader, "protocol", planned.protocol));
  COSE_CHECK(read_octet(reader, "replaces", planned.replaces));
  COSE_CHECK(reader.expect_no_more());
  if (planned.version == 0 || planned.keys.mac.empty())
    return fail(ErrorKind::kInvalid, reader.where(table) + ": keys need a version and a key");
  return planned;
}

Result<PlannedApplet> read_applet(const toml::table& table, std::string_view origin) {
  PlannedApplet applet;
  TableReader reader(table, origin);
  COSE_CHECK(reader.parsed("module", applet.module, from_loose_hex));
  COSE_CHECK(reader.parsed("instance", applet.instance, from_loose_hex));
  COSE_CHECK(reader.parsed("privileges", applet.privileges, gphost::parse_privileges));
  COSE_CHECK(reader.parsed("parameters", applet.parameters, from_loose_hex));
  COSE_CHECK(reader.parsed("structure", applet.form.structure, parse_structure));
  COSE_CHECK(reader.flag("locked", applet.is_locked));
  std::vector<std::string> data;
  COSE_CHECK(reader.texts("data", data));
  for (const auto& block : data) {
    auto octets = from_loose_hex(block);
    if (!octets) return std::unexpected(octets.error().within(reader.where(table) + ": data"));
    applet.data.push_back(*std::move(octets));
  }
  COSE_CHECK(reader.expect_no_more());
  return applet;
}

Result<PlannedPackage> read_package(const toml::table& table, std::string_view origin, const std::string& folder) {
  PlannedPackage package;
  TableReader reader(table, origin);
  std::string file;
  COSE_CHECK(reader.text("file", file));
  COSE_TRY(const auto* applets, reader.tables("applet"));
  COSE_CHECK(reader.expect_no_more());
  if (file.empty()) return fail(ErrorKind::kInvalid, reader.where(table) + ": a package needs a file");
  COSE_TRY(package.file, admin::LoadFile::read((std::filesystem::path(folder) / file).string()));
  if (applets != nullptr)
    for (const auto& node : *applets) {
      COSE_TRY(auto applet, read_applet(*node.as_table(), origin));
      package.applets.push_back(std::move(applet));
    }
  return package;
}

Result<admin::Plan> read_plan(const toml::table& table, std::string_view origin, const std::string& folder) {
  admin::Plan plan;
  TableReader reader(table, origin);
  COSE_TRY(const auto* login, reader.table("login"));
  COSE_TRY(plan.login, read_login(login, origin));
  std::vector<std::string> absent;
  COSE_CHECK(reader.texts("absent", absent));
  for (const auto& aid : absent) {
    auto octets = from_loose_hex(aid);
    if (!octets) return std::unexpected(octets.error().within("absent"));
    plan.absent.push_back(*std::move(octets));
  }
  COSE_TRY(const auto* packages, reader.tables("package"));
  if (packages != nullptr)
    for (const auto& node : *packages) {
      COSE_TRY(auto package, read_package(*node.as_table(), origin, folder));
      plan.packages.push_back(std::move(package));
    }
  COSE_TRY(const auto* keys, reader.tables("keys"));
  if (keys != nullptr)
    for (const auto& node : *keys) {
      COSE_TRY(auto planned, read_planned_keys(*node.as_table(), origin));
      plan.keys.push_back(std::move(planned));
    }
  COSE_CHECK(reader.expect_no_more());
  return plan;
}

}  // namespace

Result<admin::Plan> parse_plan(std::string_view text, std::string_view origin, const std::string& folder) {
  try {
    return read_plan(toml::parse(text, origin), origin, folder);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<admin::Plan> load_plan(const std::string& file) {
  COSE_TRY(const auto text, read_file(file, kMaximumPlan));
  return parse_plan(text, file, std::filesystem::path(file).parent_path().string());
}

}  // namespace cose::host
