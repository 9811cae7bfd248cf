// SPDX-License-Identifier: Apache-2.0
#include "bench/line_echo_server.h"

#include <cerrno>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace cose::bench {

namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr int kEventsAtOnce = 256;

bool send_whole(int socket, std::string_view octets) {
  const auto count = ::send(socket, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return count == static_cast<ssize_t>(octets.size());
}

}  // namespace

LineEchoServer::LineEchoServer(Descriptor listener, Descriptor events, std::uint16_t port)
    : listener_(std::move(listener)), events_(std::move(events)), port_(port) {}

Result<LineEchoServer> LineEchoServer::listen() {
  Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  Descriptor events(::epoll_create1(EPOLL_CLOEXEC));
  if (!listener.is_open() || !events.is_open()) return system_failure("cannot make a socket and an epoll set");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener.number(), at, size) != 0 || ::listen(listener.number(), SOMAXCONN) != 0 ||
      ::getsockname(listener.number(), at, &size) != 0)
    return system_failure("cannot listen on 127.0.0.1");
  LineEchoServer server(std::move(listener), std::move(events), ntohs(address.sin_port));
  COSE_CHECK(server.watch(server.listener_.number()));
  return server;
}

Status LineEchoServer::watch(int descriptor) {
  epoll_event event{.events = EPOLLIN, .data = {.fd = descriptor}};
  if (::epoll_ctl(events_.number(), EPOLL_CTL_ADD, descriptor, &event) == 0) return {};
  return system_failure("cannot watch a descriptor");
}

Status LineEchoServer::serve(int stop) {
  COSE_CHECK(watch(stop));
  std::array<epoll_event, kEventsAtOnce> ready{};
  for (;;) {
    const int count = ::epoll_wait(events_.number(), ready.data(), kEventsAtOnce, -1);
    if (count < 0 && errno != EINTR) return system_failure("cannot wait for lines");
    for (int at = 0; at < count; ++at) {
      const int descriptor = ready[static_cast<std::size_t>(at)].data.fd;
      if (descriptor == stop) return {};
      descriptor == listener_.number() ? accept() : on_readable(descriptor);
    }
  }
}

void LineEchoServer::accept() {
  Descriptor socket(::accept4(listener_.number(), nullptr, nullptr, SOCK_CLOEXEC));
  if (!socket.is_open()) return;
  const int descriptor = socket.number();
  const int yes = 1;
  static_cast<void>(::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes)));
  const auto place = static_cast<std::size_t>(descriptor);
  if (place >= peers_.size()) peers_.resize(place + 1);
  if (watch(descriptor)) peers_[place] = std::make_unique<Peer>(Peer{std::move(socket), {}});
}

void LineEchoServer::on_readable(int descriptor) {
  auto& peer = *peers_[static_cast<std::size_t>(descriptor)];
  const auto count = ::recv(descriptor, buffer_.data(), buffer_.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (count <= 0 || !echo(peer, {buffer_.data(), static_cast<std::size_t>(count)})) drop(descriptor);
}

bool LineEchoServer::echo(Peer& peer, std::string_view octets) {
  const auto end = octets.rfind('\n') + 1;  // zero when there is none
  if (end == octets.size() && peer.unfinished.empty()) return send_whole(peer.socket.number(), octets);
  peer.unfinished += octets.substr(0, end);
  if (end > 0) {
    if (!send_whole(peer.socket.number(), peer.unfinished)) return false;
    peer.unfinished.clear();
  }
  peer.unfinished += octets.substr(end);
  return peer.unfinished.size() <= kLongestLine;
}

}  // namespace cose::bench
