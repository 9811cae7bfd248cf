// SPDX-License-Identifier: Apache-2.0
#include "bench/line_load.h"

#include <string>

#include <gtest/gtest.h>

#include "bench/testing/echo_thread.h"

namespace cose::bench {
namespace {

using testing::EchoThread;

constexpr unsigned kConnections = 4;

LineLoad load_on(const EchoThread& server) {
  auto load = LineLoad::make().value();
  for (unsigned number = 0; number < kConnections; ++number) {
    const auto line = "apdu " + std::to_string(101 + number) + " 00CA0000\n";
    EXPECT_TRUE(load.add(server.connect(), {line, line}));
  }
  return load;
}

TEST(LineLoad, MakesAsManyRoundTripsAsPlanned) {
  const EchoThread server;
  auto load = load_on(server);
  for (const std::uint64_t count : {1U, 3U, 4U, 1001U}) {
    const auto figures = load.run({.round_trips = count});
    ASSERT_TRUE(figures) << figures.error().message;
    EXPECT_EQ(figures->latencies.count(), count);
    EXPECT_GT(figures->elapsed, Nanoseconds::zero());
    EXPECT_GT(figures->latencies.percentile(0.5), Nanoseconds::zero());
  }
}

TEST(LineLoad, LeavesTheWarmUpOut) {
  const EchoThread server;
  const auto figures = load_on(server).run({.round_trips = 100, .warm_up = std::chrono::hours(1)});
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->latencies.count(), 0U);
  EXPECT_EQ(figures->rate(), 0);
}

TEST(LineLoad, EndsInTime) {
  const EchoThread server;
  const auto figures = load_on(server).run({.duration = std::chrono::milliseconds(20)});
  ASSERT_TRUE(figures) << figures.error().message;
  EXPECT_EQ(figures->elapsed, std::chrono::milliseconds(20));
}

TEST(LineLoad, QuotesAReplyThatIsNotTheExpectedOne) {
  const EchoThread server;
  auto load = LineLoad::make().value();
  ASSERT_TRUE(load.add(server.connect(), {"402 no card\n", "000 9000\n"}));
  const auto figures = load.run({.round_trips = 1});
  ASSERT_FALSE(figures);
  EXPECT_EQ(figures.error().message, "to \"402 no card\" expected the reply \"000 9000\", found \"402 no card\"");
}

TEST(LineLoad, TellsWhenTheServerIsGone) {
  auto load = LineLoad::make().value();
  {
    const EchoThread server;
    ASSERT_TRUE(load.add(server.connect(), {"a\n", "a\n"}));
    ASSERT_TRUE(load.run({.round_trips = 1}));
  }
  const auto figures = load.run({.round_trips = 1});
  ASSERT_FALSE(figures);
  EXPECT_TRUE(figures.error().kind == ErrorKind::kClosed || figures.error().kind == ErrorKind::kIo);
}

TEST(LineEchoServer, KeepsTheBeginningOfALineUntilItsEnd) {
  const EchoThread server;
  auto socket = server.connect();
  // The line of another peer comes back only after the server has seen the beginning.
  auto other = server.connect();
  ASSERT_TRUE(socket.send("one "));
  ASSERT_TRUE(other.send("meanwhile\n"));
  EXPECT_EQ(other.read_line(), "meanwhile");
  ASSERT_TRUE(socket.send("line\n"));
  EXPECT_EQ(socket.read_line(), "one line");
}

TEST(LineEchoServer, DropsALineWithoutEnd) {
  const EchoThread server;
  auto socket = server.connect();
  ASSERT_TRUE(socket.send(std::string(5000, 'a')));
  EXPECT_FALSE(socket.read_line());
}

TEST(LineSocket, RefusesWhatNobodyAskedFor) {
  const EchoThread server;
  auto socket = server.connect();
  ASSERT_TRUE(socket.send("one\ntwo\n"));
  const auto line = socket.read_line();
  ASSERT_FALSE(line);
  EXPECT_EQ(line.error().kind, ErrorKind::kInvalid);
}

TEST(LineSocket, SpreadsConnectionsOverLocalAddresses) {
  const EchoThread server;
  const auto address = SocketAddress::resolve(server.endpoint()).value();
  EXPECT_TRUE(address.is_loopback());
  for (const std::size_t connection : {0U, 20'000U, 5'000'000U}) {
    auto socket = LineSocket::connect(address, connection);
    ASSERT_TRUE(socket) << socket.error().message;
    ASSERT_TRUE(socket->send("here\n"));
    EXPECT_EQ(socket->read_line(), "here");
  }
}

}  // namespace
}  // namespace cose::bench
