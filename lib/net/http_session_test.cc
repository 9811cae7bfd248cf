// SPDX-License-Identifier: Apache-2.0
// HTTP/1.1 on one connection, octet by octet and without sockets. What requests get is tested in lib/web.
#include "net/http_session.h"

#include <gtest/gtest.h>

#include "bytes/testing/manual_clock.h"
#include "bytes/testing/seeded_rng.h"
#include "grid/testing/script.h"
#include "web/limits.h"

namespace cose::net {
namespace {

class HttpSessionTest : public ::testing::Test {
 protected:
  HttpSessionTest() {
    const auto slot = grid::SlotNumber::from_value(101).value();
    EXPECT_TRUE(seids_.add("c", slot));
    slots_.configure(slot);
    slots_.set_presence(slot, iso7816::Presence::kPresent);
    service_.answers["101 up"] = grid::testing::parse_answer("3B80800101");
    service_.answers["101 00A40000"] = grid::testing::parse_answer("9000");
    settings_.channel = web::FrontSettings::Channel::kPlain;
    front_ = std::make_unique<web::Front>(
        web::FrontContext{.slots = slots_,
                          .service = service_,
                          .seids = seids_,
                          .clock = clock_,
                          .log = log_,
                          .rng = rng_,
                          .settings = settings_,
                          .access = [](const auto&) { return std::make_unique<grid::OpenAccess>(); },
                          .next_owner = [this] { return ++last_id_; }});
    session_ = connect();
  }

  std::unique_ptr<HttpSession> connect() {
    web::Caller caller{.connection = ++last_id_, .peer = "test", .loopback = true, .identities = {}};
    auto session = std::make_unique<HttpSession>(*front_, caller, [this] { ++woken_; });
    session->start();
    return session;
  }

  // What comes back at once, as a driver sends it.
  std::string send(std::string_view octets) {
    session_->receive(as_bytes(octets));
    return take();
  }
  std::string take() {
    std::string all;
    while (!session_->output().empty()) {
      all += std::exchange(session_->output(), {});
      session_->sent();
    }
    return all;
  }

