// SPDX-License-Identifier: Apache-2.0
#include "host/javac.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "host/cap_project.h"
#include "host/files.h"
#include "host/process.h"
#include "stubs/stubs.h"

namespace cose::host {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaximumClassFile = std::size_t{16} << 20;
constexpr std::size_t kMaximumSources = 1000;

// A folder of our own that goes when we go.
class TemporaryFolder {
 public:
  static Result<TemporaryFolder> make() {
    auto name = (fs::temp_directory_path() / "cose-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) return fail(ErrorKind::kIo, "cannot make a temporary folder " + name);
    return TemporaryFolder(std::move(name));
  }
  TemporaryFolder(TemporaryFolder&& other) noexcept : name_(std::exchange(other.name_, {})) {}
  TemporaryFolder& operator=(TemporaryFolder&&) = delete;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!name_.empty()) fs::remove_all(name_, ignored);
  }

  [[nodiscard]] std::string path(std::string_view name) const { return (fs::path(name_) / name).string(); }

 private:
  explicit TemporaryFolder(std::string name) : name_(std::move(name)) {}

  std::string name_;
};

// Sorted, so that the same sources give the same command. An unreadable folder ends the walk with an error.
Result<std::vector<std::string>> files_below(const std::string& folder, std::string_view ending) {
  std::vector<std::string> found;
  std::error_code failure;
  for (fs::recursive_directory_iterator at(folder, failure), end; !failure && at != end; at.increment(failure)) {
    const auto& path = at->path();
    if (at->is_directory() && fs::exists(path / kProjectFile)) at.disable_recursion_pending();
    if (at->is_regular_file() && path.extension() == ending) found.push_back(path.string());
    if (found.size() > kMaximumSources)
      return fail(ErrorKind::kLimit, folder + ": more than " + std::to_string(kMaximumSources) + " files");
  }
  if (failure) return fail(ErrorKind::kNotFound, folder + ": " + failure.message());
  std::ranges::sort(found);
  return found;
}

Status run_javac(std::vector<std::string> arguments) {
  const auto code = run_program(std::move(arguments));
  if (!code && code.error().kind == ErrorKind::kNotFound)
    return fail(ErrorKind::kNotFound,
                "there is no javac, the compiler of Java; on Debian: apt install openjdk-17-jdk-headless");
  if (!code) return std::unexpected(code.error());
  if (*code == 0) return {};
  return fail(ErrorKind::kInvalid, "javac refused the sources (exit code " + std::to_string(*code) + ")");
}

Result<ClassFiles> read_classes(const std::string& folder) {
  COSE_TRY(const auto names, files_below(folder, ".class"));
  ClassFiles classes;
  for (const auto& name : names) {
    COSE_TRY(const auto content, read_file(name, kMaximumClassFile));
    classes.push_back(
        {.name = fs::path(name).lexically_relative(folder).generic_string(), .content = to_bytes(as_bytes(content))});
  }
  return classes;
}

Status write_jar(const std::string& name, const ClassFiles& classes) {
  COSE_TRY(const auto jar, archive::write_zip(classes));
  return write_file(name, jar);
}

}  // namespace

Result<ClassFiles> compile_java(const std::string& folder, const ClassFiles& libraries) {
  COSE_TRY(const auto sources, files_below(folder, ".java"));
  if (sources.empty()) return fail(ErrorKind::kNotFound, folder + ": no Java source (*.java) in this folder");
  COSE_TRY(const auto temporary, TemporaryFolder::make());
  const auto api = temporary.path("api.jar");
  const auto used = temporary.path("used.jar");
  const auto classes = temporary.path("classes");
  COSE_CHECK(write_jar(api, stubs::class_files()));
  COSE_CHECK(write_jar(used, libraries));
  // -source 8: what JCVM 3.1 has of the language, and the last one that lets java.lang be replaced; -g: names for
  // errors.
  std::vector<std::string> command{
      "javac",          "-source",   "8",     "-target",        "8", "-Xlint:-options", "-g", "-proc:none",
      "-implicit:none", "-encoding", "UTF-8", "-bootclasspath", api, "-classpath",      used, "-d",
      classes};
  std::ranges::copy(sources, std::back_inserter(command));
  COSE_CHECK(run_javac(std::move(command)));
  return read_classes(classes);
}

}  // namespace cose::host
