// SPDX-License-Identifier: Apache-2.0
// Many threads use the cards of one fleet; one more commits what waits, once for all of them.
//
// Whoever enters has the fleet for itself. While the thread flushes the disk, others may enter, and their changes wait
// for the next round. At the level `relaxed` the thread flushes every kRelaxedPeriod; at every level it writes the
// vault's anchor every kAnchorPeriod.
//
// Administration goes through alone(): whoever enters there finds nothing that waits and nothing being written, so what
// the store has is what the vault knows. Cards wait meanwhile, for two flushes as a rule.
//
// A failed write or flush is final: on_failure is called once, from the thread, and should end the process.
// Made and destroyed by one thread, when nobody is inside any more; the destruction commits what waits.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "fleet/fleet_source.h"
#include "store/committer.h"
#include "vault/vault.h"

namespace cose::host {

class CommitThread final : public fleet::Driver {
 public:
  static constexpr std::chrono::milliseconds kRelaxedPeriod{100};
  static constexpr std::chrono::seconds kAnchorPeriod{60};

  using OnFailure = std::function<void(const Error&)>;

  CommitThread(store::Store& store, store::Committer& committer, vault::Vault& vault, OnFailure on_failure);
  ~CommitThread() override;
  CommitThread(const CommitThread&) = delete;
  CommitThread& operator=(const CommitThread&) = delete;

  void enter() override { mutex_.lock(); }
  void leave() override;
  void wait_for(const bool& done) override;
  [[nodiscard]] fleet::Driver& alone() { return alone_; }

 private:
  class Alone final : public fleet::Driver {
   public:
    explicit Alone(CommitThread& thread) : thread_(thread) {}
    void enter() override;
    void leave() override;
    void wait_for(const bool& done) override;

   private:
    CommitThread& thread_;
  };

  void run();
  void outside(const std::function<void()>& work);
  void commit_all();
  void commit_round();
  void keep_house();

  store::Store& store_;
  store::Committer& committer_;
  vault::Vault& vault_;
  OnFailure on_failure_;
  std::mutex mutex_;
  std::condition_variable_any work_;
  std::condition_variable_any told_;
  Alone alone_{*this};
  int alone_wanted_ = 0;  // by so many threads: no round may begin
  bool writing_ = false;
  bool stopping_ = false;
  bool unflushed_ = false;  // at the level relaxed
  std::chrono::steady_clock::time_point last_flush_;
  std::chrono::steady_clock::time_point last_anchor_;
  std::thread thread_;
};

}  // namespace cose::host
