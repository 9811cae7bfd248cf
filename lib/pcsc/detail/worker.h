// SPDX-License-Identifier: Apache-2.0
// A thread for calls that may never come back, so that nobody else has to wait for them.
//
// SCardTransmit has no time limit and cannot be cancelled: a card that stays silent keeps the calling thread for as
// long as the reader's driver likes. A Worker makes such calls on a thread of its own; run() waits until a deadline
// and then walks away, leaving the call to end by itself.
//
// Owner: the Worker; its thread starts with the first task. Destroying a Worker never hangs: a thread that is stuck
// is let go, and with it, until its call returns, stays all that `clean_up` owns. A task may therefore use only what
// clean_up owns. Thread rule: run() from one thread at a time.
// Errors: kBusy while an abandoned call is still out, kTimeout, kLimit when the system has no thread left.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <thread>

#include "bytes/result.h"

namespace cose::pcsc::detail {

// As long as a wait may be, so that "forever" is no overflow.
inline constexpr std::chrono::milliseconds kLongestWait = std::chrono::hours{24 * 365};

class Worker {
 public:
  // The flag turns true when nobody waits for the task any more; it should then do no more than end.
  using Task = std::function<void(const std::atomic<bool>& abandoned)>;

  // How long the destructor waits for clean_up before it lets the thread go.
  static constexpr std::chrono::milliseconds kFarewell{2000};

  // clean_up runs on the thread after each task that was abandoned, and once at the end.
  explicit Worker(std::function<void()> clean_up);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Whether an abandoned call has not come back yet.
  [[nodiscard]] bool busy() const;

  // What the task wrote is visible to the caller after success, and none of its business after an error.
  [[nodiscard]] Status run(Task task, std::chrono::milliseconds limit);

 private:
  struct Shared;
  static void work(const std::shared_ptr<Shared>& shared);
  [[nodiscard]] Status start();

  std::shared_ptr<Shared> shared_;
  std::thread thread_;
};

}  // namespace cose::pcsc::detail
