// SPDX-License-Identifier: Apache-2.0
#include "net/detail/slot_runner.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>

#include "net/detail/card_seat.h"

namespace cose::net {

namespace {

using grid::SessionId;
using grid::SlotWork;

// The result outlives the seat's next work on its way to the rack's thread.
Result<Bytes> own(const grid::WorkResult& result) {
  if (!result) return std::unexpected(result.error());
  return to_bytes(*result);
}

class DirectRunner final : public SlotRunner {
 public:
  explicit DirectRunner(std::shared_ptr<iso7816::CardSource> source) : seat_(std::move(source)) {}

  std::optional<grid::WorkResult> start(const SlotWork& work, SessionId) override { return seat_.execute(work); }
  void release(SessionId) override { static_cast<void>(seat_.execute({.command = {}})); }
  void power_down() override { static_cast<void>(seat_.execute({.command = {}})); }
  bool wait_until_idle(std::chrono::steady_clock::time_point) override { return true; }

 private:
  CardSeat seat_;
};

class WorkerRunner final : public SlotRunner {
 public:
  WorkerRunner(std::shared_ptr<iso7816::CardSource> source, Report report)
      : seat_(std::move(source)), report_(std::move(report)) {}

  ~WorkerRunner() override {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
    }
    changed_.notify_all();
    if (worker_.joinable()) worker_.join();
  }

  std::optional<grid::WorkResult> start(const SlotWork& work, SessionId session) override {
    if (const auto started = start_worker(); !started) return std::unexpected(started.error());
    add({work.kind, work.reset, to_bytes(work.command), to_bytes(work.request), session});
    return std::nullopt;
  }

  void release(SessionId session) override {
    if (!worker_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      std::erase_if(jobs_, [session](const Job& job) { return job.session == session; });
    }
    power_down();
  }

  void power_down() override {
    if (!worker_.joinable()) return;
    {
      const std::lock_guard lock(mutex_);
      // One is enough for any number of owners that came and went.
      if (!jobs_.empty() && jobs_.back().kind == SlotWork::Kind::kPowerDown) return;
    }
    add({SlotWork::Kind::kPowerDown, iso7816::ResetKind::kCold, {}, {}, kNobody});
  }

  bool wait_until_idle(std::chrono::steady_clock::time_point deadline) override {
    std::unique_lock lock(mutex_);
    return changed_.wait_until(lock, deadline, [this] { return jobs_.empty() && !running_; });
  }

 private:
  static constexpr SessionId kNobody = 0;

  struct Job {
    SlotWork::Kind kind;
    iso7816::ResetKind reset;
    Bytes command;
    Bytes request;
    SessionId session;
  };

  void add(Job job) {
    {
      const std::lock_guard lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    changed_.notify_all();
  }

  Status start_worker() {
    if (worker_.joinable()) return {};
    try {
      worker_ = std::thread([this] { work(); });
    } catch (const std::system_error& error) {
      return fail(ErrorKind::kLimit, std::string("no thread for this slot: ") + error.what());
    }
    return {};
  }

  void work() {
    while (auto job = next()) {
      auto result = execute(*job);
      if (job->session != kNobody) report_(job->session, std::move(result));
    }
  }

  // Out of memory, or a library that throws: the command fails, not the server.
  Result<Bytes> execute(const Job& job) {
    try {
      return own(seat_.execute({.kind = job.kind, .reset = job.reset, .command = job.command, .request = job.request}));
    } catch (const std::exception& error) {
      return fail(ErrorKind::kInternal, error.what());
    }
  }

  std::optional<Job> next() {
    std::unique_lock lock(mutex_);
    running_ = false;
    changed_.notify_all();
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    if (jobs_.empty()) return std::nullopt;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    running_ = true;
    return job;
  }

  CardSeat seat_;  // the worker's
  Report report_;
  std::mutex mutex_;  // guards what follows but the thread
  std::condition_variable changed_;
  std::deque<Job> jobs_;
  bool running_ = false;
  bool stopping_ = false;
  std::thread worker_;
};

}  // namespace

std::unique_ptr<SlotRunner> SlotRunner::make(std::shared_ptr<iso7816::CardSource> source, Report report) {
  if (source->may_block()) return std::make_unique<WorkerRunner>(std::move(source), std::move(report));
  return std::make_unique<DirectRunner>(std::move(source));
}

}  // namespace cose::net
