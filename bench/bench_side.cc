// SPDX-License-Identifier: Apache-2.0
#include "bench/bench_side.h"

#include <optional>
#include <string_view>
#include <utility>

#include "bytes/bytes.h"
#include "bytes/hex.h"

namespace cose::bench {

namespace {

// 00 CA 00 00 Lc 01 02 03 ...: no octet repeats its neighbour, so nothing is coded as a run on the way back.
Bytes echo_command(unsigned payload) {
  Bytes command{0x00, 0xCA, 0x00, 0x00, static_cast<std::uint8_t>(payload)};
  for (unsigned at = 1; at <= payload; ++at) command.push_back(static_cast<std::uint8_t>(at));
  return command;
}

std::string echo_request(grid::SlotNumber slot, unsigned payload) {
  return "apdu " + slot.text() + " " + to_hex(echo_command(payload)) + "\n";
}

std::string echo_reply(unsigned payload) {
  constexpr std::size_t kHeaderAndLc = 5;
  return "000 " + to_hex(ByteView(echo_command(payload)).subspan(kHeaderAndLc)) + "9000\n";
}

Status expect_success(LineSocket& socket, std::string_view to) {
  COSE_TRY(const auto line, socket.read_line());
  if (line.starts_with("000")) return {};
  return fail(ErrorKind::kInvalid, std::string(to) + ": expected a reply 000, found \"" + line + "\"");
}

}  // namespace

Result<BenchSide> BenchSide::start(const std::vector<std::string>& command, LineProtocol protocol) {
  COSE_TRY(auto load, LineLoad::make());
  COSE_TRY(auto process, ServerProcess::start(command));
  COSE_TRY(const auto address, SocketAddress::resolve(process.endpoint()));
  return BenchSide(std::move(load), std::move(process), address, protocol);
}

Result<BenchSide> BenchSide::reach(const net::Endpoint& endpoint, LineProtocol protocol) {
  COSE_TRY(auto load, LineLoad::make());
  COSE_TRY(const auto address, SocketAddress::resolve(endpoint));
  return BenchSide(std::move(load), std::nullopt, address, protocol);
}

Result<LineSocket> BenchSide::connect() {
  COSE_TRY(auto socket, LineSocket::connect(address_, opened_));
  ++opened_;
  if (protocol_ == LineProtocol::kGrid) COSE_CHECK(expect_success(socket, "greeting"));
  return socket;
}

Status BenchSide::use(LineSocket& socket, grid::SlotNumber slot) const {
  if (protocol_ == LineProtocol::kEcho) return {};
  const auto request = "USE " + slot.text();
  COSE_CHECK(socket.send(request + "\n"));
  return expect_success(socket, request);
}

Status BenchSide::open_busy(unsigned connections, unsigned payload) {
  for (std::size_t index = 0; index < connections; ++index) {
    const auto slot = grid::SlotNumber::from_index(index);
    COSE_TRY(auto socket, connect());
    COSE_CHECK(use(socket, slot));
    const auto request = echo_request(slot, payload);
    COSE_CHECK(
        load_.add(std::move(socket), {request, protocol_ == LineProtocol::kEcho ? request : echo_reply(payload)}));
  }
  return {};
}

Status BenchSide::open(std::vector<LineSocket>& sockets, unsigned connections) {
  for (unsigned count = 0; count < connections; ++count) {
    COSE_TRY(auto socket, connect());
    sockets.push_back(std::move(socket));
  }
  return {};
}

Status BenchSide::open_resting(unsigned connections) {
  return open(resting_, connections);
}

Status BenchSide::open_idle(unsigned connections) {
  return open(idle_, connections);
}

Result<Nanoseconds> BenchSide::server_time() const {
  if (!process_) return Nanoseconds::zero();
  return process_->processor_time();
}

Result<std::optional<std::size_t>> BenchSide::memory() const {
  if (!process_) return std::nullopt;
  COSE_TRY(const auto octets, process_->private_memory());
  return octets;
}

Result<BenchRound> BenchSide::measure(std::chrono::milliseconds duration) {
  using Microseconds = std::chrono::duration<double, std::micro>;
  COSE_CHECK(load_.run({.duration = duration / 10}));
  COSE_TRY(const auto before, server_time());
  COSE_TRY(const auto figures, load_.run({.duration = duration}));
  COSE_TRY(const auto after, server_time());
  const auto& latencies = figures.latencies;
  BenchRound round{.rate = figures.rate(),
                   .p50 = Microseconds(latencies.percentile(0.50)).count(),
                   .p99 = Microseconds(latencies.percentile(0.99)).count(),
                   .server_cpu = std::nullopt};
  if (process_ && latencies.count() > 0)
    round.server_cpu = Microseconds(after - before).count() / static_cast<double>(latencies.count());
  return round;
}

Status BenchSide::stop() {
  load_.close();
  resting_.clear();
  idle_.clear();
  if (!process_) return {};
  return process_->stop();
}

}  // namespace cose::bench
