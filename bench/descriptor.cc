// SPDX-License-Identifier: Apache-2.0
#include "bench/descriptor.h"

#include <algorithm>
#include <cerrno>
#include <string>
#include <system_error>

#include <sys/resource.h>
#include <unistd.h>

namespace cose::bench {

Descriptor::~Descriptor() {
  close();
}

void Descriptor::close() {
  if (is_open()) ::close(std::exchange(number_, -1));
}

std::unexpected<Error> system_failure(std::string_view what) {
  return fail(ErrorKind::kIo, std::string(what) + ": " + std::generic_category().message(errno));
}

Status allow_descriptors(std::size_t count) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return system_failure("cannot read the limit of open files");
  if (limit.rlim_cur >= count) return {};
  limit.rlim_cur = count;
  // Only a privileged process may go beyond its hard limit; the system says whether this is one.
  limit.rlim_max = std::max<rlim_t>(limit.rlim_max, count);
  if (::setrlimit(RLIMIT_NOFILE, &limit) == 0) return {};
  return fail(ErrorKind::kLimit, "needs " + std::to_string(count) +
                                     " open files, which is beyond this process's hard limit; raise it (ulimit -Hn) "
                                     "or ask for fewer connections");
}

}  // namespace cose::bench
