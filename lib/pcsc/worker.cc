// SPDX-License-Identifier: Apache-2.0
#include "pcsc/detail/worker.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <string>
#include <system_error>
#include <utility>

namespace cose::pcsc::detail {

struct Worker::Shared {
  explicit Shared(std::function<void()> clean_up_function) : clean_up(std::move(clean_up_function)) {}

  const std::function<void()> clean_up;
  std::atomic<bool> abandoned = false;

  std::mutex mutex;
  std::condition_variable changed;
  Task task;             // under mutex, as all below
  bool working = false;  // from run() until the task, and clean_up if need be, has come back
  bool ending = false;
  bool ended = false;
};

Worker::Worker(std::function<void()> clean_up) : shared_(std::make_shared<Shared>(std::move(clean_up))) {}

Worker::~Worker() {
  if (!thread_.joinable()) return;
  std::unique_lock lock(shared_->mutex);
  shared_->ending = true;
  shared_->changed.notify_all();
  const bool stuck = shared_->working;
  const bool ended = !stuck && shared_->changed.wait_until(lock, std::chrono::steady_clock::now() + kFarewell,
                                                           [&] { return shared_->ended; });
  lock.unlock();
  if (ended) {
    thread_.join();
  } else {
    thread_.detach();
  }
}

bool Worker::busy() const {
  const std::scoped_lock lock(shared_->mutex);
  return shared_->working;
}

Status Worker::start() {
  if (thread_.joinable()) return {};
  try {
    thread_ = std::thread([shared = shared_] { work(shared); });
  } catch (const std::system_error& error) {
    return fail(ErrorKind::kLimit, std::string("no thread for calls to pcscd: ") + error.what());
  }
  return {};
}

Status Worker::run(Task task, std::chrono::milliseconds limit) {
  COSE_CHECK(start());
  std::unique_lock lock(shared_->mutex);
  if (shared_->working) return fail(ErrorKind::kBusy, "an earlier call has not come back yet");
  shared_->task = std::move(task);
  shared_->abandoned = false;
  shared_->working = true;
  shared_->changed.notify_all();
  const auto deadline = std::chrono::steady_clock::now() + std::min(limit, kLongestWait);
  if (shared_->changed.wait_until(lock, deadline, [&] { return !shared_->working; })) return {};
  shared_->abandoned = true;
  return fail(ErrorKind::kTimeout, "no answer within " + std::to_string(limit.count()) + " ms");
}

void Worker::work(const std::shared_ptr<Shared>& shared) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->changed.wait(lock, [&] { return shared->ending || shared->working; });
    if (!shared->working) break;
    const auto task = std::exchange(shared->task, nullptr);
    lock.unlock();
    task(shared->abandoned);
    lock.lock();
    if (shared->abandoned) {
      lock.unlock();
      shared->clean_up();
      lock.lock();
    }
    shared->working = false;
    shared->changed.notify_all();
  }
  lock.unlock();
  shared->clean_up();
  lock.lock();
  shared->ended = true;
  shared->changed.notify_all();
}

}  // namespace cose::pcsc::detail
