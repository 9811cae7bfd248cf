// SPDX-License-Identifier: Apache-2.0
// The line service with the line client.
#include "net/line_server.h"

#include <thread>

#include <gtest/gtest.h>

#include "net/line_client.h"

namespace cose::net {
namespace {

std::unique_ptr<remote::LineChannel> connect_to(const LineServer& server) {
  LineClientOptions options;
  options.endpoint = server.endpoint();
  options.opening = LineClientOptions::Opening::kSilent;
  options.secure = grid::SecureMode::kOff;
  auto channel = LineClient(std::move(options)).connect(std::chrono::seconds(10));
  EXPECT_TRUE(channel.has_value()) << channel.error().message;
  return *std::move(channel);
}

TEST(LineServer, AnswersEachLineOfEachConnection) {
  const auto server = LineServer::listen({.host = "127.0.0.1", .port = 0},
                                         [](std::string_view line) { return "<" + std::string(line) + ">"; });
  ASSERT_TRUE(server.has_value()) << server.error().message;
  std::thread thread([&] { (*server)->serve(); });
  {
    const auto one = connect_to(**server), other = connect_to(**server);
    std::string reply;
    for (const auto* line : {"a", "", "b c"}) {
      ASSERT_TRUE(one->exchange(line, reply, std::chrono::seconds(10)).has_value());
      EXPECT_EQ(reply, "<" + std::string(line) + ">");
      ASSERT_TRUE(other->exchange(line, reply, std::chrono::seconds(10)).has_value());
      EXPECT_EQ(reply, "<" + std::string(line) + ">");
    }
    const std::string endless(LineServer::kMaximumLine + 2, 'x');
    EXPECT_FALSE(one->exchange(endless, reply, std::chrono::seconds(10)).has_value());
    EXPECT_TRUE(other->exchange("still there", reply, std::chrono::seconds(10)).has_value());
  }
  (*server)->stop();
  thread.join();
}

TEST(LineServer, SaysThatThePlaceIsTaken) {
  const auto first = LineServer::listen({.host = "127.0.0.1", .port = 0}, [](std::string_view) { return ""; });
  ASSERT_TRUE(first.has_value());
  EXPECT_EQ(LineServer::listen((*first)->endpoint(), [](std::string_view) { return ""; }).error().kind, ErrorKind::kIo);
}

}  // namespace
}  // namespace cose::net
