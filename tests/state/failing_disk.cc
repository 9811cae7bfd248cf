// SPDX-License-Identifier: Apache-2.0
// Stands between a program and its C library (LD_PRELOAD), and does what disks and clocks do when a file of that name
// is in the folder COSE_FAULTS:
//   sync    a flush fails        full   a regular file takes no more octets
//   slow    a flush takes 30 ms  clock  the date jumps by days at each look
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <string>

#include <dlfcn.h>
#include <sys/stat.h>
#include <unistd.h>

namespace {

bool is_on(const char* fault) {
  const char* folder = std::getenv("COSE_FAULTS");
  return folder != nullptr && access((std::string(folder) + "/" + fault).c_str(), F_OK) == 0;
}

template <typename Function>
Function* real(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_NEXT, name));
}

bool is_file(int descriptor) {
  struct stat about{};
  return fstat(descriptor, &about) == 0 && S_ISREG(about.st_mode);
}

int flush(const char* name, int descriptor) {
  if (is_on("sync")) {
    errno = EIO;
    return -1;
  }
  constexpr useconds_t kSlow = 30'000;
  if (is_on("slow")) usleep(kSlow);
  return real<int(int)>(name)(descriptor);
}

}  // namespace

extern "C" {

int fdatasync(int descriptor) {
  return flush("fdatasync", descriptor);
}

int fsync(int descriptor) {
  return flush("fsync", descriptor);
}

ssize_t write(int descriptor, const void* octets, std::size_t size) {
  if (descriptor > STDERR_FILENO && is_file(descriptor) && is_on("full")) {
    errno = ENOSPC;
    return -1;
  }
  return real<ssize_t(int, const void*, std::size_t)>("write")(descriptor, octets, size);
}

int clock_gettime(clockid_t clock, timespec* time) noexcept {
  static std::atomic<std::uint32_t> looks{0};
  const int result = real<int(clockid_t, timespec*)>("clock_gettime")(clock, time);
  constexpr std::int64_t kDay = 86'400;
  if (clock == CLOCK_REALTIME && is_on("clock"))
    time->tv_sec += kDay * (static_cast<std::int64_t>(looks.fetch_add(1) * 2'654'435'761U >> 24) - 128);
  return result;
}

}  // extern "C"
