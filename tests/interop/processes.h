// SPDX-License-Identifier: Apache-2.0
// Other programs, for tests under tools/with-virtual-reader, and waiting for what pcscd sees. Test only.
#pragma once

#include <string>

#include "iso7816/card_source.h"

namespace cose::interop {

inline constexpr const char* kFirstReader = "Virtual PCD 00 00";
inline constexpr const char* kSecondReader = "Virtual PCD 00 01";

struct Finished {
  int exit_code;
  std::string output;  // of both streams
};

// Runs a shell command to its end.
[[nodiscard]] Finished run(const std::string& command);

// tools/virtual-reader-control with these words, which must succeed.
void control(const std::string& words);

// Until pcscd reports it, by asking to be told; fails the test after a minute.
void wait_for_card(const std::string& reader, iso7816::Presence presence);

}  // namespace cose::interop
