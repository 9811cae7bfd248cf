// SPDX-License-Identifier: Apache-2.0
#include "admin/file_ledger.h"

#include <filesystem>
#include <fstream>
#include <system_error>

namespace cose::admin {

std::map<std::string, unsigned> FileLedger::read() const {
  std::map<std::string, unsigned> counts;
  std::ifstream stream(file_);
  std::string card;
  unsigned count = 0;
  while (stream >> card >> count) counts[card] = count;
  return counts;
}

void FileLedger::write(const std::map<std::string, unsigned>& counts) const {
  std::error_code ignored;
  const std::filesystem::path path(file_);
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path(), ignored);
  const auto fresh = file_ + ".new";
  {
    std::ofstream stream(fresh, std::ios::trunc);
    for (const auto& [card, count] : counts) stream << card << ' ' << count << '\n';
    if (!stream) return;
  }
  std::filesystem::rename(fresh, path, ignored);
}

unsigned FileLedger::failures(const std::string& card) {
  const auto counts = read();
  const auto found = counts.find(card);
  return found == counts.end() ? 0 : found->second;
}

void FileLedger::failed(const std::string& card) {
  auto counts = read();
  ++counts[card];
  write(counts);
}

void FileLedger::succeeded(const std::string& card) {
  auto counts = read();
  if (counts.erase(card) != 0) write(counts);
}

}  // namespace cose::admin
