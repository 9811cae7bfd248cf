// SPDX-License-Identifier: Apache-2.0
#include "host/process.h"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cose::host {

namespace {

constexpr int kSignalled = 128;

class SpawnActions {
 public:
  SpawnActions() {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  }
  SpawnActions(const SpawnActions&) = delete;
  SpawnActions& operator=(const SpawnActions&) = delete;
  ~SpawnActions() { ::posix_spawn_file_actions_destroy(&actions_); }

  [[nodiscard]] const posix_spawn_file_actions_t* get() const { return &actions_; }

 private:
  posix_spawn_file_actions_t actions_{};
};

}  // namespace

Result<int> run_program(std::vector<std::string> command) {
  COSE_ASSERT(!command.empty());
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const SpawnActions actions;
  pid_t process = 0;
  const int code = ::posix_spawnp(&process, arguments[0], actions.get(), nullptr, arguments.data(), environ);
  if (code != 0) {
    const auto kind = code == ENOENT ? ErrorKind::kNotFound : ErrorKind::kIo;
    return fail(kind, "cannot start " + command[0] + ": " + std::generic_category().message(code));
  }
  int status = 0;
  while (::waitpid(process, &status, 0) < 0)
    if (errno != EINTR) return fail(ErrorKind::kIo, "cannot wait for " + command[0]);
  return WIFEXITED(status) ? WEXITSTATUS(status) : kSignalled + WTERMSIG(status);
}

}  // namespace cose::host
