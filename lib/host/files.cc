// SPDX-License-Identifier: Apache-2.0
#include "host/files.h"

#include <filesystem>
#include <fstream>

namespace cose::host {

Result<std::string> read_file(const std::string& name, std::size_t maximum) {
  std::ifstream file(name, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(name, ignored))
    return fail(ErrorKind::kNotFound, name + ": no such file, or no right to read it");
  std::string text;
  // One octet more than allowed is enough to know that it is too long.
  text.resize(maximum + 1);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) return fail(ErrorKind::kIo, name + ": cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (text.size() > maximum)
    return fail(ErrorKind::kLimit, name + ": longer than " + std::to_string(maximum) + " octets");
  return text;
}

Status write_file(const std::string& name, ByteView content) {
  const auto beside = name + ".new";
  std::error_code error;
  {
    std::ofstream file(beside, std::ios::binary | std::ios::trunc);
    file << as_text(content) << std::flush;
    if (!file) error = std::make_error_code(std::errc::io_error);
  }
  if (!error) std::filesystem::rename(beside, name, error);
  if (!error) return {};
  std::error_code ignored;
  std::filesystem::remove(beside, ignored);
  return fail(ErrorKind::kIo, name + ": cannot be written: " + error.message());
}

}  // namespace cose::host
