// SPDX-License-Identifier: Apache-2.0
#include "host/commit_thread.h"

namespace cose::host {

CommitThread::CommitThread(store::Store& store, store::Committer& committer, vault::Vault& vault, OnFailure on_failure)
    : store_(store),
      committer_(committer),
      vault_(vault),
      on_failure_(std::move(on_failure)),
      last_flush_(std::chrono::steady_clock::now()),
      last_anchor_(last_flush_),
      thread_([this] { run(); }) {}

CommitThread::~CommitThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void CommitThread::leave() {
  const bool waiting = committer_.waiting();
  mutex_.unlock();
  // What nobody waits for is committed as well.
  if (waiting) work_.notify_one();
}

void CommitThread::wait_for(const bool& done) {
  if (!done) work_.notify_one();
  told_.wait(mutex_, [&done] { return done; });
}

void CommitThread::Alone::enter() {
  thread_.mutex_.lock();
  ++thread_.alone_wanted_;
  thread_.told_.wait(thread_.mutex_, [this] { return !thread_.writing_; });
  thread_.commit_all();
}

void CommitThread::Alone::leave() {
  thread_.commit_all();
  --thread_.alone_wanted_;
  thread_.told_.notify_all();
  thread_.mutex_.unlock();
}

void CommitThread::Alone::wait_for(const bool& done) {
  if (!done) thread_.commit_all();
}

// By a thread that is alone inside, and stays there.
void CommitThread::commit_all() {
  const bool worked = committer_.failure().has_value();
  static_cast<void>(committer_.flush());
  told_.notify_all();
  unflushed_ = committer_.durability() == store::Durability::kRelaxed;
  if (worked && !committer_.failure()) on_failure_(committer_.failure().error());
}

void CommitThread::run() {
  const std::lock_guard lock(mutex_);
  while (true) {
    work_.wait_for(mutex_, kRelaxedPeriod, [this] { return stopping_ || committer_.waiting(); });
    while (committer_.waiting()) {
      told_.wait(mutex_, [this] { return alone_wanted_ == 0; });
      commit_round();
      // Under a load that never ends as well.
      keep_house();
    }
    if (stopping_) return;
    if (alone_wanted_ == 0) keep_house();
  }
}

// Others may enter meanwhile, though not alone.
void CommitThread::outside(const std::function<void()>& work) {
  writing_ = true;
  mutex_.unlock();
  work();
  mutex_.lock();
  writing_ = false;
}

// Inside, but for the write itself.
void CommitThread::commit_round() {
  const bool worked = committer_.failure().has_value();
  auto round = committer_.gather();
  outside([&] { committer_.write(round); });
  committer_.finish(std::move(round));
  unflushed_ = committer_.durability() == store::Durability::kRelaxed;
  told_.notify_all();
  if (worked && !committer_.failure()) on_failure_(committer_.failure().error());
}

void CommitThread::keep_house() {
  if (!committer_.failure()) return;
  const auto now = std::chrono::steady_clock::now();
  Status done;
  if (unflushed_ && now - last_flush_ >= kRelaxedPeriod) {
    unflushed_ = false;
    last_flush_ = now;
    outside([&] { done = store_.sync(); });
    told_.notify_all();
  }
  if (done && now - last_anchor_ >= kAnchorPeriod) {
    done = vault_.anchor();
    last_anchor_ = now;
  }
  if (!done) on_failure_(done.error());
}

}  // namespace cose::host
