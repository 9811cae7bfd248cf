// SPDX-License-Identifier: Apache-2.0
#include "bench/server_process.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <csignal>
#include <ctime>
#include <fstream>
#include <optional>
#include <string_view>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cose::bench {

namespace {

using std::chrono::steady_clock;

constexpr auto kStartTime = std::chrono::seconds(30);
constexpr auto kStopTime = std::chrono::seconds(30);
constexpr std::size_t kLongestAnnouncement = 4096;
constexpr std::string_view kListening = " listening on ";

// Signals that this process blocks or ignores must reach the server all the same.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes_);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setsigdefault(&attributes_, &all);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawn_file_actions_init(&actions_);
    posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
  }

  [[nodiscard]] const posix_spawnattr_t* attributes() const { return &attributes_; }
  [[nodiscard]] const posix_spawn_file_actions_t* actions() const { return &actions_; }

 private:
  posix_spawnattr_t attributes_{};
  posix_spawn_file_actions_t actions_{};
};

Result<pid_t> spawn(std::vector<std::string> command, int output) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (auto& word : command) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const SpawnSettings settings(output);
  pid_t process = 0;
  const int code =
      ::posix_spawnp(&process, arguments[0], settings.actions(), settings.attributes(), arguments.data(), environ);
  if (code == 0) return process;
  return fail(ErrorKind::kNotFound, "cannot start " + command[0] + ": " + std::generic_category().message(code));
}

enum class Reading { kSome, kEnd, kTooLate };

// What comes next on a pipe, appended.
Reading read_until(const Descriptor& pipe, std::string& to, steady_clock::time_point deadline) {
  pollfd waiting{.fd = pipe.number(), .events = POLLIN, .revents = 0};
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now()).count();
  if (left <= 0 || ::poll(&waiting, 1, static_cast<int>(left)) == 0) return Reading::kTooLate;
  std::array<char, 512> buffer;
  const auto count = ::read(pipe.number(), buffer.data(), buffer.size());
  if (count < 0 && errno == EINTR) return Reading::kSome;
  if (count <= 0) return Reading::kEnd;
  to.append(buffer.data(), static_cast<std::size_t>(count));
  return Reading::kSome;
}

// The words after " listening on ", of whole lines.
std::vector<std::string> announced_in(const std::string& output) {
  std::vector<std::string> announced;
  for (auto found = output.find(kListening); found != std::string::npos; found = output.find(kListening, found + 1)) {
    const auto start = found + kListening.size();
    if (output.find('\n', start) == std::string::npos) break;
    announced.push_back(output.substr(start, output.find_first_of(" \r\n", start) - start));
  }
  return announced;
}

Status judge_end(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return {};
  if (WIFSIGNALED(status)) return fail(ErrorKind::kClosed, "ended by signal " + std::to_string(WTERMSIG(status)));
  return fail(ErrorKind::kClosed, "expected exit code 0, found " + std::to_string(WEXITSTATUS(status)));
}

}  // namespace

Result<ServerProcess> ServerProcess::start(const std::vector<std::string>& command, std::size_t listeners) {
  if (command.empty()) return fail(ErrorKind::kInvalid, "expected a command that starts a server, found none");
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return system_failure("cannot make a pipe");
  Descriptor output(ends[0]);
  Descriptor input(ends[1]);
  COSE_TRY(const auto process, spawn(command, input.number()));
  input.close();
  ServerProcess server(command[0], process, std::move(output));
  if (const auto found = server.find_endpoints(listeners); !found)
    return std::unexpected(found.error().within(command[0]));
  return server;
}

ServerProcess::ServerProcess(ServerProcess&& other) noexcept
    : name_(std::move(other.name_)),
      process_(std::exchange(other.process_, 0)),
      output_(std::move(other.output_)),
      endpoints_(std::move(other.endpoints_)) {}

ServerProcess::~ServerProcess() {
  if (process_ != 0) kill();
}

void ServerProcess::kill() {
  ::kill(process_, SIGKILL);
  ::waitpid(process_, nullptr, 0);
  process_ = 0;
}

Status ServerProcess::find_endpoints(std::size_t listeners) {
  const auto deadline = steady_clock::now() + kStartTime;
  std::string output;
  while (output.size() < kLongestAnnouncement) {
    switch (read_until(output_, output, deadline)) {
      case Reading::kEnd: return fail(ErrorKind::kClosed, "ended before it said that it listens");
      case Reading::kTooLate: return fail(ErrorKind::kTimeout, "did not say in time that it listens");
      case Reading::kSome: break;
    }
    const auto announced = announced_in(output);
    if (announced.size() < listeners) continue;
    for (const auto& where : announced) {
      COSE_TRY(auto endpoint, net::Endpoint::parse(where, 0));
      if (endpoint.port == 0) return fail(ErrorKind::kInvalid, "expected HOST:PORT, found \"" + where + "\"");
      endpoints_.push_back(std::move(endpoint));
    }
    return {};
  }
  return fail(ErrorKind::kInvalid, "expected a line with \"listening on HOST:PORT\", found none");
}

Result<Nanoseconds> ServerProcess::processor_time() const {
  clockid_t clock = 0;
  timespec time{};
  if (::clock_getcpuclockid(process_, &clock) != 0 || ::clock_gettime(clock, &time) != 0)
    return fail(ErrorKind::kIo, "cannot read the processor time of " + name_);
  return std::chrono::seconds(time.tv_sec) + Nanoseconds(time.tv_nsec);
}

Result<std::size_t> ServerProcess::private_memory() const {
  constexpr std::string_view kField = "RssAnon:";
  std::ifstream status("/proc/" + std::to_string(process_) + "/status");
  std::string line;
  while (std::getline(status, line)) {
    if (!line.starts_with(kField)) continue;
    const auto start = line.find_first_of("0123456789");
    std::size_t kibibytes = 0;
    if (start != std::string::npos) std::from_chars(line.data() + start, line.data() + line.size(), kibibytes);
    return kibibytes * 1024;
  }
  return fail(ErrorKind::kIo, "cannot read the memory of " + name_);
}

Status ServerProcess::stop() {
  ::kill(process_, SIGTERM);
  const auto deadline = steady_clock::now() + kStopTime;
  // A program that has ended holds its end of the pipe no more.
  for (auto reading = Reading::kSome; reading != Reading::kEnd;) {
    std::string ignored;
    reading = read_until(output_, ignored, deadline);
    if (reading != Reading::kTooLate) continue;
    kill();
    return fail(ErrorKind::kTimeout, name_ + " did not end in time upon SIGTERM");
  }
  int status = 0;
  ::waitpid(std::exchange(process_, 0), &status, 0);
  if (const auto end = judge_end(status); !end) return std::unexpected(end.error().within(name_));
  return {};
}

}  // namespace cose::bench
