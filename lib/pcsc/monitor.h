// SPDX-License-Identifier: Apache-2.0
// Tells when readers and cards come and go, and when pcscd does.
//
// The first wait() reports every reader and card that is there. A reader that goes takes its card with it
// (kCardRemoved, then kReaderRemoved). A card exchanged for another between two looks is reported as removed and
// inserted; one that came and went in between is not. When pcscd goes, all readers go, then kServiceLost; it is asked
// again after 100 ms, 200 ms and so on up to kLongestPause, and when it answers comes kServiceBack.
//
// Thread rule: wait() from one thread at a time, cancel() from any.
// Errors: kClosed after cancel(); that pcscd does not run is a change (kServiceLost), not an error.
// Source: PC/SC part 5 §3.2.5; pcsc-lite's SCardGetStatusChange and its reader \\?PnP?\Notification.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "bytes/bytes.h"
#include "bytes/result.h"
#include "pcsc/context.h"

namespace cose::pcsc {

struct ReaderChange {
  enum class Kind { kReaderAdded, kReaderRemoved, kCardInserted, kCardRemoved, kServiceLost, kServiceBack };

  Kind kind = Kind::kReaderAdded;
  std::string reader;  // empty for the service
  Bytes atr;           // of an inserted card; empty if it is mute

  friend bool operator==(const ReaderChange&, const ReaderChange&) = default;
};

class ReaderMonitor {
 public:
  static constexpr std::chrono::milliseconds kFirstPause{100};
  static constexpr std::chrono::milliseconds kLongestPause{2000};
  // A reader that appears, or a cancel() that comes, in the instant before pcscd starts to watch is seen after this.
  static constexpr std::chrono::milliseconds kLongestLook{1000};

  ReaderMonitor() = default;

  // Returns as soon as something has changed, with all of it; after the timeout with nothing.
  [[nodiscard]] Result<std::vector<ReaderChange>> wait(std::chrono::milliseconds timeout);

  // Ends a wait(), now or to come, for good.
  void cancel();

 private:
  struct Known {
    std::string name;
    unsigned long state;  // SCARD_READERSTATE's dwEventState as last seen, with its counter
  };
  using Changes = std::vector<ReaderChange>;

  [[nodiscard]] Result<Changes> look(std::chrono::milliseconds limit);
  [[nodiscard]] Changes compare_readers(const std::vector<std::string>& names);
  [[nodiscard]] long watch(long context, std::chrono::milliseconds limit, Changes& changes);
  [[nodiscard]] Changes service_lost();
  [[nodiscard]] bool cancelled();
  void pause(std::chrono::milliseconds limit);

  enum class Service { kUnknown, kRunning, kLost };
  Service service_ = Service::kUnknown;
  Context context_;
  std::vector<Known> known_;
  std::chrono::milliseconds pause_ = kFirstPause;

  std::mutex mutex_;
  std::condition_variable cancel_;
  bool cancelled_ = false;
  std::optional<long> watched_;  // the context in SCardGetStatusChange now
};

}  // namespace cose::pcsc
