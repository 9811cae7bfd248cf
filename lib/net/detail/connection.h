// SPDX-License-Identifier: Apache-2.0
// One accepted connection: moves octets between a socket, TLS where the session asks for it, and that session.
// Belongs to its host and runs on the host's thread.
#pragma once

#include <array>
#include <memory>
#include <string>

#include <boost/asio/ip/tcp.hpp>

#include "grid/session.h"
#include "net/detail/connection_host.h"
#include "net/tls.h"

namespace cose::net {

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // `context` is what the session's TLS is made of; null when it never asks for any.
  Connection(ConnectionHost& host, boost::asio::ip::tcp::socket socket, std::unique_ptr<grid::Session> session,
             std::shared_ptr<const TlsContext> context);

  void start();
  void finish(const grid::WorkResult& result);
  void drain();
  // The session has something to send that no input caused.
  void flush_session() {
    session_->wake();
    settle();
  }
  // Ends a connection that is past its limits, or whose peer does not take its last octets.
  void check_limits(Nanoseconds now);
  void close();

 private:
  // A line of 255 octets of command data fits.
  static constexpr std::size_t kReadBuffer = 1024;
  // How many checks, one a second, a closing connection has for its last answers.
  static constexpr int kClosingChecks = 10;

  void read();
  void on_read(const boost::system::error_code& error, std::size_t count);
  void on_octets(ByteView octets);
  [[nodiscard]] Status on_records(ByteView records);
  void start_tls();
  // Sends what waits, then reads on or closes.
  void settle();
  // True when nothing waits any more.
  [[nodiscard]] bool flush();
  [[nodiscard]] std::string& unsent();
  void wait_writable();
  [[nodiscard]] bool wants_input() const;
  void fail_tls(const Error& error);

  ConnectionHost& host_;
  boost::asio::ip::tcp::socket socket_;
  std::unique_ptr<grid::Session> session_;
  std::shared_ptr<const TlsContext> context_;
  std::unique_ptr<TlsEngine> tls_;
  std::string records_;   // encrypted, not sent yet
  std::size_t sent_ = 0;  // octets of unsent() that are already out
  int closing_checks_ = 0;
  bool reading_ = false;
  bool writing_ = false;
  bool input_ended_ = false;
  bool closed_ = false;
  std::array<std::uint8_t, kReadBuffer> buffer_;
};

}  // namespace cose::net
