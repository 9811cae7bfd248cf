// SPDX-License-Identifier: Apache-2.0
#include "bench/line_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace cose::bench {

namespace {

constexpr std::size_t kLongestLine = 4096;
constexpr std::size_t kConnectionsPerSource = 8000;
constexpr std::size_t kSources = 200;

template <typename Value>
void set_option(int socket, int level, int name, const Value& value) {
  // A refused option shows in the figures, not in the outcome.
  static_cast<void>(::setsockopt(socket, level, name, &value, sizeof(value)));
}

Status bind_source(int socket, std::size_t connection) {
  const auto source = connection / kConnectionsPerSource % kSources;
  sockaddr_in from{};
  from.sin_family = AF_INET;
  from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + static_cast<std::uint32_t>(source));
  // The port is chosen by connect(), when the peer is known: ports of other pairs do not count.
  set_option(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1);
  if (::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof(from)) == 0) return {};
  return system_failure("cannot use the source address 127.0.0." + std::to_string(1 + source));
}

}  // namespace

Result<SocketAddress> SocketAddress::resolve(const net::Endpoint& endpoint) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code = ::getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &wanted, &found);
  if (code != 0) return fail(ErrorKind::kNotFound, endpoint.text() + ": " + ::gai_strerror(code));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, ::freeaddrinfo);
  SocketAddress address;
  address.size = found->ai_addrlen;
  std::memcpy(&address.storage, found->ai_addr, found->ai_addrlen);
  return address;
}

bool SocketAddress::is_loopback() const {
  if (storage.ss_family != AF_INET) return false;
  const auto address = ntohl(reinterpret_cast<const sockaddr_in*>(&storage)->sin_addr.s_addr);
  return address >> IN_CLASSA_NSHIFT == IN_LOOPBACKNET;
}

Result<LineSocket> LineSocket::connect(const SocketAddress& to, std::size_t connection) {
  Descriptor socket(::socket(to.storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open()) return system_failure("cannot make a socket");
  if (to.is_loopback()) COSE_CHECK(bind_source(socket.number(), connection));
  const timeval timeout{.tv_sec = std::chrono::duration_cast<std::chrono::seconds>(kReplyTimeout).count(),
                        .tv_usec = 0};
  set_option(socket.number(), SOL_SOCKET, SO_RCVTIMEO, timeout);
  set_option(socket.number(), SOL_SOCKET, SO_SNDTIMEO, timeout);
  set_option(socket.number(), IPPROTO_TCP, TCP_NODELAY, 1);
  if (::connect(socket.number(), to.get(), to.size) != 0)
    return system_failure("connection " + std::to_string(connection + 1) + " is not accepted");
  return LineSocket(std::move(socket));
}

Status LineSocket::send(std::string_view text) {
  const auto count = ::send(socket_.number(), text.data(), text.size(), MSG_NOSIGNAL);
  if (count < 0) return system_failure("cannot send a line");
  if (static_cast<std::size_t>(count) < text.size()) return fail(ErrorKind::kTimeout, "the peer takes no whole line");
  return {};
}

Result<std::string> LineSocket::read_line() {
  std::string line;
  std::array<char, kLongestLine> buffer;
  while (line.size() < kLongestLine) {
    const auto count = ::recv(socket_.number(), buffer.data(), kLongestLine - line.size(), 0);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return fail(ErrorKind::kTimeout, "no line in time");
    if (count < 0) return system_failure("cannot read a line");
    if (count == 0) return fail(ErrorKind::kClosed, "the peer closed instead of sending a line");
    line.append(buffer.data(), static_cast<std::size_t>(count));
    const auto end = line.find('\n');
    if (end == std::string::npos) continue;
    if (end + 1 < line.size()) return fail(ErrorKind::kInvalid, "the peer sent more than the one line expected");
    line.resize(end);
    return line;
  }
  return fail(ErrorKind::kLimit, "a line of more than " + std::to_string(kLongestLine) + " octets");
}

}  // namespace cose::bench