  cose::testing::ManualClock clock_;
  cose::testing::SeededRng rng_{1};
  NullLog log_;
  grid::SlotTable slots_;
  grid::testing::ScriptedService service_;
  grid::SeidTable seids_;
  web::FrontSettings settings_;
  grid::SessionId last_id_ = 0;
  int woken_ = 0;
  std::unique_ptr<web::Front> front_;
  std::unique_ptr<HttpSession> session_;
};

constexpr std::string_view kHealth = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

TEST_F(HttpSessionTest, AnswersWithDateLengthAndType) {
  EXPECT_EQ(send(kHealth),
            "HTTP/1.1 200 OK\r\nDate: Thu, 01 Jan 1970 00:00:00 GMT\r\nCache-Control: no-store\r\n"
            "X-Content-Type-Options: nosniff\r\nContent-Type: application/json\r\nConnection: keep-alive\r\n"
            "Content-Length: 29\r\n\r\n{\"status\":\"ok\",\"grid\":\"CoSE\"}");
  EXPECT_FALSE(session_->wants_close());
}

TEST_F(HttpSessionTest, TakesOctetsOneByOne) {
  std::string answer;
  for (const char octet : kHealth) answer += send(std::string_view(&octet, 1));
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
}

TEST_F(HttpSessionTest, AnswersRequestsThatComeTogetherInOrder) {
  const auto answer =
      send(std::string(kHealth) + "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(kHealth));
  const auto first = answer.find("HTTP/1.1 200");
  const auto second = answer.find("HTTP/1.1 404");
  EXPECT_EQ(first, 0U);
  EXPECT_NE(second, std::string::npos);
  EXPECT_NE(answer.find("HTTP/1.1 200", second), std::string::npos);
}

TEST_F(HttpSessionTest, ClosesWhenAskedTo) {
  const auto answer = send("GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_NE(answer.find("Connection: close\r\n"), std::string::npos);
  EXPECT_TRUE(session_->wants_close());
  session_ = connect();
  EXPECT_NE(send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n").find("200 OK"), std::string::npos);
  EXPECT_TRUE(session_->wants_close());
}

TEST_F(HttpSessionTest, AnswersHeadWithoutContent) {
  const auto answer = send("HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(answer.find("Content-Length: 29\r\n"), std::string::npos);
  EXPECT_TRUE(answer.ends_with("\r\n\r\n"));
}

TEST_F(HttpSessionTest, TakesBodiesAfterAPromise) {
  EXPECT_EQ(
      send("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 12\r\n\r\n"),
      "HTTP/1.1 100 Continue\r\n\r\n");
  EXPECT_NE(send("{\"seid\":\"c\"}").find("201 Created"), std::string::npos);
}

TEST_F(HttpSessionTest, RefusesWhatIsNoHttpAndHangsUp) {
  for (const auto* bad :
       {"BEGIN\r\nLIST\r\nEND\r\n", "GET / HTTP/3.7\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xFC\x03\x03 \r\n\r\n",
        "GET / HTTP/1.1\r\nHost localhost\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: x\r\n\r\n"}) {
    session_ = connect();
    EXPECT_TRUE(send(bad).starts_with("HTTP/1.1 400 Bad Request\r\n")) << bad;
    EXPECT_TRUE(session_->wants_close()) << bad;
    EXPECT_FALSE(session_->wants_input()) << bad;
  }
}

TEST_F(HttpSessionTest, BoundsHeadersAndBodies) {
  const std::string field = "X: " + std::string(1000, 'x') + "\r\n";
  std::string header = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n";
  while (header.size() + field.size() + 2 < web::kMaximumHeader) header += field;
  EXPECT_TRUE(send(header + "\r\n").starts_with("HTTP/1.1 200"));
  EXPECT_TRUE(send(header + field + field).starts_with("HTTP/1.1 431"));
  session_ = connect();
  const auto post = [](std::size_t size) {
    return "POST /RACS HTTP/1.1\r\nHost: localhost\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n";
  };
  EXPECT_TRUE(send(post(web::kMaximumBody + 1)).starts_with("HTTP/1.1 413"));
  session_ = connect();
  EXPECT_EQ(send(post(web::kMaximumBody)), "");
  EXPECT_TRUE(send(std::string(web::kMaximumBody, 'x')).starts_with("HTTP/1.1 415"));
  // A body whose length nobody said.
  session_ = connect();
  EXPECT_TRUE(send("POST /RACS HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n0,\r\nBEGIN\r\n")
                  .starts_with("HTTP/1.1 411 Length Required"));
  EXPECT_TRUE(session_->wants_close());
}

// Slowloris: whatever trickles in, a header has ten seconds and a request thirty.
TEST_F(HttpSessionTest, BoundsTheTimeOfARequest) {
  EXPECT_EQ(send("GET /healthz HTTP/1.1\r\n"), "");
  for (int second = 0; second < 10; ++second) {
    EXPECT_FALSE(session_->expired(clock_.monotonic()));
    clock_.advance(std::chrono::seconds(1));
    EXPECT_EQ(send("X: y\r\n"), "");
  }
  clock_.advance(Nanoseconds(1));
  ASSERT_TRUE(session_->expired(clock_.monotonic()));
  session_->expire();
  EXPECT_TRUE(take().starts_with("HTTP/1.1 408"));
  EXPECT_TRUE(session_->wants_close());
  session_ = connect();
  EXPECT_EQ(send("POST /RACS HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nx"), "");
  clock_.advance(std::chrono::seconds(30));
  EXPECT_FALSE(session_->expired(clock_.monotonic()));
  clock_.advance(Nanoseconds(1));
  EXPECT_TRUE(session_->expired(clock_.monotonic()));
}

TEST_F(HttpSessionTest, EndsAnIdleConnection) {
  static_cast<void>(send(kHealth));
  clock_.advance(web::kConnectionIdle);
  EXPECT_FALSE(session_->expired(clock_.monotonic()));
  clock_.advance(Nanoseconds(1));
  EXPECT_TRUE(session_->expired(clock_.monotonic()));
  session_->expire();
  EXPECT_TRUE(session_->wants_close());
}

TEST_F(HttpSessionTest, WaitsForACardAndReadsNothingMeanwhile) {
  service_.deferred["101"] = true;
  EXPECT_EQ(send("POST /api/v1/sessions HTTP/1.1\r\nHost: localhost\r\nContent-Length: 12\r\n\r\n{\"seid\":\"c\"}" +
                 std::string(kHealth)),
            "");
  EXPECT_FALSE(session_->wants_input());
  clock_.advance(std::chrono::hours(1));
  EXPECT_FALSE(session_->expired(clock_.monotonic()));
  ASSERT_EQ(service_.waiting.size(), 1U);
  const auto owner = service_.waiting.begin()->first;
  EXPECT_TRUE(front_->finish(owner, service_.result_for("101 up")));
  EXPECT_EQ(woken_, 1);
  session_->wake();
  const auto answer = take();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 201 Created\r\n")) << answer;
  EXPECT_NE(answer.find("HTTP/1.1 200 OK\r\n"), std::string::npos) << answer;
}

TEST_F(HttpSessionTest, BecomesAStreamOfEvents) {
  const auto header = send("GET /api/v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_NE(header.find("Content-Type: text/event-stream\r\n"), std::string::npos);
  EXPECT_EQ(header.find("Content-Length"), std::string::npos);
  front_->slot_changed(grid::SlotNumber::from_value(101).value(), grid::SlotChange::kRemoved);
  EXPECT_EQ(woken_, 1);
  session_->wake();
  EXPECT_EQ(take(), "id: 1\nevent: card.removed\ndata: {\"slot\":101,\"seids\":[\"c\"]}\n\n");
  // A reader that takes nothing costs no more than one buffer, and is given up.
  for (int at = 0; at < 5000; ++at) {
    front_->slot_changed(grid::SlotNumber::from_value(101).value(), grid::SlotChange::kInserted);
    session_->wake();
  }
  EXPECT_LT(session_->output().size(), 2 * grid::kOutputHighWater);
  clock_.advance(web::kConnectionIdle + Nanoseconds(1));
  EXPECT_TRUE(session_->expired(clock_.monotonic()));
}

TEST_F(HttpSessionTest, BecomesAWebSocket) {
  const auto header = send(
      "GET /api/v1/cards/c/socket HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
  EXPECT_TRUE(header.starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << header;
  EXPECT_NE(header.find("Connection: Upgrade\r\n"), std::string::npos);
  EXPECT_NE(header.find("\r\n\r\n\x81"), std::string::npos) << header;
  EXPECT_EQ(send(std::string("\x82\x84\0\0\0\0\x00\xA4\x00\x00", 10)), "\x82\x02\x90" + std::string(1, '\0'));
  session_->drain();
  EXPECT_EQ(take(), "\x88\x02\x03\xE9");
  EXPECT_TRUE(session_->wants_close());
}

TEST_F(HttpSessionTest, DrainsAfterTheRequestThatRuns) {
  service_.deferred["101"] = true;
  EXPECT_EQ(send("GET /RACS?BEGIN=&POWERON=c&END= HTTP/1.1\r\nHost: localhost\r\n\r\n"), "");
  session_->drain();
  EXPECT_FALSE(session_->wants_close());
  session_->finish(service_.result_for("101 up"));
  const auto answer = take();
  EXPECT_NE(answer.find("+008"), std::string::npos);
  EXPECT_TRUE(session_->wants_close());
  session_ = connect();
  session_->drain();
  EXPECT_TRUE(session_->wants_close());
}

}  // namespace
}  // namespace cose::net
