// SPDX-License-Identifier: Apache-2.0
// What subcommands share that work on many cards side by side.
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "admin/file_ledger.h"
#include "bytes/result.h"
#include "host/card_opener.h"

namespace cose::app {

inline constexpr unsigned kDefaultJobs = 8;
inline constexpr unsigned kMaximumJobs = 256;

// One ledger for all threads.
class SharedLedger final : public gphost::AttemptLedger {
 public:
  explicit SharedLedger(std::string file) : ledger_(std::move(file)) {}

  [[nodiscard]] unsigned failures(const std::string& card) override {
    const std::lock_guard lock(mutex_);
    return ledger_.failures(card);
  }
  void failed(const std::string& card) override {
    const std::lock_guard lock(mutex_);
    ledger_.failed(card);
  }
  void succeeded(const std::string& card) override {
    const std::lock_guard lock(mutex_);
    ledger_.succeeded(card);
  }

 private:
  std::mutex mutex_;
  admin::FileLedger ledger_;
};

// Whether a grid's URI without a slot stands for all its cards, and no URI for all readers of this machine.
enum class Width { kAsNamed, kAll };
[[nodiscard]] Result<std::vector<std::string>> expand_cards(host::CardOpener& opener,
                                                            const std::vector<std::string>& uris, Width width);

// work(0) to work(count - 1), so many at the same time; returns when all are done.
void work_side_by_side(std::size_t count, unsigned jobs, const std::function<void(std::size_t)>& work);

}  // namespace cose::app
