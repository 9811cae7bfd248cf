// SPDX-License-Identifier: Apache-2.0
#include "bytes/result.h"

#include <cstdio>
#include <cstdlib>

namespace cose {

std::string_view to_string(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kInvalid: return "invalid";
    case ErrorKind::kUnsupported: return "unsupported";
    case ErrorKind::kNotFound: return "not found";
    case ErrorKind::kBusy: return "busy";
    case ErrorKind::kRefused: return "refused";
    case ErrorKind::kLimit: return "limit";
    case ErrorKind::kTimeout: return "timeout";
    case ErrorKind::kClosed: return "closed";
    case ErrorKind::kCardRemoved: return "card removed";
    case ErrorKind::kUnresponsive: return "unresponsive";
    case ErrorKind::kIo: return "input/output";
    case ErrorKind::kInternal: return "internal";
  }
  return "internal";
}

Error Error::within(std::string_view where) const {
  return {kind, std::string(where) + ": " + message};
}

namespace detail {

void assertion_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, condition);
  std::abort();
}

}  // namespace detail

}  // namespace cose
