// SPDX-License-Identifier: Apache-2.0
#include "net/http_session.h"

#include <algorithm>
#include <array>
#include <utility>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "web/limits.h"

namespace cose::net {

namespace http = boost::beast::http;

namespace {

std::string lower(std::string_view name) {
  std::string text(name);
  for (auto& each : text)
    if (each >= 'A' && each <= 'Z') each = static_cast<char>(each - 'A' + 'a');
  return text;
}

web::Request request_of(const http::request<http::string_body>& message) {
  web::Request request{.method = std::string(message.method_string()),
                       .target = std::string(message.target()),
                       .fields = {},
                       .body = message.body()};
  for (const auto& field : message) request.fields.emplace_back(lower(field.name_string()), std::string(field.value()));
  return request;
}

// RFC 9110 §5.6.7: "Sun, 06 Nov 1994 08:49:37 GMT".
std::string date_text(Nanoseconds since_1970) {
  using namespace std::chrono;
  constexpr std::array kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds moment(duration_cast<seconds>(since_1970));
  const auto day = floor<days>(moment);
  const year_month_day date(day);
  const hh_mm_ss time(moment - day);
  const auto two = [](auto number) {
    const auto text = std::to_string(number);
    return text.size() == 1 ? "0" + text : text;
  };
  return std::string(kDays[weekday(day).c_encoding()]) + ", " + two(static_cast<unsigned>(date.day())) + " " +
         kMonths[static_cast<unsigned>(date.month()) - 1] + " " + std::to_string(static_cast<int>(date.year())) + " " +
         two(time.hours().count()) + ":" + two(time.minutes().count()) + ":" + two(time.seconds().count()) + " GMT";
}

void append_field(std::string& to, std::string_view name, std::string_view value) {
  to.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

struct HttpSession::Parser : http::request_parser<http::string_body> {
  Parser() {
    header_limit(web::kMaximumHeader);
    body_limit(web::kMaximumBody);
    eager(true);
  }
  bool continued = false;  // 100 was said
};

HttpSession::HttpSession(web::Front& front, web::Caller caller, std::function<void()> flush)
    : front_(front), caller_(std::move(caller)), flush_(std::move(flush)), since_(front.now()) {}

HttpSession::~HttpSession() = default;

void HttpSession::start() {
  started_ = true;
  if (front_.context().settings.channel == web::FrontSettings::Channel::kPlain) secured({});
}

void HttpSession::secured(const std::vector<grid::Identity>& peer) {
  caller_.identities = peer;
  caller_.proven = !peer.empty();
  since_ = front_.now();
  desk_ = std::make_unique<web::Desk>(front_, caller_, [this] {
    if (!inside_) flush_();
  });
}

Bytes HttpSession::take_tls_octets() {
  return to_bytes(as_bytes(std::exchange(input_, {})));
}

bool HttpSession::wants_input() const {
  if (!desk_ || stage_ == Stage::kWorking || stage_ == Stage::kClosing) return false;
  if (stage_ == Stage::kEvents) return true;
  const bool room = output_.size() < grid::kOutputHighWater;
  return room && (stage_ != Stage::kSocket || desk_->socket()->wants_input());
}

bool HttpSession::wants_close() const {
  return stage_ == Stage::kClosing && !(desk_ && desk_->is_busy());
}

void HttpSession::receive(ByteView octets) {
  if (stage_ == Stage::kSocket) {
    since_ = front_.now();
    inside_ = true;
    desk_->socket()->receive(octets);
    move_stream();
    inside_ = false;
    return;
  }
  // What comes behind a request for events is nothing that anybody waits for.
  if (stage_ == Stage::kEvents) return;
  input_ += as_text(octets);
  process();
}

void HttpSession::finish(const grid::WorkResult& result) {
  inside_ = true;
  if (desk_) desk_->finish(result);
  inside_ = false;
  process();
}

void HttpSession::sent() {
  if (stage_ == Stage::kIdle) since_ = front_.now();
  process();
}

void HttpSession::process() {
  const bool outside = !std::exchange(inside_, true);
  collect();
  while (wants_input() && stage_ != Stage::kEvents && stage_ != Stage::kSocket && !input_.empty())
    if (!parse()) break;
  move_stream();
  if (outside) inside_ = false;
  if (input_.empty()) std::string().swap(input_);
}

bool HttpSession::parse() {
  if (!parser_) {
    parser_ = std::make_unique<Parser>();
    stage_ = Stage::kHeader;
    since_ = front_.now();
  }
  boost::system::error_code error;
  const auto taken = parser_->put(boost::asio::buffer(input_), error);
  input_.erase(0, taken);
  if (error == http::error::need_more) error = {};
  if (error) {
    const bool header = error == http::error::header_limit;
    const bool body = error == http::error::body_limit;
    refuse(header ? 431 : body ? 413 : 400, error.message());
    return false;
  }
  if (parser_->is_header_done() && stage_ == Stage::kHeader) {
    // RFC 9112 §6.3: a server may want a length. Beast 1.81 reads the end of a chunk list past what it was given.
    if (parser_->chunked()) {
      refuse(411, "expected Content-Length; content in chunks is not taken");
      return false;
    }
    stage_ = Stage::kBody;
    // RFC 9110 §10.1.1.
    if (!parser_->is_done() && lower(parser_->get()[http::field::expect]) == "100-continue")
      output_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
  if (!parser_->is_done()) return taken > 0;
  dispatch();
  return true;
}

// What breaks HTTP ends the connection: where the next request begins is anybody's guess.
void HttpSession::refuse(unsigned status, std::string_view detail) {
  keep_alive_ = false;
  head_ = false;
  parser_.reset();
  input_.clear();
  const auto response = web::respond(web::Problem{status, status == 400 ? "invalid" : "limit", std::string(detail)});
  front_.count(response, front_.now() - since_);
  write(response);
}

void HttpSession::dispatch() {
  // RFC 9112 §3.2.
  if (parser_->get().count(http::field::host) > 1 ||
      (parser_->get().version() > 10 && parser_->get().count(http::field::host) == 0))
    return refuse(400, "expected one Host");
  const auto message = std::exchange(parser_, nullptr);
  keep_alive_ = message->get().keep_alive() && !draining_;
  auto request = request_of(message->get());
  // RFC 9110 §9.3.2: as GET, without the content.
  head_ = request.method == "HEAD";
  stage_ = Stage::kWorking;
  desk_->handle(request);
  collect();
}

void HttpSession::collect() {
  if (stage_ != Stage::kWorking) return;
  const auto response = desk_->take_response();
  if (response) write(*response);
}

void HttpSession::write(const web::Response& response) {
  using Then = web::Response::Then;
  output_.append("HTTP/1.1 ").append(std::to_string(response.status)).append(" ");
  output_.append(web::reason_of(response.status)).append("\r\n");
  append_field(output_, "Date", date_text(front_.context().clock.wall()));
  append_field(output_, "Cache-Control", "no-store");
  append_field(output_, "X-Content-Type-Options", "nosniff");
  if (!response.type.empty()) append_field(output_, "Content-Type", response.type);
  for (const auto& [name, value] : response.fields) append_field(output_, name, value);
  // The end of a stream of events is the end of the connection.
  const bool close = !keep_alive_ || response.then == Then::kEvents;
  append_field(output_, "Connection", response.then == Then::kSocket ? "Upgrade" : close ? "close" : "keep-alive");
  // RFC 9110 §8.6: no length where there is no content.
  if (response.then == Then::kNextRequest && response.status != 204)
    append_field(output_, "Content-Length", std::to_string(response.body.size()));
  output_ += "\r\n";
  if (!head_) output_ += response.body;
  since_ = front_.now();
  if (response.then == Then::kEvents)
    stage_ = Stage::kEvents;
  else if (response.then == Then::kSocket)
    stage_ = Stage::kSocket;
  else
    stage_ = keep_alive_ ? Stage::kIdle : Stage::kClosing;
}

// What the stream has to say goes out when what was said before has: so nothing piles up for a slow reader.
void HttpSession::move_stream() {
  const auto before = output_.size();
  if (stage_ == Stage::kEvents && output_.empty() && desk_->follower() != nullptr) {
    desk_->follower()->pull(output_, grid::kOutputHighWater, front_.now());
  } else if (stage_ == Stage::kSocket && before < grid::kOutputHighWater) {
    auto& socket = *desk_->socket();
    if (!input_.empty()) socket.receive(as_bytes(std::exchange(input_, {})));
    output_ += std::exchange(socket.output(), {});
    if (output_.empty()) socket.sent();
    output_ += std::exchange(socket.output(), {});
    if (socket.is_closed()) stage_ = Stage::kClosing;
  }
  if (output_.size() != before) since_ = front_.now();
}

void HttpSession::drain() {
  draining_ = true;
  keep_alive_ = false;
  if (stage_ == Stage::kSocket) {
    inside_ = true;
    desk_->socket()->close(web::CloseCode::kGoingAway);
    move_stream();
    inside_ = false;
  } else if (stage_ != Stage::kWorking) {
    stage_ = Stage::kClosing;
  }
}

Nanoseconds HttpSession::patience() const {
  if (!desk_ || stage_ == Stage::kHeader) return web::kHeaderPatience;
  if (stage_ == Stage::kBody) return web::kBodyPatience;
  return desk_->holds_cards() ? web::kSessionIdle : web::kConnectionIdle;
}

bool HttpSession::expired(Nanoseconds now) const {
  if (stage_ == Stage::kClosing || (desk_ && desk_->is_busy())) return false;
  // A follower has only to take what is sent to it.
  if (stage_ == Stage::kEvents && output_.empty()) return false;
  return now - since_ > patience();
}

void HttpSession::expire() {
  if (stage_ == Stage::kHeader || stage_ == Stage::kBody) return refuse(408, "the request did not come in time");
  if (stage_ == Stage::kSocket) {
    desk_->socket()->close(web::CloseCode::kGoingAway);
    move_stream();
  }
  stage_ = Stage::kClosing;
}

}  // namespace cose::net
