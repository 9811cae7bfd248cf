// SPDX-License-Identifier: Apache-2.0
#include "net/detail/connection.h"

#include <boost/asio/buffer.hpp>

namespace cose::net {

namespace asio = boost::asio;

Connection::Connection(ConnectionHost& host, asio::ip::tcp::socket socket, std::unique_ptr<grid::Session> session,
                       std::shared_ptr<const TlsContext> context)
    : host_(host), socket_(std::move(socket)), session_(std::move(session)), context_(std::move(context)) {}

void Connection::start() {
  boost::system::error_code ignored;
  socket_.non_blocking(true, ignored);
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
  session_->start();
  if (session_->wants_tls()) start_tls();
  settle();
}

bool Connection::wants_input() const {
  const bool in_handshake = tls_ && !tls_->is_established();
  return in_handshake || session_->wants_input();
}

void Connection::read() {
  if (reading_ || closed_ || input_ended_ || !wants_input()) return;
  reading_ = true;
  socket_.async_read_some(asio::buffer(buffer_), [self = shared_from_this()](const auto& error, std::size_t count) {
    self->on_read(error, count);
  });
}

void Connection::on_read(const boost::system::error_code& error, std::size_t count) {
  reading_ = false;
  if (closed_) return;
  if (error == asio::error::eof) {
    // The peer may have closed its side only, and still wait for answers to what it sent.
    input_ended_ = true;
  } else if (error) {
    return close();
  } else {
    on_octets(ByteView(buffer_).first(count));
  }
  settle();
}

void Connection::on_octets(ByteView octets) {
  if (tls_) {
    if (const auto taken = on_records(octets); !taken) fail_tls(taken.error());
    return;
  }
  session_->receive(octets);
  if (session_->wants_tls()) start_tls();
}

void Connection::start_tls() {
  auto engine = TlsEngine::server(context_);
  if (!engine) return close();
  tls_ = *std::move(engine);
  if (const auto octets = session_->take_tls_octets(); !octets.empty()) on_octets(octets);
}

Status Connection::on_records(ByteView records) {
  const bool was_established = tls_->is_established();
  COSE_CHECK(tls_->feed(records));
  if (!tls_->is_established()) return {};
  if (!was_established) session_->secured(tls_->identities());
  Bytes plain;
  const auto status = tls_->read(plain);
  if (!plain.empty()) session_->receive(plain);
  return status;
}

void Connection::fail_tls(const Error& error) {
  if (error.kind == ErrorKind::kClosed) {
    input_ended_ = true;
    return;
  }
  host_.log().write(LogLevel::kWarning, "session.tls_failed",
                    {{"session", std::to_string(session_->id())}, {"detail", error.message}});
  static_cast<void>(flush());  // the alert
  close();
}

void Connection::finish(const grid::WorkResult& result) {
  session_->finish(result);
  settle();
}

void Connection::drain() {
  session_->drain();
  settle();
}

void Connection::settle() {
  if (closed_ || !flush()) return;
  const bool all_answered = session_->wants_input();
  if (session_->wants_close() || (input_ended_ && all_answered)) return close();
  // A peer that ended its side in a handshake has nothing more to say.
  if (input_ended_ && tls_ && !tls_->is_established()) return close();
  read();
}

std::string& Connection::unsent() {
  if (!tls_) return session_->output();
  // A reply is encrypted when the records before it are out, so that only one of both ever piles up.
  if (records_.empty()) {
    if (!session_->output().empty()) {
      if (!tls_->write(as_bytes(session_->output()))) close();
      session_->output().clear();
    }
    tls_->output(records_);
  }
  return records_;
}

bool Connection::flush() {
  while (!closed_) {
    auto& waiting = unsent();
    if (waiting.empty()) return true;
    boost::system::error_code error;
    sent_ += socket_.write_some(asio::buffer(waiting.data() + sent_, waiting.size() - sent_), error);
    if (error == asio::error::would_block || error == asio::error::try_again) {
      wait_writable();
      return false;
    }
    if (error) {
      close();
      return false;
    }
    if (sent_ < waiting.size()) continue;
    waiting.clear();
    sent_ = 0;
    session_->sent();
  }
  return false;
}

void Connection::wait_writable() {
  if (writing_) return;
  writing_ = true;
  socket_.async_wait(asio::ip::tcp::socket::wait_write, [self = shared_from_this()](const auto& error) {
    self->writing_ = false;
    if (!error) self->settle();
  });
}

void Connection::check_limits(Nanoseconds now) {
  if (closed_) return;
  if (!session_->wants_close()) {
    if (!session_->expired(now)) return;
    session_->expire();
  } else if (++closing_checks_ < kClosingChecks) {
    // The last answers are still on their way.
    return settle();
  }
  static_cast<void>(flush());
  close();
}

void Connection::close() {
  if (closed_) return;
  closed_ = true;
  if (tls_) {
    // close_notify, so that the peer can tell an end from a cut (RFC 8446 §6.1). Sent if the socket takes it now.
    tls_->close();
    std::string last;
    tls_->output(last);
    boost::system::error_code ignored;
    // Behind records that are not out it would be taken for a forgery.
    if (records_.empty() && !last.empty()) socket_.write_some(asio::buffer(last), ignored);
  }
  boost::system::error_code ignored;
  socket_.close(ignored);
  host_.remove(session_->id());
}

}  // namespace cose::net
