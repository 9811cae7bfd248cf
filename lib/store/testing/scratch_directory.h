// SPDX-License-Identifier: Apache-2.0
// An empty directory for the length of a test.
#pragma once

#include <filesystem>
#include <string>
#include <system_error>

namespace cose::store::testing {

class ScratchDirectory {
 public:
  ScratchDirectory() {
    const auto root = std::filesystem::temp_directory_path();
    // create_directory says whether it was this call that made it, so two tests never share one.
    for (int number = 0; path_.empty(); ++number)
      if (const auto path = root / ("cose-state-" + std::to_string(number)); std::filesystem::create_directory(path))
        path_ = path.string();
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace cose::store::testing
