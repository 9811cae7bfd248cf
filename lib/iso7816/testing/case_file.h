// SPDX-License-Identifier: Apache-2.0
// Test cases as text: they are separated by blank lines, `#` begins a comment line, and what the lines of a case
// mean is up to its test. A file that is missing or empty gives no case, and each test asks for at least one.
#pragma once

#include <cstddef>
#include <fstream>
#include <string>
#include <vector>

namespace cose::iso7816::testing {

struct TestCase {
  std::size_t line = 0;  // of its first line
  std::vector<std::string> lines;
};

[[nodiscard]] inline std::vector<TestCase> read_cases(const std::string& name) {
  std::ifstream file(std::string(COSE_TESTS_DIR) + "/vectors/" + name);
  std::vector<TestCase> cases;
  bool is_inside = false;
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    if (line.starts_with('#')) continue;
    if (line.empty()) {
      is_inside = false;
      continue;
    }
    if (!is_inside) cases.push_back({number, {}});
    is_inside = true;
    cases.back().lines.push_back(line);
  }
  return cases;
}

}  // namespace cose::iso7816::testing
