// SPDX-License-Identifier: Apache-2.0
#include "bench/line_load.h"

#include <algorithm>
#include <cerrno>
#include <string_view>

#include <sys/epoll.h>
#include <sys/socket.h>

namespace cose::bench {

namespace {

using std::chrono::steady_clock;

constexpr int kEventsAtOnce = 256;
constexpr std::size_t kQuoted = 200;

std::string quoted(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return "\"" + std::string(line.substr(0, kQuoted)) + "\"";
}

}  // namespace

double LoadFigures::rate() const {
  const std::chrono::duration<double> seconds = elapsed;
  return seconds.count() > 0 ? static_cast<double>(latencies.count()) / seconds.count() : 0;
}

Result<LineLoad> LineLoad::make() {
  Descriptor events(::epoll_create1(EPOLL_CLOEXEC));
  if (!events.is_open()) return system_failure("cannot make an epoll set");
  return LineLoad(std::move(events));
}

Status LineLoad::add(LineSocket socket, Exchange exchange) {
  COSE_ASSERT(exchange.reply.size() < kReplyBuffer);
  epoll_event event{.events = EPOLLIN, .data = {.u64 = connections_.size()}};
  if (::epoll_ctl(events_.number(), EPOLL_CTL_ADD, socket.descriptor(), &event) != 0)
    return system_failure("cannot watch a connection");
  connections_.push_back({std::move(socket), std::move(exchange), {}, 0, {}});
  return {};
}

Result<LoadFigures> LineLoad::run(const LoadPlan& plan) {
  const auto begin = steady_clock::now();
  Run run{.measured_from = begin + plan.warm_up,
          .until = begin + plan.warm_up + plan.duration,
          .not_sent_yet = plan.round_trips,
          .figures = {}};
  for (auto& connection : connections_) COSE_CHECK(send(connection, run, steady_clock::now()));
  while (run.under_way > 0) COSE_CHECK(serve_ready(run));
  // Replies after the end are awaited, so that the next run begins with quiet connections, but not counted.
  const auto end = std::clamp(steady_clock::now(), run.measured_from, run.until);
  run.figures.elapsed = end - run.measured_from;
  return run.figures;
}

Status LineLoad::serve_ready(Run& run) {
  constexpr auto kTimeout = std::chrono::duration_cast<std::chrono::milliseconds>(kReplyTimeout).count();
  std::array<epoll_event, kEventsAtOnce> ready;
  const int count = ::epoll_wait(events_.number(), ready.data(), kEventsAtOnce, static_cast<int>(kTimeout));
  if (count == 0)
    return fail(ErrorKind::kTimeout, "no reply in time, " + std::to_string(run.under_way) + " lines are under way");
  if (count < 0 && errno != EINTR) return system_failure("cannot wait for replies");
  for (int at = 0; at < count; ++at)
    COSE_CHECK(on_readable(connections_[ready[static_cast<std::size_t>(at)].data.u64], run));
  return {};
}

Status LineLoad::send(Connection& connection, Run& run, Instant now) {
  if (run.not_sent_yet == 0 || now >= run.until) return {};
  --run.not_sent_yet;
  ++run.under_way;
  connection.sent_at = now;
  return connection.socket.send(connection.exchange.request);
}

Status LineLoad::on_readable(Connection& connection, Run& run) {
  const auto space = connection.buffer.size() - connection.received;
  const auto count =
      ::recv(connection.socket.descriptor(), connection.buffer.data() + connection.received, space, MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return {};
  if (count < 0) return system_failure("cannot read a reply");
  if (count == 0) return fail(ErrorKind::kClosed, "the server closed a connection under load");
  connection.received += static_cast<std::size_t>(count);
  if (connection.buffer[connection.received - 1] != '\n' && connection.received < connection.buffer.size()) return {};
  COSE_CHECK(check_reply(connection));
  connection.received = 0;
  --run.under_way;
  const auto now = steady_clock::now();
  if (now >= run.measured_from && now < run.until) run.figures.latencies.record(now - connection.sent_at);
  return send(connection, run, now);
}

Status LineLoad::check_reply(const Connection& connection) {
  const std::string_view found(connection.buffer.data(), connection.received);
  if (found == connection.exchange.reply) return {};
  return fail(ErrorKind::kInvalid, "to " + quoted(connection.exchange.request) + " expected the reply " +
                                       quoted(connection.exchange.reply) + ", found " + quoted(found));
}

}  // namespace cose::bench
