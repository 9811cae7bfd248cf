// SPDX-License-Identifier: Apache-2.0
// No class of the API is there untested: each that has methods of ours is used by a script of tests/jcapi, by a program
// of tests/jcre or by an applet that transcripts or dialogues run.
#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "cap/assemble.h"
#include "cap/container.h"
#include "cap/parse.h"
#include "jcapi/coverage.h"
#include "jcapi/testing/call_script.h"

namespace cose::applets {
namespace {

namespace fs = std::filesystem;
using Names = std::set<std::string>;

void add_called(Names& names) {
  for (const auto& path : jcapi::testing::script_paths()) {
    jcapi::testing::Script script;
    std::ifstream file(path);
    for (std::string line; std::getline(file, line);) static_cast<void>(script.run_line(line));
    names.insert(script.called().begin(), script.called().end());
  }
}

void add_class(const cap::CapFile& cap, std::size_t package, std::uint8_t token, Names& names) {
  const auto& aid = cap.imports.at(package).aid;
  const auto* found = api::find_package_by_aid(std::string_view(reinterpret_cast<const char*>(aid.data()), aid.size()));
  const auto* type = found == nullptr ? nullptr : api::find_class(*found, token);
  if (type != nullptr) names.emplace(type->name);
}

// Classes that constants name. JCVM 3.1 §6.8: the high bit says that a class is one of another package.
void add_referenced(const cap::Components& components, Names& names) {
  const auto cap = cap::parse(components);
  ASSERT_TRUE(cap.has_value()) << cap.error().message;
  for (const auto& constant : cap->constants)
    if ((constant.info[0] & 0x80) != 0) add_class(*cap, constant.info[0] & 0x7F, constant.info[1], names);
  for (const auto& entry : cap->classes.entries)
    if (const auto* type = std::get_if<cap::ClassInfo>(&entry))
      for (const auto& each : type->interfaces)
        if (each.interface.external())
          add_class(*cap, each.interface.package_token(), each.interface.class_token(), names);
}

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void add_programs(Names& names) {
  for (const auto* folder : {"/jcre", "/jcapi"})
    for (const auto& entry : fs::directory_iterator(std::string(COSE_TESTS_DIR) + folder))
      if (entry.path().extension() == ".jca") {
        const auto components = cap::assemble(read(entry.path()));
        ASSERT_TRUE(components.has_value()) << entry.path();
        add_referenced(*components, names);
      }
  for (const auto& entry : fs::directory_iterator(COSE_BUILT_APPLETS))
    if (entry.path().extension() == ".cap") {
      const auto components = cap::read_cap(as_bytes(read(entry.path())));
      ASSERT_TRUE(components.has_value()) << entry.path();
      add_referenced(*components, names);
    }
}

TEST(Api, HasNoClassWithoutATest) {
  Names names;
  add_called(names);
  EXPECT_GT(names.size(), 100U);
  add_programs(names);
  for (const auto& package : jcapi::coverage())
    for (const auto& type : package.classes) {
      const bool tested = names.contains(std::string(type.type->name));
      const bool done = type.count(jcapi::Presence::kDone) != 0 && type.reason.empty();
      EXPECT_TRUE(tested || !done) << type.type->name;
    }
}

}  // namespace
}  // namespace cose::applets
