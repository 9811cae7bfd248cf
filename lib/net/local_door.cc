// SPDX-License-Identifier: Apache-2.0
#include "net/local_door.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

namespace cose::net {

namespace {

constexpr std::size_t kChunk = 4096;
constexpr int kBacklog = 16;
constexpr mode_t kOwnerOnly = 0600;

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int get() const { return number_; }
  [[nodiscard]] bool is_open() const { return number_ >= 0; }

 private:
  int number_;
};

std::unexpected<Error> failure(const std::string& where, int number) {
  const auto kind = number == ENOENT || number == ECONNREFUSED ? ErrorKind::kNotFound : ErrorKind::kIo;
  return fail(kind, where + ": " + std::strerror(number));
}

// An address has room for 108 characters, a path has not: the folder is named by its descriptor.
Result<sockaddr_un> address_in(const Descriptor& folder, const std::string& name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = "/proc/self/fd/" + std::to_string(folder.get()) + "/" + name;
  if (path.size() >= sizeof address.sun_path) return fail(ErrorKind::kInvalid, name + ": too long for a socket");
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  return address;
}

const sockaddr* generic(const sockaddr_un& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

Descriptor open_folder(const std::string& folder) {
  return Descriptor(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
}

bool send_all(int to, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(to, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

// Until the other end says no more; nothing when it says too much, or stops saying anything.
bool receive_all(int from, std::size_t maximum, std::string& text) {
  std::array<char, kChunk> chunk{};
  while (true) {
    const auto came = ::recv(from, chunk.data(), chunk.size(), 0);
    if (came == 0) return true;
    if (came < 0 || text.size() + static_cast<std::size_t>(came) > maximum) return false;
    text.append(chunk.data(), static_cast<std::size_t>(came));
  }
}

bool is_of_this_user(int connection) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == geteuid() || peer.uid == 0);
}

class Door final : public LocalDoor {
 public:
  Door(Descriptor folder, std::string name, Descriptor listener, Descriptor stop, Handler handler)
      : folder_(std::move(folder)),
        name_(std::move(name)),
        listener_(std::move(listener)),
        stop_(std::move(stop)),
        handler_(std::move(handler)),
        thread_([this] { serve(); }) {}

  ~Door() override {
    const std::uint64_t one = 1;
    static_cast<void>(!::write(stop_.get(), &one, sizeof one));
    thread_.join();
    ::unlinkat(folder_.get(), name_.c_str(), 0);
  }

 private:
  void serve() {
    std::array<pollfd, 2> waiting{pollfd{listener_.get(), POLLIN, 0}, pollfd{stop_.get(), POLLIN, 0}};
    while (true) {
      if (::poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
      if (waiting[1].revents != 0) return;
      if ((waiting[0].revents & POLLIN) == 0) continue;
      const Descriptor connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (connection.is_open() && is_of_this_user(connection.get())) answer(connection.get());
    }
  }

  void answer(int connection) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(kRequestPatience);
    const timeval patience{seconds.count(), 0};
    setsockopt(connection, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(connection, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    std::string request;
    if (receive_all(connection, kMaximumLocalRequest, request))
      static_cast<void>(send_all(connection, handler_(request)));
  }

  Descriptor folder_;
  std::string name_;
  Descriptor listener_;
  Descriptor stop_;
  Handler handler_;
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<LocalDoor>> LocalDoor::open(const std::string& folder, const std::string& name,
                                                   Handler handler) {
  const auto where = folder + "/" + name;
  auto place = open_folder(folder);
  if (!place.is_open()) return failure(where, errno);
  COSE_TRY(const auto address, address_in(place, name));
  Descriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  Descriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!listener.is_open() || !stop.is_open()) return failure(where, errno);
  ::unlinkat(place.get(), name.c_str(), 0);
  // Linux gives the file the rights of the socket.
  if (::fchmod(listener.get(), kOwnerOnly) != 0 || ::bind(listener.get(), generic(address), sizeof address) != 0 ||
      ::listen(listener.get(), kBacklog) != 0)
    return failure(where, errno);
  return std::make_unique<Door>(std::move(place), name, std::move(listener), std::move(stop), std::move(handler));
}

Result<std::string> ask_at_door(const std::string& folder, const std::string& name, std::string_view request) {
  const auto where = folder + "/" + name;
  const auto place = open_folder(folder);
  if (!place.is_open()) return failure(where, errno);
  COSE_TRY(const auto address, address_in(place, name));
  const Descriptor connection(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!connection.is_open() || ::connect(connection.get(), generic(address), sizeof address) != 0)
    return failure(where, errno);
  std::string answer;
  const bool sent = send_all(connection.get(), request) && ::shutdown(connection.get(), SHUT_WR) == 0;
  if (!sent || !receive_all(connection.get(), kMaximumLocalAnswer, answer) || answer.empty())
    return fail(ErrorKind::kClosed, where + ": the process there gave no answer; it may have ended");
  return answer;
}

}  // namespace cose::net
