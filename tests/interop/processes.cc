// SPDX-License-Identifier: Apache-2.0
#include "interop/processes.h"

#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>

#include <gtest/gtest.h>
#include <sys/wait.h>

#include "pcsc/monitor.h"

namespace cose::interop {

using namespace std::chrono_literals;

Finished run(const std::string& command) {
  Finished finished{-1, {}};
  FILE* const pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return finished;
  std::array<char, 4096> part;
  while (const auto count = std::fread(part.data(), 1, part.size(), pipe)) finished.output.append(part.data(), count);
  const int status = ::pclose(pipe);
  if (WIFEXITED(status)) finished.exit_code = WEXITSTATUS(status);
  return finished;
}

void control(const std::string& words) {
  ASSERT_NE(std::getenv("COSE_VIRTUAL_READER_CONTROL"), nullptr) << "run this under tools/with-virtual-reader";
  const auto finished = run("\"$COSE_VIRTUAL_READER_CONTROL\" " + words);
  ASSERT_EQ(finished.exit_code, 0) << words << ": " << finished.output;
}

void wait_for_card(const std::string& reader, iso7816::Presence presence) {
  pcsc::ReaderMonitor monitor;
  auto now = iso7816::Presence::kAbsent;
  const auto deadline = std::chrono::steady_clock::now() + 60s;
  // The first report holds everything, so that no news about this reader means an empty one.
  do {
    const auto changes = monitor.wait(1s);
    ASSERT_TRUE(changes.has_value()) << changes.error().message;
    for (const auto& change : *changes) {
      if (change.reader != reader) continue;
      if (change.kind == pcsc::ReaderChange::Kind::kCardInserted) now = iso7816::Presence::kPresent;
      if (change.kind == pcsc::ReaderChange::Kind::kCardRemoved) now = iso7816::Presence::kAbsent;
    }
    if (now == presence) return;
  } while (std::chrono::steady_clock::now() < deadline);
  FAIL() << reader << " did not " << (presence == iso7816::Presence::kPresent ? "get" : "lose") << " its card";
}

}  // namespace cose::interop
