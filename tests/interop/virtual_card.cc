// SPDX-License-Identifier: Apache-2.0
#include "interop/virtual_card.h"

#include <cstdlib>
#include <iostream>
#include <utility>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bytes/writer.h"

namespace cose::interop {
namespace {

int connect_to(std::uint16_t port) {
  const int connected = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(connected, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    std::cerr << "no virtual reader on port " << port << ": run this under tools/with-virtual-reader\n";
    std::exit(1);
  }
  return connected;
}

}  // namespace

VirtualCard::VirtualCard(std::uint16_t port, Bytes atr, Answer answer)
    : atr_(std::move(atr)), answer_(std::move(answer)), socket_(connect_to(port)), thread_([this] { serve(); }) {}

VirtualCard::~VirtualCard() {
  pull();
  thread_.join();
  ::close(socket_);
}

void VirtualCard::pull() {
  ::shutdown(socket_, SHUT_RDWR);
}

std::vector<Bytes> VirtualCard::commands() const {
  const std::scoped_lock lock(mutex_);
  return commands_;
}

void VirtualCard::serve() {
  while (const auto message = receive()) {
    if (message->size() != 1) {
      {
        const std::scoped_lock lock(mutex_);
        commands_.push_back(*message);
      }
      send(answer_(*message));
    } else if (message->front() == 4) {
      send(atr_);
    } else if (message->front() != 0) {
      ++starts_;
    }
  }
}

bool VirtualCard::receive_all(MutableByteView buffer) const {
  // vpcd sends length and octets apart, and Linux would hold the acknowledgement between them back for 40 ms.
  const int on = 1;
  ::setsockopt(socket_, IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
  return ::recv(socket_, buffer.data(), buffer.size(), MSG_WAITALL) == static_cast<ssize_t>(buffer.size());
}

std::optional<Bytes> VirtualCard::receive() const {
  Bytes length(2);
  if (!receive_all(length)) return std::nullopt;
  Bytes message(static_cast<std::size_t>(length[0] << 8 | length[1]));
  if (!receive_all(message)) return std::nullopt;
  return message;
}

void VirtualCard::send(ByteView message) const {
  const auto framed = Writer().u16(static_cast<std::uint16_t>(message.size())).octets(message).take();
  // A pulled card's answer is lost, and that is not the card's business.
  [[maybe_unused]] const auto sent = ::send(socket_, framed.data(), framed.size(), MSG_NOSIGNAL);
}

}  // namespace cose::interop
