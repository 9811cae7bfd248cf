// SPDX-License-Identifier: Apache-2.0
#include "pcsc/monitor.h"

#include <algorithm>
#include <utility>

#include <winscard.h>

#include "pcsc/detail/reader_state.h"
#include "pcsc/detail/worker.h"
#include "pcsc/scard_error.h"

namespace cose::pcsc {
namespace {

using std::chrono::milliseconds;
using Kind = ReaderChange::Kind;

constexpr const char* kHotplug = R"(\\?PnP?\Notification)";

bool has_card(DWORD state) {
  return (state & SCARD_STATE_PRESENT) != 0;
}

// What happened in a reader between two looks at it.
void compare_card(DWORD before, const SCARD_READERSTATE& now, std::vector<ReaderChange>& changes) {
  const bool same_card = (before & ~detail::kStateFlags) == (now.dwEventState & ~detail::kStateFlags);
  if (has_card(before) && has_card(now.dwEventState) && same_card) return;
  if (has_card(before)) changes.push_back({Kind::kCardRemoved, now.szReader, {}});
  if (has_card(now.dwEventState)) changes.push_back({Kind::kCardInserted, now.szReader, detail::status_of(now).atr});
}

void report_gone(const std::string& reader, DWORD state, std::vector<ReaderChange>& changes) {
  if (has_card(state)) changes.push_back({Kind::kCardRemoved, reader, {}});
  changes.push_back({Kind::kReaderRemoved, reader, {}});
}

}  // namespace

Result<std::vector<ReaderChange>> ReaderMonitor::wait(milliseconds timeout) {
  const auto deadline = std::chrono::steady_clock::now() + std::min(timeout, detail::kLongestWait);
  while (true) {
    if (cancelled()) return fail(ErrorKind::kClosed, "the reader monitor was cancelled");
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now());
    COSE_TRY(auto changes, look(std::clamp(left, milliseconds{0}, kLongestLook)));
    if (!changes.empty() || left <= milliseconds{0}) return changes;
  }
}

void ReaderMonitor::cancel() {
  const std::scoped_lock lock(mutex_);
  cancelled_ = true;
  cancel_.notify_all();
  if (watched_) SCardCancel(*watched_);
}

bool ReaderMonitor::cancelled() {
  const std::scoped_lock lock(mutex_);
  return cancelled_;
}

void ReaderMonitor::pause(milliseconds limit) {
  std::unique_lock lock(mutex_);
  cancel_.wait_until(lock, std::chrono::steady_clock::now() + std::min(pause_, limit), [&] { return cancelled_; });
  pause_ = std::min(pause_ * 2, kLongestPause);
}

Result<ReaderMonitor::Changes> ReaderMonitor::look(milliseconds limit) {
  const auto names = detail::reader_names(context_);
  if (!names && names.error().kind != ErrorKind::kClosed) return std::unexpected(names.error());
  if (!names) {
    auto changes = service_lost();
    if (changes.empty()) pause(limit);
    return changes;
  }
  Changes changes;
  if (std::exchange(service_, Service::kRunning) == Service::kLost) changes.push_back({Kind::kServiceBack, {}, {}});
  pause_ = kFirstPause;
  for (auto& change : compare_readers(*names)) changes.push_back(std::move(change));

  COSE_TRY(const auto context, context_.handle());
  const long code = watch(context, changes.empty() ? limit : milliseconds{0}, changes);
  // Not a fault: nothing new, cancel(), or a reader that left since it was listed and is missed by the next list.
  if (code == SCARD_S_SUCCESS || code == SCARD_E_TIMEOUT || code == SCARD_E_CANCELLED ||
      code == SCARD_E_UNKNOWN_READER) {
    return changes;
  }
  if (!service_is_gone(code)) return std::unexpected(scard_error(code, "PC/SC"));
  for (auto& change : service_lost()) changes.push_back(std::move(change));
  return changes;
}

ReaderMonitor::Changes ReaderMonitor::compare_readers(const std::vector<std::string>& names) {
  Changes changes;
  std::erase_if(known_, [&](const Known& known) {
    if (std::find(names.begin(), names.end(), known.name) != names.end()) return false;
    report_gone(known.name, known.state, changes);
    return true;
  });
  for (const auto& name : names) {
    const auto is_known = [&](const Known& known) { return known.name == name; };
    if (std::any_of(known_.begin(), known_.end(), is_known)) continue;
    known_.push_back({name, SCARD_STATE_UNAWARE});
    changes.push_back({Kind::kReaderAdded, name, {}});
  }
  return changes;
}

long ReaderMonitor::watch(long context, milliseconds limit, Changes& changes) {
  std::vector<SCARD_READERSTATE> states;
  for (const auto& known : known_) {
    auto& state = states.emplace_back(detail::unaware_of(known.name));
    state.dwCurrentState = known.state;
  }
  // The pseudo reader changes when the number of readers does; the number that we know goes into its high half.
  auto& hotplug = states.emplace_back();
  hotplug.szReader = kHotplug;
  hotplug.dwCurrentState = static_cast<DWORD>(known_.size()) << 16;
  {
    const std::scoped_lock lock(mutex_);
    if (cancelled_) return SCARD_E_CANCELLED;
    watched_ = context;
  }
  const LONG code = SCardGetStatusChange(context, static_cast<DWORD>(limit.count()), states.data(), states.size());
  {
    const std::scoped_lock lock(mutex_);
    watched_.reset();
  }
  context_.note(code);
  if (code != SCARD_S_SUCCESS) return code;
  for (std::size_t index = 0; index < known_.size(); ++index) {
    const DWORD before = std::exchange(known_[index].state, states[index].dwEventState & ~DWORD{SCARD_STATE_CHANGED});
    compare_card(before, states[index], changes);
  }
  return code;
}

ReaderMonitor::Changes ReaderMonitor::service_lost() {
  Changes changes;
  for (const auto& known : std::exchange(known_, {})) report_gone(known.name, known.state, changes);
  if (std::exchange(service_, Service::kLost) != Service::kLost) changes.push_back({Kind::kServiceLost, {}, {}});
  return changes;
}

}  // namespace cose::pcsc
