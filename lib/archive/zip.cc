// SPDX-License-Identifier: Apache-2.0
// Over minizip with input and output in memory.
#include "archive/zip.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <set>

#include <fmt/format.h>
#include <minizip/unzip.h>
#include <minizip/zip.h>

namespace cose::archive {

namespace {

// What minizip sees as a file. Reading borrows `source`; writing fills `target`.
struct MemoryFile {
  ByteView source;
  Bytes target;
  std::size_t position = 0;
  bool writing = false;

  [[nodiscard]] std::size_t size() const { return writing ? target.size() : source.size(); }
};

voidpf open_memory(voidpf opaque, const void* /*name*/, int /*mode*/) {
  static_cast<MemoryFile*>(opaque)->position = 0;
  return opaque;
}

uLong read_memory(voidpf opaque, voidpf /*stream*/, void* buffer, uLong wanted) {
  auto& file = *static_cast<MemoryFile*>(opaque);
  const ByteView all = file.writing ? ByteView(file.target) : file.source;
  const auto count = std::min<std::size_t>(wanted, all.size() - file.position);
  if (count != 0) std::memcpy(buffer, all.data() + file.position, count);
  file.position += count;
  return count;
}

uLong write_memory(voidpf opaque, voidpf /*stream*/, const void* buffer, uLong count) {
  auto& file = *static_cast<MemoryFile*>(opaque);
  if (!file.writing) return 0;
  file.target.resize(std::max<std::size_t>(file.target.size(), file.position + count));
  if (count != 0) std::memcpy(file.target.data() + file.position, buffer, count);
  file.position += count;
  return count;
}

ZPOS64_T tell_memory(voidpf opaque, voidpf /*stream*/) {
  return static_cast<MemoryFile*>(opaque)->position;
}

long seek_memory(voidpf opaque, voidpf /*stream*/, ZPOS64_T offset, int origin) {
  auto& file = *static_cast<MemoryFile*>(opaque);
  ZPOS64_T base = 0;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) base = file.position;
  if (origin == ZLIB_FILEFUNC_SEEK_END) base = file.size();
  // Offsets in a hostile zip reach up to 2^64: compared with what is left, never added first.
  if (offset > file.size() - base) return -1;
  file.position = static_cast<std::size_t>(base + offset);
  return 0;
}

int close_memory(voidpf /*opaque*/, voidpf /*stream*/) {
  return 0;
}

int error_of_memory(voidpf /*opaque*/, voidpf /*stream*/) {
  return 0;
}

zlib_filefunc64_def functions_over(MemoryFile& file) {
  zlib_filefunc64_def functions{};
  functions.zopen64_file = open_memory;
  functions.zread_file = read_memory;
  functions.zwrite_file = write_memory;
  functions.ztell64_file = tell_memory;
  functions.zseek64_file = seek_memory;
  functions.zclose_file = close_memory;
  functions.zerror_file = error_of_memory;
  functions.opaque = &file;
  return functions;
}

struct Unzip {
  void operator()(void* zip) const { unzClose(zip); }
};

Result<Bytes> inflate_entry(unzFile zip, std::string_view name, std::size_t room, std::size_t limit) {
  if (unzOpenCurrentFile(zip) != UNZ_OK)
    return fail(ErrorKind::kInvalid, fmt::format("zip entry {}: neither stored nor deflated, or damaged", name));
  Bytes content;
  std::array<std::uint8_t, 4096> buffer{};
  // The size in the zip's directory is a promise; what counts is what comes out.
  for (;;) {
    const int count = unzReadCurrentFile(zip, buffer.data(), static_cast<unsigned>(buffer.size()));
    if (count < 0) {
      unzCloseCurrentFile(zip);
      return fail(ErrorKind::kInvalid, fmt::format("zip entry {}: damaged after {} octets", name, content.size()));
    }
    if (count == 0) break;
    append(content, ByteView(buffer).first(static_cast<std::size_t>(count)));
    if (content.size() > room) {
      unzCloseCurrentFile(zip);
      return fail(ErrorKind::kLimit, fmt::format("zip entry {}: what the zip holds exceeds {} octets", name, limit));
    }
  }
  if (unzCloseCurrentFile(zip) != UNZ_OK)
    return fail(ErrorKind::kInvalid, fmt::format("zip entry {}: wrong checksum", name));
  return content;
}

class ZipReader {
 public:
  ZipReader(unzFile zip, const ZipLimits& limits, const ZipFilter& wanted)
      : zip_(zip), limits_(limits), wanted_(wanted) {}

