// SPDX-License-Identifier: Apache-2.0
#include "net/line_server.h"

#include <csignal>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

namespace cose::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

struct LineServer::Parts {
  explicit Parts(Answer given) : answer(std::move(given)) {}

  Answer answer;
  std::size_t connections = 0;
  asio::io_context io{1};
  tcp::acceptor acceptor{io};
  asio::signal_set signals{io, SIGINT, SIGTERM};
};

// One connection, alive as long as an operation of its own is.
class LineServer::Session : public std::enable_shared_from_this<Session> {
 public:
  Session(Parts& parts, tcp::socket socket)
      : parts_(parts), socket_(std::move(socket)), silence_(socket_.get_executor()) {
    ++parts_.connections;
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() { --parts_.connections; }

  void read() {
    silence_.expires_after(kMaximumSilence);
    silence_.async_wait([self = weak_from_this()](const error_code& code) {
      if (const auto session = self.lock(); session && !code) session->close();
    });
    asio::async_read_until(socket_, asio::dynamic_buffer(incoming_, kMaximumLine), '\n',
                           [self = shared_from_this()](const error_code& code, std::size_t size) {
                             if (!code) self->reply(size);
                           });
  }

 private:
  void close() {
    error_code ignored;
    socket_.close(ignored);
  }

  void reply(std::size_t size) {
    silence_.cancel();
    auto line = std::string_view(incoming_).substr(0, size - 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    outgoing_ = parts_.answer(line) + "\n";
    incoming_.erase(0, size);
    asio::async_write(socket_, asio::buffer(outgoing_),
                      [self = shared_from_this()](const error_code& code, std::size_t) {
                        if (!code) self->read();
                      });
  }

  Parts& parts_;
  tcp::socket socket_;
  asio::steady_timer silence_;
  std::string incoming_;
  std::string outgoing_;
};

LineServer::LineServer(std::unique_ptr<Parts> parts, Endpoint endpoint)
    : parts_(std::move(parts)), endpoint_(std::move(endpoint)) {}

LineServer::~LineServer() = default;

Result<std::unique_ptr<LineServer>> LineServer::listen(const Endpoint& endpoint, Answer answer) {
  auto parts = std::make_unique<Parts>(std::move(answer));
  error_code code;
  tcp::resolver resolver(parts->io);
  const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), code);
  if (code || found.empty()) return fail(ErrorKind::kNotFound, "no such host \"" + endpoint.host + "\"");
  const auto address = found.begin()->endpoint();
  parts->acceptor.open(address.protocol(), code);
  if (!code) parts->acceptor.set_option(tcp::acceptor::reuse_address(true), code);
  if (!code) parts->acceptor.bind(address, code);
  if (!code) parts->acceptor.listen(asio::socket_base::max_listen_connections, code);
  if (code) return fail(ErrorKind::kIo, endpoint.text() + ": " + code.message());
  auto real = endpoint;
  real.port = parts->acceptor.local_endpoint(code).port();
  return std::unique_ptr<LineServer>(new LineServer(std::move(parts), std::move(real)));
}

void LineServer::accept() {
  parts_->acceptor.async_accept([this](const error_code& code, tcp::socket socket) {
    if (!parts_->acceptor.is_open()) return;
    // Beyond the bound the connection is closed as the socket goes out of scope.
    if (!code && parts_->connections < kMaximumConnections)
      std::make_shared<Session>(*parts_, std::move(socket))->read();
    accept();
  });
}

void LineServer::serve() {
  parts_->signals.async_wait([this](const error_code& code, int) {
    if (!code) parts_->io.stop();
  });
  accept();
  parts_->io.run();
}

void LineServer::stop() {
  parts_->io.stop();
}

}  // namespace cose::net
