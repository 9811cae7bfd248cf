// SPDX-License-Identifier: Apache-2.0
#include "bench/server_process.h"

#include <string>
#include <string_view>

#include <gtest/gtest.h>

namespace cose::bench {
namespace {

// A server as the shell has it: says `announcement`, and runs `end` upon SIGTERM.
std::vector<std::string> shell_server(const std::string& announcement, const std::string& end) {
  return {"/bin/sh", "-c", "trap '" + end + "' TERM; " + announcement + "; while :; do sleep 0.01; done"};
}

TEST(ServerProcess, StartsIsFoundAndEnds) {
  auto server = ServerProcess::start(
      shell_server("echo starting; echo 'simarray listening on 127.0.0.1:4711 (416 slots)'", "exit 0"));
  ASSERT_TRUE(server) << server.error().message;
  EXPECT_EQ(server->endpoint(), (net::Endpoint{.host = "127.0.0.1", .port = 4711}));
  EXPECT_GT(server->processor_time().value(), Nanoseconds::zero());
  EXPECT_GT(server->private_memory().value(), 4096U);
  const auto stopped = server->stop();
  EXPECT_TRUE(stopped) << stopped.error().message;
}

TEST(ServerProcess, TellsABadEnd) {
  auto server = ServerProcess::start(shell_server("echo x listening on 127.0.0.1:1", "exit 3"));
  ASSERT_TRUE(server) << server.error().message;
  const auto stopped = server->stop();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "/bin/sh: expected exit code 0, found 3");
}

TEST(ServerProcess, TellsAnEndBySignal) {
  auto server = ServerProcess::start(shell_server("echo x listening on 127.0.0.1:1", "kill -9 $$"));
  ASSERT_TRUE(server) << server.error().message;
  const auto stopped = server->stop();
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().message, "/bin/sh: ended by signal 9");
}

struct BadStart {
  std::vector<std::string> command;
  std::string_view message;
};

TEST(ServerProcess, TellsWhyNothingServes) {
  const BadStart cases[] = {
      {{}, "expected a command that starts a server, found none"},
      {{"./no-such-program"}, "cannot start ./no-such-program: No such file or directory"},
      {{"/bin/sh", "-c", "exit 1"}, "/bin/sh: ended before it said that it listens"},
      {{"/bin/sh", "-c", "echo x listening on nowhere"}, "/bin/sh: expected HOST:PORT, found \"nowhere\""},
      {{"/bin/sh", "-c", "yes words"}, "/bin/sh: expected a line with \"listening on HOST:PORT\", found none"},
  };
  for (const auto& each : cases) {
    const auto server = ServerProcess::start(each.command);
    ASSERT_FALSE(server) << each.message;
    EXPECT_EQ(server.error().message, each.message);
  }
}

}  // namespace
}  // namespace cose::bench
