// SPDX-License-Identifier: Apache-2.0
#include "host/cap_project.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <set>

#include <toml++/toml.h>

#include "bytes/hex.h"
#include "cap/limits.h"
#include "host/detail/table_reader.h"
#include "host/files.h"

namespace cose::host {

namespace {

using detail::TableReader;

constexpr std::size_t kMaximumProject = std::size_t{1} << 20;
// The registered application provider, which a package and its applets share (JCVM 3.1 §4.2).
constexpr std::size_t kProvider = 5;

Result<ProjectApplet> read_applet(const toml::table& table, std::string_view origin) {
  ProjectApplet applet;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("class", applet.class_name));
  COSE_CHECK(reader.parsed("aid", applet.aid, parse_aid));
  COSE_CHECK(reader.parsed("instance", applet.instance, parse_aid));
  COSE_CHECK(reader.parsed("parameters", applet.parameters, from_loose_hex));
  COSE_CHECK(reader.expect_no_more());
  if (applet.instance.empty()) applet.instance = applet.aid;
  return applet;
}

Result<CapProject> read_project(const toml::table& table, std::string_view origin, const std::string& folder) {
  CapProject project;
  project.folder = folder;
  TableReader reader(table, origin);
  COSE_CHECK(reader.text("package", project.package));
  COSE_CHECK(reader.parsed("aid", project.aid, parse_aid));
  COSE_CHECK(reader.parsed("version", project.version, parse_package_version));
  COSE_CHECK(reader.flag("int", project.uses_int));
  COSE_CHECK(reader.texts("uses", project.uses));
  for (auto& used : project.uses) used = (std::filesystem::path(folder) / used).lexically_normal().string();
  COSE_TRY(const auto* applets, reader.tables("applet"));
  if (applets != nullptr)
    for (const auto& node : *applets) {
      COSE_TRY(auto applet, read_applet(*node.as_table(), origin));
      project.applets.push_back(std::move(applet));
    }
  COSE_CHECK(reader.expect_no_more());
  return project;
}

bool is_letter(char character) {
  return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') || character == '_' ||
         character == '$';
}

// JLS 8 §3.8, of ASCII letters.
bool is_identifier(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && std::ranges::all_of(text, [](char character) {
    return is_letter(character) || (character >= '0' && character <= '9');
  });
}

bool is_package_name(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

Status check_applet(const CapProject& project, const ProjectApplet& applet) {
  if (!is_identifier(applet.class_name))
    return fail(ErrorKind::kInvalid,
                "applet: expected the name of a class without its package, found \"" + applet.class_name + "\"");
  if (applet.aid.empty())
    return fail(ErrorKind::kInvalid, "applet " + applet.class_name + ": an AID is needed, for example aid = \"" +
                                         to_hex(project.aid) + "01\"");
  if (!equal(ByteView(applet.aid).first(kProvider), ByteView(project.aid).first(kProvider)))
    return fail(ErrorKind::kInvalid,
                "applet " + applet.class_name + ": expected an AID that begins as its package's, " +
                    to_hex(ByteView(project.aid).first(kProvider)) + ", found " + to_hex(applet.aid));
  return {};
}

}  // namespace

Result<Bytes> parse_aid(std::string_view text) {
  COSE_TRY(auto aid, from_loose_hex(text));
  if (aid.size() < cap::kMinimumAid || aid.size() > cap::kMaximumAid)
    return fail(ErrorKind::kInvalid, "expected an AID of 5 to 16 octets, found " + std::to_string(aid.size()));
  return aid;
}

Result<cap::Version> parse_package_version(std::string_view text) {
  cap::Version version;
  const auto* end = text.data() + text.size();
  const auto major = std::from_chars(text.data(), end, version.major);
  if (major.ec == std::errc() && major.ptr != end && *major.ptr == '.') {
    const auto minor = std::from_chars(major.ptr + 1, end, version.minor);
    if (minor.ec == std::errc() && minor.ptr == end) return version;
  }
  return fail(ErrorKind::kInvalid, "expected a version as 1.0, found \"" + std::string(text) + "\"");
}

std::string CapProject::package_path() const {
  auto path = package;
  std::ranges::replace(path, '.', '/');
  return path;
}

std::string CapProject::short_name() const {
  return package.substr(package.rfind('.') + 1);
}

Status CapProject::check() const {
  if (!is_package_name(package))
    return fail(ErrorKind::kInvalid, "expected the name of a package as com.example.purse, found \"" + package +
                                         "\"; " + "write package = \"...\" into " + std::string(kProjectFile) +
                                         " or give --package");
  if (aid.empty())
    return fail(ErrorKind::kInvalid, "the package's AID is missing: write aid = \"...\" into " +
                                         std::string(kProjectFile) + " or give --aid");
  std::set<Bytes> aids{aid};
  for (const auto& applet : applets) {
    COSE_CHECK(check_applet(*this, applet));
    if (!aids.insert(applet.aid).second)
      return fail(ErrorKind::kInvalid,
                  "applet " + applet.class_name + ": AID " + to_hex(applet.aid) + " is used twice");
  }
  return {};
}

Result<CapProject> CapProject::parse(std::string_view text, std::string_view origin, const std::string& folder) {
  try {
    return read_project(toml::parse(text, origin), origin, folder);
  } catch (const toml::parse_error& error) {
    return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(error.source().begin.line) + ": " +
                                         std::string(error.description()));
  }
}

Result<CapProject> CapProject::load(const std::string& folder) {
  const auto file = (std::filesystem::path(folder) / kProjectFile).string();
  COSE_TRY(const auto text, read_file(file, kMaximumProject));
  return parse(text, file, folder);
}

}  // namespace cose::host
