// SPDX-License-Identifier: Apache-2.0
#include "admin/load_file.h"

#include <fstream>
#include <iterator>

#include <fmt/format.h>

#include "cap/container.h"
#include "cap/parse.h"

namespace cose::admin {

Result<Bytes> read_file(const std::string& file, std::size_t maximum_size) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail(ErrorKind::kNotFound, file + ": cannot be opened");
  Bytes octets;
  std::array<char, 64 * 1024> part{};
  while (stream.read(part.data(), part.size()) || stream.gcount() > 0) {
    append(octets, as_bytes(std::string_view(part.data(), static_cast<std::size_t>(stream.gcount()))));
    if (octets.size() > maximum_size)
      return fail(ErrorKind::kLimit, fmt::format("{}: expected at most {} octets", file, maximum_size));
  }
  if (stream.bad()) return fail(ErrorKind::kIo, file + ": cannot be read");
  return octets;
}

Result<LoadFile> LoadFile::parse(ByteView octets) {
  COSE_TRY(const auto components, cap::read_cap(octets));
  COSE_TRY(const auto parsed, cap::parse(components));
  if (parsed.header.packages.empty()) return fail(ErrorKind::kInvalid, "the CAP file names no package");
  LoadFile file;
  const auto& package = parsed.header.cap ? *parsed.header.cap : parsed.header.packages.front();
  file.package = package.aid;
  file.version = fmt::format("{}.{}", package.version.major, package.version.minor);
  if (parsed.applets)
    for (const auto& applet : *parsed.applets) file.applets.push_back(applet.aid);
  COSE_TRY(file.octets, cap::write_load_file(components, cap::WithDescriptor::kNo));
  return file;
}

Result<LoadFile> LoadFile::read(const std::string& name) {
  COSE_TRY(const auto octets, read_file(name, kMaximumCapFile));
  auto parsed = parse(octets);
  if (!parsed) return std::unexpected(parsed.error().within(name));
  return parsed;
}

}  // namespace cose::admin
