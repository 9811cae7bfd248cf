// SPDX-License-Identifier: Apache-2.0
#include "net/psk_file.h"

#include <algorithm>
#include <fstream>

#include <sys/stat.h>
#include <unistd.h>

#include "bytes/hex.h"

namespace cose::net {

namespace {

constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

bool is_identity(std::string_view text) {
  return !text.empty() && text.size() <= kMaximumPskIdentity &&
         std::ranges::all_of(text, [](char character) { return character > ' ' && character <= '~'; });
}

}  // namespace

Result<PskTable> parse_psk_table(std::string_view text, std::string_view origin) {
  PskTable table;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const auto colon = line.find(':');
    const auto identity = line.substr(0, colon);
    auto key = from_hex(line.substr(std::min(colon, line.size() - 1) + 1));
    const bool good = colon != std::string_view::npos && is_identity(identity) && key && key->size() >= kShortestPsk &&
                      key->size() <= kLongestPsk;
    // The key itself must not get into an error message.
    if (!good)
      return fail(ErrorKind::kInvalid, std::string(origin) + ":" + std::to_string(number) +
                                           ": expected IDENTITY:HEX with a key of 16 to 64 octets");
    if (!table.emplace(identity, Secret::take(*std::move(key))).second)
      return fail(ErrorKind::kInvalid,
                  std::string(origin) + ":" + std::to_string(number) + ": this identity has a key already");
  }
  if (table.empty()) return fail(ErrorKind::kInvalid, std::string(origin) + ": no key in this file");
  return table;
}

Result<PskTable> load_psk_file(const std::string& file) {
  struct stat about{};
  if (stat(file.c_str(), &about) != 0 || !S_ISREG(about.st_mode))
    return fail(ErrorKind::kNotFound, file + ": no such file of pre-shared keys");
  if ((about.st_mode & kOthers) != 0)
    return fail(ErrorKind::kRefused, file + ": others may read or write these keys; chmod 600 it");
  std::ifstream stream(file, std::ios::binary);
  std::string text(std::min<std::size_t>(static_cast<std::size_t>(about.st_size), kMaximumPskFile + 1), '\0');
  if (!stream || text.size() > kMaximumPskFile)
    return fail(ErrorKind::kNotFound, file + ": cannot be read, or is longer than 4 MiB");
  stream.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(stream.gcount()));
  auto table = parse_psk_table(text, file);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  return table;
}

}  // namespace cose::net
