// SPDX-License-Identifier: Apache-2.0
#include "relay/stop_signal.h"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

namespace cose::relay {

Result<StopSignal> StopSignal::make() {
  const int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (descriptor < 0) return fail(ErrorKind::kLimit, std::string("eventfd: ") + std::strerror(errno));
  return StopSignal(descriptor);
}

StopSignal::StopSignal(StopSignal&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

StopSignal::~StopSignal() {
  if (descriptor_ >= 0) close(descriptor_);
}

void StopSignal::request() const {
  const std::uint64_t one = 1;
  // Full means it was requested already.
  [[maybe_unused]] const auto written = write(descriptor_, &one, sizeof(one));
}

bool StopSignal::requested() const {
  return !sleep(0);
}

bool StopSignal::sleep(int milliseconds) const {
  pollfd wait{descriptor_, POLLIN, 0};
  return poll(&wait, 1, milliseconds) != 1;
}

}  // namespace cose::relay
