// SPDX-License-Identifier: Apache-2.0
#include "relay/detail/face_socket.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

namespace cose::relay {

namespace {

Error last_error(ErrorKind kind, std::string_view what) {
  return {kind, std::string(what) + ": " + std::strerror(errno)};
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<Addresses> resolve(const net::Endpoint& endpoint) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const auto port = std::to_string(endpoint.port);
  if (const int code = getaddrinfo(endpoint.host.c_str(), port.c_str(), &hints, &found); code != 0)
    return fail(ErrorKind::kNotFound, "no such host \"" + endpoint.host + "\": " + gai_strerror(code));
  return Addresses(found, freeaddrinfo);
}

// How a connection that was begun has ended.
Status await_connected(int descriptor) {
  pollfd wait{descriptor, POLLOUT, 0};
  if (poll(&wait, 1, FaceSocket::kConnectMilliseconds) != 1) return fail(ErrorKind::kTimeout, "no connection in time");
  int code = 0;
  socklen_t size = sizeof(code);
  getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &code, &size);
  if (code == 0) return {};
  return fail(code == ECONNREFUSED ? ErrorKind::kClosed : ErrorKind::kIo, std::strerror(code));
}

}  // namespace

Result<FaceSocket> FaceSocket::connect(const net::Endpoint& endpoint, const StopSignal& stop) {
  COSE_TRY(const auto addresses, resolve(endpoint));
  auto failure = fail(ErrorKind::kNotFound, "no address");
  for (const auto* address = addresses.get(); address != nullptr && !stop.requested(); address = address->ai_next) {
    FaceSocket socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (socket.descriptor_ < 0) return std::unexpected(last_error(ErrorKind::kLimit, "socket"));
    const int begun = ::connect(socket.descriptor_, address->ai_addr, address->ai_addrlen);
    if (begun != 0 && errno != EINPROGRESS) {
      failure = std::unexpected(last_error(errno == ECONNREFUSED ? ErrorKind::kClosed : ErrorKind::kIo, "connect"));
      continue;
    }
    auto connected = await_connected(socket.descriptor_);
    if (!connected) {
      failure = std::unexpected(std::move(connected).error());
      continue;
    }
    const int on = 1;
    setsockopt(socket.descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    return socket;
  }
  return std::unexpected(failure.error().within(endpoint.text()));
}

FaceSocket::FaceSocket(FaceSocket&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

FaceSocket::~FaceSocket() {
  if (descriptor_ >= 0) close(descriptor_);
}

FaceSocket::Wait FaceSocket::wait(int milliseconds, const StopSignal& stop) const {
  // The virtual reader writes a message's length and its payload one by one without TCP_NODELAY, so its second write
  // waits for an acknowledgement that would be delayed by 40 ms. The kernel forgets the option with each read.
  const int on = 1;
  setsockopt(descriptor_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof(on));
  std::array<pollfd, 2> waits{{{descriptor_, POLLIN, 0}, {stop.descriptor(), POLLIN, 0}}};
  if (poll(waits.data(), waits.size(), milliseconds) <= 0) return Wait::kTimeout;
  return waits[1].revents != 0 ? Wait::kStopped : Wait::kReadable;
}

Result<ByteView> FaceSocket::read(MutableByteView buffer) const {
  const auto count = recv(descriptor_, buffer.data(), buffer.size(), 0);
  if (count > 0) return ByteView(buffer).first(static_cast<std::size_t>(count));
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return ByteView();
  if (count == 0) return fail(ErrorKind::kClosed, "the reader ended the connection");
  return std::unexpected(last_error(ErrorKind::kClosed, "the connection to the reader broke"));
}

Status FaceSocket::write(ByteView octets) const {
  while (!octets.empty()) {
    const auto count = send(descriptor_, octets.data(), octets.size(), MSG_NOSIGNAL);
    if (count > 0) {
      octets = octets.subspan(static_cast<std::size_t>(count));
      continue;
    }
    if (errno != EAGAIN && errno != EINTR)
      return std::unexpected(last_error(ErrorKind::kClosed, "the connection to the reader broke"));
    pollfd wait{descriptor_, POLLOUT, 0};
    if (poll(&wait, 1, kWriteMilliseconds) == 0) return fail(ErrorKind::kTimeout, "the reader takes no answer");
  }
  return {};
}

}  // namespace cose::relay
