// SPDX-License-Identifier: Apache-2.0
#include "host/audit_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/key_file.h"

namespace cose::host {

namespace {

constexpr mode_t kOwner = S_IRUSR | S_IWUSR;
constexpr std::size_t kNumberDigits = 12;

std::unexpected<Error> system_failure(const std::string& file, const char* what) {
  return fail(ErrorKind::kIo, file + ": " + what + ": " + std::strerror(errno));
}

Status write_all(int descriptor, std::string_view text, const std::string& file) {
  while (!text.empty()) {
    const auto count = ::write(descriptor, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return system_failure(file, "cannot be written");
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

std::vector<std::string> rotated_audit_files(const std::string& file) {
  namespace fs = std::filesystem;
  const fs::path path(file);
  const auto beginning = path.filename().string() + ".";
  std::vector<std::string> found;
  std::error_code ignored;
  const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
  for (const auto& entry : fs::directory_iterator(folder, ignored)) {
    const auto name = entry.path().filename().string();
    if (!name.starts_with(beginning) || name.size() != beginning.size() + kNumberDigits) continue;
    const auto number = name.substr(beginning.size());
    if (std::ranges::all_of(number, [](char digit) { return digit >= '0' && digit <= '9'; }))
      found.push_back(file + "." + number);
  }
  std::ranges::sort(found);
  return found;
}

Result<AuditReading> read_audit_file(const std::string& file, AuditChain& chain, const AuditAnchor* anchor) {
  std::ifstream stream(file, std::ios::binary);
  std::error_code ignored;
  if (!stream || std::filesystem::is_directory(file, ignored))
    return fail(ErrorKind::kNotFound, file + ": no such file, or no right to read it");
  AuditReading reading;
  std::array<char, kMaximumAuditLine + 2> buffer{};
  while (stream.getline(buffer.data(), buffer.size()) || stream.gcount() > 0) {
    const auto here = fmt::format("{}:{}", file, reading.lines + 1);
    // getline() counts the line's end, which it has taken off.
    const auto count = static_cast<std::size_t>(stream.gcount());
    if (stream.eof()) {
      reading.torn = count;
      break;
    }
    if (stream.fail()) return fail(ErrorKind::kInvalid, here + ": no line of an audit log");
    if (auto taken = chain.take({buffer.data(), count - 1}); !taken) return std::unexpected(taken.error().within(here));
    if (reading.lines++ == 0) reading.first = chain.last().number;
    reading.whole += count;
    if (anchor == nullptr || chain.last().number != anchor->number) continue;
    if (chain.last().link != anchor->link) return fail(ErrorKind::kInvalid, here + ": is not the line of the anchor");
    reading.anchored = true;
  }
  return reading;
}

AuditFile::AuditFile(AuditOptions options, AuditChain chain, const Clock& clock, Log& log)
    : options_(std::move(options)), clock_(clock), log_(log), chain_(std::move(chain)) {}

AuditFile::~AuditFile() {
  if (descriptor_ < 0) return;
  fsync(descriptor_);
  close(descriptor_);
}

Result<std::unique_ptr<AuditFile>> AuditFile::open(const AuditOptions& options, const Clock& clock, Log& log) {
  Secret key;
  if (!options.key_file.empty()) {
    COSE_TRY(key, read_key_file(options.key_file));
  }
  std::unique_ptr<AuditFile> made(new AuditFile(options, AuditChain(std::move(key)), clock, log));
  COSE_CHECK(made->open_file());
  return made;
}

Status AuditFile::open_file() {
  const auto& file = options_.file;
  descriptor_ = ::open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kOwner);
  if (descriptor_ < 0) return system_failure(file, "cannot be opened");
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0)
    return fail(ErrorKind::kBusy, file + ": another grid writes this audit log");
  // A crash between a renaming and the first line of the next file leaves that one empty.
  const auto before = rotated_audit_files(file);
  COSE_TRY(auto reading, read_audit_file(file, chain_));
  if (reading.lines == 0 && !before.empty()) {
    const auto earlier = read_audit_file(before.back(), chain_);
    if (!earlier) return std::unexpected(earlier.error());
  }
  size_ = reading.whole;
  first_ = reading.lines == 0 ? chain_.last().number + 1 : reading.first;
  if (reading.torn > 0 && ftruncate(descriptor_, static_cast<off_t>(size_)) != 0)
    return system_failure(file, "cannot be cut to its whole lines");
  const auto now = clock_.wall();
  const auto opened = audit_fields("audit.open", {}, now);
  COSE_TRY(const auto line, reading.lines == 0 ? chain_.seal_first(opened) : chain_.seal(opened));
  COSE_CHECK(append(line));
  if (reading.torn == 0) return {};
  log_.write(LogLevel::kWarning, "audit.torn", {{"file", file}, {"octets", std::to_string(reading.torn)}});
  COSE_TRY(const auto torn, chain_.seal(audit_fields(
                                "audit.torn", fmt::format("{} octets of a line without its end", reading.torn), now)));
  return append(torn);
}

// All of the line or nothing.
Status AuditFile::append(const std::string& line) {
  auto written = write_all(descriptor_, line, options_.file);
  if (written && options_.sync == AuditOptions::Sync::kEachLine && fdatasync(descriptor_) != 0)
    written = system_failure(options_.file, "cannot be flushed");
  if (!written) {
    if (ftruncate(descriptor_, static_cast<off_t>(size_)) != 0) return system_failure(options_.file, "cannot be cut");
    return written;
  }
  size_ += line.size();
  return chain_.take(std::string_view(line).substr(0, line.size() - 1));
}

Status AuditFile::rotate() {
  const auto old = fmt::format("{}.{:0{}}", options_.file, first_, kNumberDigits);
  const int next =
      ::open((options_.file + ".next").c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, kOwner);
  if (next < 0) return system_failure(options_.file + ".next", "cannot be opened");
  if (flock(next, LOCK_EX | LOCK_NB) != 0 || fsync(descriptor_) != 0 ||
      ::rename(options_.file.c_str(), old.c_str()) != 0 ||
      ::rename((options_.file + ".next").c_str(), options_.file.c_str()) != 0) {
    const auto failure = system_failure(options_.file, "cannot be renamed");
    close(next);
    return failure;
  }
  close(descriptor_);
  descriptor_ = next;
  size_ = 0;
  first_ = chain_.last().number + 1;
  COSE_TRY(const auto line, chain_.seal_first(audit_fields("audit.open", {}, clock_.wall())));
  return append(line);
}

void AuditFile::lose(const Error& error) {
  if (lost_++ == 0) log_.write(LogLevel::kError, "audit.lost", {{"detail", error.message}});
}

bool AuditFile::recover() {
  if (lost_ == 0) return true;
  const auto detail = fmt::format("{} events could not be written", lost_);
  const auto fields = audit_fields("audit.gap", detail, clock_.wall());
  const auto line = size_ == 0 ? chain_.seal_first(fields) : chain_.seal(fields);
  if (!line || !append(*line)) return false;
  log_.write(LogLevel::kWarning, "audit.gap", {{"detail", detail}});
  lost_ = 0;
  return true;
}

bool AuditFile::ready() {
  if (options_.need == AuditOptions::Need::kWished) return true;
  const std::lock_guard lock(mutex_);
  return recover();
}

void AuditFile::write(const grid::AuditEvent& event) {
  const auto fields = audit_fields(event, clock_.wall());
  const std::lock_guard lock(mutex_);
  if (!recover()) {
    ++lost_;
    return;
  }
  if (size_ > options_.maximum_size)
    if (const auto rotated = rotate(); !rotated) return lose(rotated.error());
  const auto line = chain_.seal(fields);
  if (!line) return lose(line.error());
  if (const auto written = append(*line); !written) lose(written.error());
}

}  // namespace cose::host
