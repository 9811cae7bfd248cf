// SPDX-License-Identifier: Apache-2.0
// A network that is far: passes octets on between a client and a server of this machine, each way half a round trip
// late, and counts round trips: a turn begins with the client's first octets after the server has spoken.
//
// One connection at a time, on a thread of its own that ends with the object. Test only.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cose::net::testing {

class DelayProxy {
 public:
  DelayProxy(std::uint16_t server, std::chrono::milliseconds round_trip) : server_(server), delay_(round_trip / 2) {
    auto address = loopback(0);
    socklen_t size = sizeof address;
    ::bind(listener_, reinterpret_cast<const sockaddr*>(&address), size);
    ::listen(listener_, 8);
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~DelayProxy() {
    stopping_ = true;
    thread_.join();
    ::close(listener_);
  }
  DelayProxy(const DelayProxy&) = delete;
  DelayProxy& operator=(const DelayProxy&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int round_trips() const { return round_trips_; }

 private:
  static constexpr int kLook = 20;  // milliseconds between two looks whether to end

  static sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
  }

  void serve() {
    while (!stopping_) {
      pollfd waited{.fd = listener_, .events = POLLIN, .revents = 0};
      if (::poll(&waited, 1, kLook) != 1) continue;
      const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const auto address = loopback(server_);
      for (const int each : {client, server}) {
        const int on = 1;
        ::setsockopt(each, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      }
      if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) pass(client, server);
      ::close(client);
      ::close(server);
    }
  }

  void pass(int client, int server) {
    bool server_spoke = true;
    while (!stopping_) {
      std::array<pollfd, 2> waited{pollfd{client, POLLIN, 0}, pollfd{server, POLLIN, 0}};
      if (::poll(waited.data(), waited.size(), kLook) <= 0) continue;
      for (const auto& end : waited) {
        if (end.revents == 0) continue;
        if (end.fd == client && server_spoke) ++round_trips_;
        server_spoke = end.fd == server;
        if (!move(end.fd, end.fd == client ? server : client)) return;
      }
    }
  }

  // Everything that has been sent together arrives together.
  [[nodiscard]] bool move(int from, int to) {
    std::this_thread::sleep_for(delay_);
    const auto count = ::recv(from, buffer_.data(), buffer_.size(), 0);
    return count > 0 && ::send(to, buffer_.data(), static_cast<std::size_t>(count), MSG_NOSIGNAL) == count;
  }

  std::uint16_t server_;
  std::chrono::milliseconds delay_;
  int listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  std::uint16_t port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> round_trips_ = 0;
  std::array<char, 65536> buffer_{};
  std::thread thread_;
};

}  // namespace cose::net::testing
