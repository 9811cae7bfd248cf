// SPDX-License-Identifier: Apache-2.0
#include "net/line_client.h"

#include <array>
#include <thread>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include "grid/limits.h"
#include "grid/reply.h"

namespace cose::net {

namespace asio = boost::asio;
using asio::ip::tcp;

namespace {

// The longest reply: a response without runs.
constexpr std::size_t kMaximumReply = 2 * grid::kMaximumResponse + 64;

Error io_error(const boost::system::error_code& code) {
  const bool over = code == asio::error::eof || code == asio::error::connection_reset ||
                    code == asio::error::connection_refused || code == asio::error::broken_pipe;
  return {over ? ErrorKind::kClosed : ErrorKind::kIo,
          code == asio::error::eof ? "the grid closed the connection" : code.message()};
}

class Deadline {
 public:
  explicit Deadline(Nanoseconds timeout) : end_(std::chrono::steady_clock::now() + timeout) {}
  [[nodiscard]] Nanoseconds left() const {
    return std::max<Nanoseconds>(end_ - std::chrono::steady_clock::now(), Nanoseconds(0));
  }

 private:
  std::chrono::steady_clock::time_point end_;
};

// One TCP connection with a deadline for each step. Asio's blocking calls have none, so each asynchronous step runs
// in an io_context of its own until it ends or its time is over.
class TimedSocket {
 public:
  [[nodiscard]] Status connect(const Endpoint& endpoint, Nanoseconds timeout) {
    boost::system::error_code code;
    tcp::resolver resolver(io_);
    const auto found = resolver.resolve(endpoint.host, std::to_string(endpoint.port), code);
    if (code) return fail(ErrorKind::kNotFound, "no such host \"" + endpoint.host + "\": " + code.message());
    COSE_CHECK(run(timeout, "connection", [&](auto done) {
      asio::async_connect(socket_, found, [done](const auto& error, const auto&) { done(error, 0); });
    }));
    socket_.set_option(tcp::no_delay(true), code);
    return {};
  }

  [[nodiscard]] Status write(ByteView octets, Nanoseconds timeout) {
    return run(timeout, "write",
               [&](auto done) { asio::async_write(socket_, asio::buffer(octets.data(), octets.size()), done); });
  }

  // What has arrived, at least one octet; valid until the next call.
  [[nodiscard]] Result<ByteView> read(Nanoseconds timeout) {
    COSE_CHECK(run(timeout, "reply", [&](auto done) { socket_.async_read_some(asio::buffer(buffer_), done); }));
    return ByteView(buffer_).first(count_);
  }

 private:
  template <typename Start>
  Status run(Nanoseconds timeout, std::string_view what, const Start& start) {
    bool ended = false;
    boost::system::error_code outcome;
    start([&](const boost::system::error_code& code, std::size_t count) {
      ended = true;
      outcome = code;
      count_ = count;
    });
    io_.restart();
    io_.run_for(timeout);
    if (!ended) {
      // The handler must have run before its captures go out of scope.
      boost::system::error_code ignored;
      socket_.close(ignored);
      io_.restart();
      io_.run();
      return fail(ErrorKind::kTimeout, "no " + std::string(what) + " in time");
    }
    if (outcome) return std::unexpected(io_error(outcome));
    return {};
  }

  asio::io_context io_{1};
  tcp::socket socket_{io_};
  std::array<std::uint8_t, 4096> buffer_{};
  std::size_t count_ = 0;
};

class SocketChannel final : public remote::LineChannel {
 public:
  // One deadline for all of it, however slowly a grid feeds its octets.
  [[nodiscard]] Status open(const LineClientOptions& options, Nanoseconds patience) {
    const Deadline deadline(patience);
    COSE_CHECK(socket_.connect(options.endpoint, deadline.left()));
    if (options.opening == LineClientOptions::Opening::kTls) return start_tls(options, deadline);
    if (options.opening == LineClientOptions::Opening::kSilent) return {};
    std::string line;
    COSE_CHECK(read_line(line, deadline));
    COSE_CHECK(check_greeting(line));
    const bool keeping = options.keeping == remote::Keeping::kOn;
    if (options.secure == grid::SecureMode::kOff && !keeping) return {};
    COSE_CHECK(ask("HELLO " + options.client_name + (keeping ? " KEEP" : ""), line, deadline));
    return negotiate(options, line, deadline);
  }

  [[nodiscard]] Status exchange(std::string_view line, std::string& reply, Nanoseconds timeout) override {
    return ask(line, reply, Deadline(timeout));
  }
  [[nodiscard]] Status next(std::string& reply, Nanoseconds timeout) override {
    return read_line(reply, Deadline(timeout));
  }
  [[nodiscard]] bool offers_keep() const override { return offers_keep_; }

