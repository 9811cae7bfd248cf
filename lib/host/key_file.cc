// SPDX-License-Identifier: Apache-2.0
#include "host/key_file.h"

#include <cerrno>
#include <charconv>
#include <cstring>
#include <sstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bytes/hex.h"
#include "host/files.h"
#include "vault/master_key.h"

namespace cose::host {

namespace {

constexpr std::size_t kKeyFileSize = 2 * vault::kKeySize + 2;
constexpr std::size_t kMaximumPin = 256;
constexpr std::size_t kAnchorSize = 256;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;
constexpr mode_t kOwner = S_IRUSR | S_IWUSR;

Status check_owner(const std::string& file) {
  struct stat about{};
  if (stat(file.c_str(), &about) != 0) return fail(ErrorKind::kNotFound, file + ": no such key file");
  if ((about.st_mode & kOthers) != 0)
    return fail(ErrorKind::kRefused, file + ": others may read or write this key; chmod 600 it");
  if (about.st_uid != geteuid()) return fail(ErrorKind::kRefused, file + ": this key belongs to another user");
  return {};
}

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) close(number_);
  }
  [[nodiscard]] int get() const { return number_; }

 private:
  int number_;
};

// To the disk, and its name as well.
Status write_durably(const std::string& file, int flags, std::string_view text) {
  const Descriptor written(open(file.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | flags, kOwner));
  const auto failed = [&] {
    return fail(errno == EEXIST ? ErrorKind::kRefused : ErrorKind::kIo,
                file + ": cannot be written: " + std::strerror(errno));
  };
  if (written.get() < 0) return failed();
  if (write(written.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size())) return failed();
  if (fsync(written.get()) != 0) return failed();
  return {};
}

Status flush_folder_of(const std::string& file) {
  const auto slash = file.rfind('/');
  const auto folder = slash == std::string::npos ? "." : file.substr(0, slash + 1);
  const Descriptor names(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (names.get() < 0 || fsync(names.get()) != 0)
    return fail(ErrorKind::kIo, folder + ": cannot be flushed: " + std::strerror(errno));
  return {};
}

}  // namespace

Result<Secret> read_key_file(const std::string& file) {
  COSE_CHECK(check_owner(file));
  COSE_TRY(auto text, read_file(file, kKeyFileSize));
  while (!text.empty() && text.back() == '\n') text.pop_back();
  auto key = from_hex(text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (!key || key->size() != vault::kKeySize)
    return fail(ErrorKind::kInvalid, fmt::format("{}: expected {} hexadecimal digits", file, 2 * vault::kKeySize));
  return Secret::take(*std::move(key));
}

Result<Secret> make_key_file(const std::string& file, Rng& rng) {
  Secret key(vault::kKeySize);
  COSE_CHECK(rng.fill(key.writable()));
  auto text = to_hex(key.view()) + "\n";
  const auto written = write_durably(file, O_EXCL, text);
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  COSE_CHECK(written);
  COSE_CHECK(flush_folder_of(file));
  return key;
}

Result<Secret> read_pin_file(const std::string& source) {
  constexpr std::string_view kFileScheme = "file:";
  const auto file = source.starts_with(kFileScheme) ? source.substr(kFileScheme.size()) : source;
  COSE_CHECK(check_owner(file));
  COSE_TRY(auto text, read_file(file, kMaximumPin));
  Secret pin(as_bytes(std::string_view(text).substr(0, text.find('\n'))));
  wipe({reinterpret_cast<std::uint8_t*>(text.data()), text.size()});
  if (pin.empty()) return fail(ErrorKind::kInvalid, file + ": expected a PIN");
  return pin;
}

// directory fence groups
Result<std::optional<vault::AnchorValue>> FileAnchor::read() {
  const auto text = read_file(file_, kAnchorSize);
  if (!text && text.error().kind == ErrorKind::kNotFound) return std::nullopt;
  if (!text) return std::unexpected(text.error());
  std::istringstream words(*text);
  std::string directory;
  vault::AnchorValue value;
  words >> directory >> value.fence >> value.groups;
  auto octets = from_hex(directory);
  if (!words || !octets) return fail(ErrorKind::kInvalid, file_ + ": this is no anchor of a state directory");
  value.directory = *std::move(octets);
  return value;
}

Status FileAnchor::write(const vault::AnchorValue& value) {
  const auto beside = file_ + ".new";
  COSE_CHECK(
      write_durably(beside, O_TRUNC, fmt::format("{} {} {}\n", to_hex(value.directory), value.fence, value.groups)));
  if (rename(beside.c_str(), file_.c_str()) != 0)
    return fail(ErrorKind::kIo, file_ + ": cannot be written: " + std::strerror(errno));
  return flush_folder_of(file_);
}

}  // namespace cose::host
