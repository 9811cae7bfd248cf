// SPDX-License-Identifier: Apache-2.0
// A disk in memory that can lose power at any operation, and fails on request: the file system of a RocksStore under
// test.
//
// It knows what a real one promises. Octets last once their file was synced, names once their directory was. Octets
// written after that may be there after a loss of power, or not, block by block and in any order; of the names made,
// moved and removed after that, the first so many, in the order of a journalling file system. restore_power() throws
// the dice. Operations that change something are counted; when power_left of them have been done, all that
// follow fail and do nothing.
//
// The machine around it has a clock whose date jumps by up to a day, both ways, at every look, and no patience: the
// pauses that the engine makes after a failure take no time.
//
// Any thread: the engine flushes and compacts in the background.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

namespace cose::tests {

class SimulatedDisk final : public rocksdb::FileSystem {
 public:
  static constexpr std::uint64_t kForever = ~std::uint64_t{0};

  // The machine that a RocksStore is given.
  [[nodiscard]] static std::unique_ptr<rocksdb::Env> environment(const std::shared_ptr<SimulatedDisk>& disk);

  void cut_power_after(std::uint64_t operations);
  [[nodiscard]] bool has_power() const;
  // What was not synced is kept or lost as the seed says, and the disk works again.
  void restore_power(std::uint64_t seed);
  [[nodiscard]] std::uint64_t operations() const;

  void fail_next_sync();
  void fail_reads(bool failing);
  void set_free_space(std::uint64_t octets);
  // Writes fail as on a full disk.
  void fill_up(bool full);
  // Inverts one bit of a file whose name ends like this. False: no such file with contents.
  [[nodiscard]] bool flip_bit(const std::string& suffix, std::uint64_t seed);
  [[nodiscard]] std::uint64_t sync_attempts() const;

  struct File {
    std::string content;
    std::string synced;
  };

  // For the files that the disk gives out.
  [[nodiscard]] rocksdb::IOStatus append(File& file, const rocksdb::Slice& octets);
  [[nodiscard]] rocksdb::IOStatus sync(File& file);
  [[nodiscard]] rocksdb::IOStatus truncate(File& file, std::uint64_t size);
  [[nodiscard]] rocksdb::IOStatus read(const File& file, std::uint64_t offset, std::size_t count,
                                       rocksdb::Slice* result, char* scratch) const;
  [[nodiscard]] rocksdb::IOStatus sync_names();
  [[nodiscard]] std::uint64_t size_of(const File& file) const;

  // rocksdb::FileSystem
  const char* Name() const override { return "SimulatedDisk"; }
  rocksdb::IOStatus NewSequentialFile(const std::string& name, const rocksdb::FileOptions&,
                                      std::unique_ptr<rocksdb::FSSequentialFile>* result,
                                      rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewRandomAccessFile(const std::string& name, const rocksdb::FileOptions&,
                                        std::unique_ptr<rocksdb::FSRandomAccessFile>* result,
                                        rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewWritableFile(const std::string& name, const rocksdb::FileOptions&,
                                    std::unique_ptr<rocksdb::FSWritableFile>* result,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewDirectory(const std::string& name, const rocksdb::IOOptions&,
                                 std::unique_ptr<rocksdb::FSDirectory>* result, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus FileExists(const std::string& name, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetChildren(const std::string& directory, const rocksdb::IOOptions&,
                                std::vector<std::string>* result, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteFile(const std::string& name, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus CreateDirIfMissing(const std::string&, const rocksdb::IOOptions&,
                                       rocksdb::IODebugContext*) override;
  rocksdb::IOStatus DeleteDir(const std::string&, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileSize(const std::string& name, const rocksdb::IOOptions&, std::uint64_t* size,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFileModificationTime(const std::string& name, const rocksdb::IOOptions&, std::uint64_t* time,
                                            rocksdb::IODebugContext*) override;
  rocksdb::IOStatus RenameFile(const std::string& from, const std::string& to, const rocksdb::IOOptions&,
                               rocksdb::IODebugContext*) override;
  rocksdb::IOStatus LockFile(const std::string& name, const rocksdb::IOOptions&, rocksdb::FileLock** lock,
                             rocksdb::IODebugContext*) override;
  rocksdb::IOStatus UnlockFile(rocksdb::FileLock* lock, const rocksdb::IOOptions&, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetTestDirectory(const rocksdb::IOOptions&, std::string* path, rocksdb::IODebugContext*) override;
  rocksdb::IOStatus NewLogger(const std::string&, const rocksdb::IOOptions&, std::shared_ptr<rocksdb::Logger>* result,
                              rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetAbsolutePath(const std::string& path, const rocksdb::IOOptions&, std::string* result,
                                    rocksdb::IODebugContext*) override;
  rocksdb::IOStatus IsDirectory(const std::string& path, const rocksdb::IOOptions&, bool* result,
                                rocksdb::IODebugContext*) override;
  rocksdb::IOStatus GetFreeSpace(const std::string&, const rocksdb::IOOptions&, std::uint64_t* room,
                                 rocksdb::IODebugContext*) override;

 private:
  using Names = std::map<std::string, std::shared_ptr<File>>;

  // One operation that changes something; the caller holds the lock.
  [[nodiscard]] rocksdb::IOStatus spend();
  [[nodiscard]] std::shared_ptr<File> find(const std::string& name) const;
  void lose_octets(File& file, std::mt19937_64& dice) const;
  void note_names() { unsynced_names_.push_back(names_); }

  mutable std::mutex mutex_;
  Names names_;
  Names synced_names_;
  std::vector<Names> unsynced_names_;  // after each change since the directory was synced
  std::uint64_t operations_ = 0;
  std::uint64_t power_left_ = kForever;
  std::uint64_t sync_attempts_ = 0;
  std::uint64_t free_space_ = 1ULL << 40;
  bool sync_fails_ = false;
  bool reads_fail_ = false;
  bool full_ = false;
};

}  // namespace cose::tests