 private:
  [[nodiscard]] Status ask(std::string_view line, std::string& reply, const Deadline& deadline) {
    outgoing_.assign(line);
    outgoing_ += '\n';
    COSE_CHECK(send(deadline));
    return read_line(reply, deadline);
  }

  // A greeting's text means nothing; a number that does not start with 0 is a refusal ("too many connections").
  [[nodiscard]] static Status check_greeting(const std::string& line) {
    const auto greeting = grid::parse_reply(line);
    if (!greeting || greeting->is_success()) return {};
    return fail(grid::error_kind_for(greeting->code), std::string(greeting->data));
  }

  [[nodiscard]] Status negotiate(const LineClientOptions& options, const std::string& answer,
                                 const Deadline& deadline) {
    // An array that knows no HELLO answers with a failure, and is used in clear if that is allowed.
    const auto reply = grid::parse_reply(answer);
    auto words = reply && reply->is_success() ? reply->data : std::string_view();
    const bool secure = words.ends_with(" SECURE");
    if (secure) words.remove_suffix(std::string_view(" SECURE").size());
    offers_keep_ = words.ends_with(" KEEP");
    if (secure && options.secure != grid::SecureMode::kOff) return start_tls(options, deadline);
    if (options.secure == grid::SecureMode::kRequire)
      return fail(ErrorKind::kRefused, options.endpoint.text() + " offers no secure channel, and one is required");
    return {};
  }

  [[nodiscard]] Status start_tls(const LineClientOptions& options, const Deadline& deadline) {
    // What came in clear behind the answer is not from inside the secure channel.
    if (!incoming_.empty()) return fail(ErrorKind::kRefused, "unexpected octets before the secure channel");
    if (!options.tls)
      return fail(ErrorKind::kRefused, "the grid asks for TLS; name its authority with ?ca=FILE or --tls-ca FILE");
    COSE_TRY(tls_, TlsEngine::client(options.tls, options.endpoint.host));
    COSE_CHECK(tls_->feed({}));
    for (;;) {
      outgoing_.clear();
      COSE_CHECK(flush_tls(deadline));
      if (tls_->is_established()) return {};
      COSE_TRY(const auto records, socket_.read(deadline.left()));
      if (const auto fed = tls_->feed(records); !fed) {
        outgoing_.clear();
        static_cast<void>(flush_tls(deadline));  // the alert; the error that counts is the first
        return fed;
      }
    }
  }

  [[nodiscard]] Status flush_tls(const Deadline& deadline) {
    tls_->output(outgoing_);
    if (outgoing_.empty()) return {};
    return socket_.write(as_bytes(outgoing_), deadline.left());
  }

  [[nodiscard]] Status send(const Deadline& deadline) {
    if (!tls_) return socket_.write(as_bytes(outgoing_), deadline.left());
    COSE_CHECK(tls_->write(as_bytes(outgoing_)));
    outgoing_.clear();
    return flush_tls(deadline);
  }

  [[nodiscard]] Status read_line(std::string& line, const Deadline& deadline) {
    for (;;) {
      if (const auto end = incoming_.find('\n'); end != std::string::npos) {
        line.assign(incoming_, 0, end);
        if (line.ends_with('\r')) line.pop_back();
        incoming_.erase(0, end + 1);
        return {};
      }
      if (incoming_.size() > kMaximumReply) return fail(ErrorKind::kLimit, "a reply line without end");
      COSE_CHECK(receive(deadline));
    }
  }

  [[nodiscard]] Status receive(const Deadline& deadline) {
    COSE_TRY(const auto octets, socket_.read(deadline.left()));
    if (!tls_) {
      incoming_ += as_text(octets);
      return {};
    }
    COSE_CHECK(tls_->feed(octets));
    Bytes plain;
    const auto status = tls_->read(plain);
    incoming_ += as_text(plain);
    // A refusal and the end of the channel may come in one go: the line counts, the end shows the next time.
    const bool has_line = incoming_.find('\n') != std::string::npos;
    if (!status && status.error().kind == ErrorKind::kClosed && has_line) return {};
    return status;
  }

  TimedSocket socket_;
  std::unique_ptr<TlsEngine> tls_;
  std::string incoming_;
  std::string outgoing_;
  bool offers_keep_ = false;
};

}  // namespace

Result<std::unique_ptr<remote::LineChannel>> LineClient::connect(Nanoseconds patience) {
  try {
    auto channel = std::make_unique<SocketChannel>();
    if (const auto opened = channel->open(options_, patience); !opened)
      return std::unexpected(opened.error().within(options_.endpoint.text()));
    return channel;
  } catch (const boost::system::system_error& error) {
    // Asio's constructors throw when descriptors have run out.
    return fail(ErrorKind::kLimit, options_.endpoint.text() + ": " + error.what());
  }
}

void LineClient::pause(Nanoseconds time) {
  std::this_thread::sleep_for(time);
}

}  // namespace cose::net