  Result<std::vector<ZipEntry>> run() {
    unz_global_info64 global{};
    if (unzGetGlobalInfo64(zip_, &global) != UNZ_OK) return fail(ErrorKind::kInvalid, "zip: damaged directory");
    if (global.number_entry > limits_.entries)
      return fail(ErrorKind::kLimit,
                  fmt::format("zip with {} entries, more than {}", global.number_entry, limits_.entries));
    int next = unzGoToFirstFile(zip_);
    for (std::size_t count = 0; next == UNZ_OK && count < limits_.entries; ++count) {
      COSE_CHECK(read_entry());
      next = unzGoToNextFile(zip_);
    }
    return std::move(entries_);
  }

 private:
  Status read_entry() {
    unz_file_info64 info{};
    std::string name(limits_.name + 1, '\0');
    if (unzGetCurrentFileInfo64(zip_, &info, name.data(), static_cast<uLong>(limits_.name), nullptr, 0, nullptr, 0) !=
        UNZ_OK)
      return fail(ErrorKind::kInvalid, "zip: damaged directory");
    if (info.size_filename > limits_.name)
      return fail(ErrorKind::kLimit, fmt::format("zip: a name of {} octets", info.size_filename));
    name.resize(info.size_filename);
    COSE_TRY(const bool wanted, wanted_(name));
    if (!wanted) return {};
    COSE_TRY(auto content, inflate_entry(zip_, name, limits_.content - total_, limits_.content));
    total_ += content.size();
    if (!names_.insert(name).second) return fail(ErrorKind::kInvalid, fmt::format("zip entry {} is there twice", name));
    entries_.push_back({std::move(name), std::move(content)});
    return {};
  }

  unzFile zip_;
  const ZipLimits& limits_;
  const ZipFilter& wanted_;
  std::size_t total_ = 0;
  std::set<std::string> names_;
  std::vector<ZipEntry> entries_;
};

// 1 January 1980, the zip format's zero: no clock in the octets.
constexpr uLong kZeroDate = 0x00210000;

Status add_entry(zipFile zip, const ZipEntry& entry) {
  zip_fileinfo info{};
  info.dosDate = kZeroDate;
  // Stored, not deflated: deflate's output differs between versions of zlib.
  const int opened = zipOpenNewFileInZip(zip, entry.name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, 0, 0);
  if (opened != ZIP_OK ||
      zipWriteInFileInZip(zip, entry.content.data(), static_cast<unsigned>(entry.content.size())) != ZIP_OK ||
      zipCloseFileInZip(zip) != ZIP_OK)
    return fail(ErrorKind::kInternal, fmt::format("zip: cannot write {}", entry.name));
  return {};
}

Status add_entries(zipFile zip, const std::vector<ZipEntry>& entries) {
  for (const auto& entry : entries) COSE_CHECK(add_entry(zip, entry));
  return {};
}

}  // namespace

bool is_zip(ByteView file) {
  return as_text(file).starts_with("PK");
}

Result<std::vector<ZipEntry>> read_zip(ByteView zip, const ZipLimits& limits, const ZipFilter& wanted) {
  if (zip.size() > limits.archive)
    return fail(ErrorKind::kLimit, fmt::format("zip of {} octets is larger than {}", zip.size(), limits.archive));
  MemoryFile file;
  file.source = zip;
  auto functions = functions_over(file);
  const std::unique_ptr<void, Unzip> opened(unzOpen2_64("", &functions));
  if (!opened) return fail(ErrorKind::kInvalid, "expected a zip, found no zip directory at its end");
  return ZipReader(opened.get(), limits, wanted).run();
}

Result<Bytes> write_zip(const std::vector<ZipEntry>& entries) {
  MemoryFile file;
  file.writing = true;
  auto functions = functions_over(file);
  auto* const zip = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions);
  if (zip == nullptr) return fail(ErrorKind::kInternal, "zip: cannot start");
  const auto added = add_entries(zip, entries);
  const bool closed = zipClose(zip, nullptr) == ZIP_OK;
  COSE_CHECK(added);
  if (!closed) return fail(ErrorKind::kInternal, "zip: cannot finish");
  return std::move(file.target);
}

}  // namespace cose::archive
