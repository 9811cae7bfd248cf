// SPDX-License-Identifier: Apache-2.0
// A rack with one card behind real sessions of RACS, without sockets, for tests of its clients. One thread.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "bytes/hex.h"
#include "bytes/testing/manual_clock.h"
#include "grid/racs_session.h"
#include "grid/testing/script.h"
#include "remote/line_channel.h"

namespace cose::remote::testing {

// One rack with a card "s" in slot 101.
struct RacsGrid {
  RacsGrid() {
    const auto slot = grid::SlotNumber::from_value(101).value();
    slots.configure(slot);
    EXPECT_TRUE(seids.add("s", slot));
    service.answers["101 up"] = {from_hex("3B80800101").value(), std::nullopt};
    service.answers["101 cold"] = {from_hex("3B80800101").value(), std::nullopt};
    service.answers["101 warm"] = {from_hex("3B80800101").value(), std::nullopt};
    service.answers["101 00A40400"] = {from_hex("6F009000").value(), std::nullopt};
    context.settings.channel = grid::RacsSettings::Channel::kPlain;
  }

  cose::testing::ManualClock clock;
  NullLog log;
  grid::SlotTable slots;
  grid::testing::ScriptedService service;
  grid::SeidTable seids;
  grid::RacsContext context{
      slots, service, seids, clock, log, {}, [](const auto&) { return std::make_unique<grid::OpenAccess>(); }};
  grid::SessionId last = 0;
  int connections = 0;
  int requests = 0;
  bool broken = false;
};

class SessionChannel final : public LineChannel {
 public:
  explicit SessionChannel(RacsGrid& grid) : grid_(grid), session_(grid.context, ++grid.last, "test") {
    session_.start();
  }

  Status exchange(std::string_view line, std::string& reply, Nanoseconds timeout) override {
    ++grid_.requests;
    session_.receive(as_bytes(std::string(line) + "\n"));
    return next(reply, timeout);
  }
  Status next(std::string& reply, Nanoseconds) override {
    auto& output = session_.output();
    const auto end = output.find("\r\n");
    if (grid_.broken || end == std::string::npos) return fail(ErrorKind::kClosed, "broken");
    reply = output.substr(0, end);
    output.erase(0, end + 2);
    return {};
  }

 private:
  RacsGrid& grid_;
  grid::RacsSession session_;
};

class SessionConnector final : public LineConnector {
 public:
  explicit SessionConnector(RacsGrid& grid) : grid_(grid) {}
  Result<std::unique_ptr<LineChannel>> connect(Nanoseconds) override {
    ++grid_.connections;
    if (grid_.broken) return fail(ErrorKind::kClosed, "no listener");
    return std::make_unique<SessionChannel>(grid_);
  }
  void pause(Nanoseconds) override {}
  std::string address() const override { return "rack:7777"; }

 private:
  RacsGrid& grid_;
};

}  // namespace cose::remote::testing
