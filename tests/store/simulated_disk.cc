// SPDX-License-Identifier: Apache-2.0
#include "simulated_disk.h"

#include <algorithm>
#include <atomic>
#include <cstring>

#include <rocksdb/system_clock.h>

namespace cose::tests {

namespace {

using rocksdb::IOStatus;
using rocksdb::Slice;
using File = SimulatedDisk::File;

constexpr std::size_t kBlock = 512;

class Sequential final : public rocksdb::FSSequentialFile {
 public:
  Sequential(const SimulatedDisk& disk, std::shared_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
  IOStatus Read(std::size_t count, const rocksdb::IOOptions&, Slice* result, char* scratch,
                rocksdb::IODebugContext*) override {
    auto status = disk_.read(*file_, position_, count, result, scratch);
    if (status.ok()) position_ += result->size();
    return status;
  }
  IOStatus Skip(std::uint64_t count) override {
    position_ += count;
    return IOStatus::OK();
  }

 private:
  const SimulatedDisk& disk_;
  std::shared_ptr<File> file_;
  std::uint64_t position_ = 0;
};

class RandomAccess final : public rocksdb::FSRandomAccessFile {
 public:
  RandomAccess(const SimulatedDisk& disk, std::shared_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
  IOStatus Read(std::uint64_t offset, std::size_t count, const rocksdb::IOOptions&, Slice* result, char* scratch,
                rocksdb::IODebugContext*) const override {
    return disk_.read(*file_, offset, count, result, scratch);
  }

 private:
  const SimulatedDisk& disk_;
  std::shared_ptr<File> file_;
};

class Writable final : public rocksdb::FSWritableFile {
 public:
  Writable(SimulatedDisk& disk, std::shared_ptr<File> file) : disk_(disk), file_(std::move(file)) {}
  IOStatus Append(const Slice& octets, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return disk_.append(*file_, octets);
  }
  using rocksdb::FSWritableFile::Append;
  IOStatus Truncate(std::uint64_t size, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return disk_.truncate(*file_, size);
  }
  IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Flush(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return IOStatus::OK(); }
  IOStatus Sync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_.sync(*file_); }
  // The store's sync() is one of a file that is written to.
  bool IsSyncThreadSafe() const override { return true; }
  std::uint64_t GetFileSize(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override {
    return disk_.size_of(*file_);
  }

 private:
  SimulatedDisk& disk_;
  std::shared_ptr<File> file_;
};

class Directory final : public rocksdb::FSDirectory {
 public:
  explicit Directory(SimulatedDisk& disk) : disk_(disk) {}
  IOStatus Fsync(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return disk_.sync_names(); }
  IOStatus Close(const rocksdb::IOOptions&, rocksdb::IODebugContext*) override { return IOStatus::OK(); }

 private:
  SimulatedDisk& disk_;
};

class SilentLogger final : public rocksdb::Logger {
 public:
  using rocksdb::Logger::Logv;
  void Logv(const char*, va_list) override {}
};

class Lock final : public rocksdb::FileLock {};

class JumpingClock final : public rocksdb::SystemClockWrapper {
 public:
  using rocksdb::SystemClockWrapper::SystemClockWrapper;
  const char* Name() const override { return "JumpingClock"; }
  std::uint64_t NowMicros() override { return rocksdb::SystemClockWrapper::NowMicros() + jump() * 1'000'000ULL; }
  rocksdb::Status GetCurrentTime(std::int64_t* time) override {
    auto status = rocksdb::SystemClockWrapper::GetCurrentTime(time);
    *time += static_cast<std::int64_t>(jump());
    return status;
  }
  void SleepForMicroseconds(int) override {}

