// SPDX-License-Identifier: Apache-2.0
// A plain TCP client for tests: says what it is told, octet by octet if need be, and knows nothing of the protocol.
// Blocking, with a deadline of ten seconds for each read: reached only when a test fails.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cose::net::testing {

class RawClient {
 public:
  explicit RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }
  RawClient(RawClient&& other) noexcept
      : descriptor_(std::exchange(other.descriptor_, -1)),
        connected_(other.connected_),
        waiting_(std::move(other.waiting_)) {}
  RawClient(const RawClient&) = delete;
  RawClient& operator=(const RawClient&) = delete;
  ~RawClient() { close(); }

  [[nodiscard]] bool connected() const { return connected_; }

  bool send(std::string_view octets) {
    while (!octets.empty()) {
      const auto count = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (count <= 0) return false;
      octets.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
  }

  // Sends what the socket takes at once, and says how much that was.
  std::size_t send_some(std::string_view octets) {
    const auto count = ::send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    return count < 0 ? 0 : static_cast<std::size_t>(count);
  }

  // The next line without its LF; "(closed)" at the end of the connection, "(silence)" when nothing comes.
  std::string line() {
    for (;;) {
      if (const auto end = waiting_.find('\n'); end != std::string::npos) {
        auto found = waiting_.substr(0, end);
        waiting_.erase(0, end + 1);
        return found;
      }
      std::array<char, 4096> buffer;
      const auto count = ::recv(descriptor_, buffer.data(), buffer.size(), 0);
      if (count < 0) return errno == ECONNRESET ? "(closed)" : "(silence)";
      if (count == 0) return "(closed)";
      waiting_.append(buffer.data(), static_cast<std::size_t>(count));
    }
  }

  std::string ask(std::string_view request) {
    if (!send(std::string(request) + "\n")) return "(closed)";
    return line();
  }

  // Whether the other side cuts the connection, without reading, within this time.
  [[nodiscard]] bool is_cut_within(int milliseconds) {
    pollfd waited{.fd = descriptor_, .events = POLLRDHUP, .revents = 0};
    return ::poll(&waited, 1, milliseconds) == 1;
  }

  // No more from this side; the other may still answer.
  void end_sending() { ::shutdown(descriptor_, SHUT_WR); }

  void close() {
    if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
  }

 private:
  int descriptor_;
  bool connected_ = false;
  std::string waiting_;
};

}  // namespace cose::net::testing