 private:
  // Seconds.
  std::uint64_t jump() {
    constexpr std::uint32_t kDay = 86'400;
    return (looks_.fetch_add(1) * 2'654'435'761U >> 8) % kDay;
  }

  std::atomic<std::uint32_t> looks_{0};
};

class Machine final : public rocksdb::EnvWrapper {
 public:
  explicit Machine(const std::shared_ptr<SimulatedDisk>& disk) : EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    system_clock_ = std::make_shared<JumpingClock>(rocksdb::SystemClock::Default());
  }
};

IOStatus no_such(const std::string& name) {
  return IOStatus::PathNotFound(name);
}

}  // namespace

std::unique_ptr<rocksdb::Env> SimulatedDisk::environment(const std::shared_ptr<SimulatedDisk>& disk) {
  return std::make_unique<Machine>(disk);
}

void SimulatedDisk::cut_power_after(std::uint64_t operations) {
  const std::lock_guard lock(mutex_);
  power_left_ = operations;
}

bool SimulatedDisk::has_power() const {
  const std::lock_guard lock(mutex_);
  return power_left_ != 0;
}

std::uint64_t SimulatedDisk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

std::uint64_t SimulatedDisk::sync_attempts() const {
  const std::lock_guard lock(mutex_);
  return sync_attempts_;
}

void SimulatedDisk::fail_next_sync() {
  const std::lock_guard lock(mutex_);
  sync_fails_ = true;
}

void SimulatedDisk::fail_reads(bool failing) {
  const std::lock_guard lock(mutex_);
  reads_fail_ = failing;
}

void SimulatedDisk::set_free_space(std::uint64_t octets) {
  const std::lock_guard lock(mutex_);
  free_space_ = octets;
}

void SimulatedDisk::fill_up(bool full) {
  const std::lock_guard lock(mutex_);
  full_ = full;
}

bool SimulatedDisk::flip_bit(const std::string& suffix, std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, file] : names_) {
    if (!name.ends_with(suffix) || file->content.empty()) continue;
    auto& octet = file->content[seed % file->content.size()];
    octet = static_cast<char>(octet ^ 1 << (seed >> 32) % 8);
    return true;
  }
  return false;
}

IOStatus SimulatedDisk::spend() {
  if (power_left_ == 0) return IOStatus::IOError("no power");
  if (power_left_ != kForever) --power_left_;
  ++operations_;
  return IOStatus::OK();
}

std::shared_ptr<File> SimulatedDisk::find(const std::string& name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? nullptr : found->second;
}

// Each block that was not synced is there, is zero, or never came; the file may also be shorter.
void SimulatedDisk::lose_octets(File& file, std::mt19937_64& dice) const {
  auto after = file.synced;
  const auto written = file.content.size();
  if (written > after.size()) {
    const auto end = after.size() + dice() % (written - after.size() + 1);
    for (auto at = after.size(); at < end;) {
      const auto next = std::min(end, (at / kBlock + 1) * kBlock);
      const auto block = file.content.substr(at, next - at);
      after += dice() % 4 == 0 ? std::string(block.size(), '\0') : block;
      at = next;
    }
  }
  file.content = file.synced = std::move(after);
}

void SimulatedDisk::restore_power(std::uint64_t seed) {
  const std::lock_guard lock(mutex_);
  std::mt19937_64 dice(seed);
  const auto kept = dice() % (unsynced_names_.size() + 1);
  auto after = kept == 0 ? synced_names_ : unsynced_names_[kept - 1];
  for (const auto& [name, file] : after) lose_octets(*file, dice);
  names_ = synced_names_ = std::move(after);
  unsynced_names_.clear();
  power_left_ = kForever;
}

IOStatus SimulatedDisk::append(File& file, const Slice& octets) {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  if (full_) return IOStatus::NoSpace("full");
  file.content.append(octets.data(), octets.size());
  return IOStatus::OK();
}

IOStatus SimulatedDisk::sync(File& file) {
  const std::lock_guard lock(mutex_);
  ++sync_attempts_;
  if (auto status = spend(); !status.ok()) return status;
  if (std::exchange(sync_fails_, false)) {
    // The worst that a machine does: it forgets what it could not write, and reports success the next time.
    file.content = file.synced;
    return IOStatus::IOError("sync failed");
  }
  file.synced = file.content;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::truncate(File& file, std::uint64_t size) {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  file.content.resize(size);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::read(const File& file, std::uint64_t offset, std::size_t count, Slice* result,
                             char* scratch) const {
  const std::lock_guard lock(mutex_);
  if (reads_fail_) return IOStatus::IOError("read failed");
  const auto start = std::min<std::uint64_t>(offset, file.content.size());
  const auto size = std::min<std::uint64_t>(count, file.content.size() - start);
  std::memcpy(scratch, file.content.data() + start, size);
  *result = Slice(scratch, size);
  return IOStatus::OK();
}

std::uint64_t SimulatedDisk::size_of(const File& file) const {
  const std::lock_guard lock(mutex_);
  return file.content.size();
}

IOStatus SimulatedDisk::sync_names() {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  synced_names_ = names_;
  unsynced_names_.clear();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                                          std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                          rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto file = find(name);
  if (!file) return no_such(name);
  *result = std::make_unique<Sequential>(*this, file);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                                            std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                            rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto file = find(name);
  if (!file) return no_such(name);
  *result = std::make_unique<RandomAccess>(*this, file);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSWritableFile>* result, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  auto file = std::make_shared<File>();
  names_[name] = file;
  note_names();
  *result = std::make_unique<Writable>(*this, std::move(file));
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewDirectory(const std::string&, const rocksdb::IOOptions&,
                                     std::unique_ptr<rocksdb::FSDirectory>* result, rocksdb::IODebugContext*) {
  *result = std::make_unique<Directory>(*this);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::FileExists(const std::string& name, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  return find(name) ? IOStatus::OK() : IOStatus::NotFound(name);
}

IOStatus SimulatedDisk::GetChildren(const std::string& directory, const rocksdb::IOOptions&,
                                    std::vector<std::string>* result, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  result->clear();
  for (const auto& [name, file] : names_)
    if (name.starts_with(directory + "/")) result->push_back(name.substr(directory.size() + 1));
  return IOStatus::OK();
}

IOStatus SimulatedDisk::DeleteFile(const std::string& name, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  if (names_.erase(name) == 0) return no_such(name);
  note_names();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::CreateDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  return IOStatus::OK();
}

IOStatus SimulatedDisk::CreateDirIfMissing(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  return IOStatus::OK();
}

IOStatus SimulatedDisk::DeleteDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetFileSize(const std::string& name, const rocksdb::IOOptions&, std::uint64_t* size,
                                    rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  const auto file = find(name);
  if (!file) return no_such(name);
  *size = file->content.size();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetFileModificationTime(const std::string&, const rocksdb::IOOptions&, std::uint64_t* time,
                                                rocksdb::IODebugContext*) {
  *time = 0;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions&,
                                   rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  if (auto status = spend(); !status.ok()) return status;
  const auto file = find(from);
  if (!file) return no_such(from);
  names_.erase(from);
  names_[to] = file;
  note_names();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::LockFile(const std::string&, const rocksdb::IOOptions&, rocksdb::FileLock** lock,
                                 rocksdb::IODebugContext*) {
  *lock = std::make_unique<Lock>().release();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&, rocksdb::IODebugContext*) {
  const std::unique_ptr<rocksdb::FileLock> ended(lock);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetTestDirectory(const rocksdb::IOOptions&, std::string* path, rocksdb::IODebugContext*) {
  *path = "/test";
  return IOStatus::OK();
}

IOStatus SimulatedDisk::NewLogger(const std::string&, const rocksdb::IOOptions&,
                                  std::shared_ptr<rocksdb::Logger>* result, rocksdb::IODebugContext*) {
  *result = std::make_shared<SilentLogger>();
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&, std::string* result,
                                        rocksdb::IODebugContext*) {
  *result = path;
  return IOStatus::OK();
}

IOStatus SimulatedDisk::IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* result,
                                    rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  *result = !find(path);
  return IOStatus::OK();
}

IOStatus SimulatedDisk::GetFreeSpace(const std::string&, const rocksdb::IOOptions&, std::uint64_t* room,
                                     rocksdb::IODebugContext*) {
  const std::lock_guard lock(mutex_);
  *room = free_space_;
  return IOStatus::OK();
}

}  // namespace cose::tests
