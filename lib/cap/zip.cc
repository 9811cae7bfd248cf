// SPDX-License-Identifier: Apache-2.0
// The zip form, over minizip with input and output in memory.
#include <algorithm>
#include <cstring>
#include <memory>

#include <fmt/format.h>
#include <minizip/unzip.h>
#include <minizip/zip.h>

#include "cap/container.h"
#include "cap/detail/frame.h"
#include "cap/limits.h"

namespace cose::cap {

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
  if (!file.writing || file.position + count > 2 * kMaximumFile) return 0;
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

struct EntryName {
  std::string folder;  // "com/example/hello/javacard"
  std::string file;    // "Header"
};

bool ends_without_case(std::string_view text, std::string_view ending) {
  if (text.size() < ending.size()) return false;
  return std::ranges::equal(text.substr(text.size() - ending.size()), ending, [](char left, char right) {
    return (left >= 'A' && left <= 'Z' ? static_cast<char>(left - 'A' + 'a') : left) == right;
  });
}

// Nothing for what is no component: the manifest, class files, folders.
std::optional<EntryName> component_entry(std::string_view path) {
  std::size_t ending = 0;
  if (ends_without_case(path, ".cap")) ending = 4;
  if (ends_without_case(path, ".capx")) ending = 5;
  if (ending == 0) return std::nullopt;
  path.remove_suffix(ending);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) return EntryName{"", std::string(path)};
  return EntryName{std::string(path.substr(0, slash)), std::string(path.substr(slash + 1))};
}

Result<Bytes> inflate_entry(unzFile zip, std::string_view name, std::size_t room) {
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
      return fail(ErrorKind::kLimit,
                  fmt::format("zip entry {}: all components together exceed {} octets", name, kMaximumFile));
    }
  }
  if (unzCloseCurrentFile(zip) != UNZ_OK)
    return fail(ErrorKind::kInvalid, fmt::format("zip entry {}: wrong checksum", name));
  return content;
}

using Entries = std::map<std::string, Bytes>;

Status read_entry(unzFile zip, Entries& entries, std::string& folder, std::size_t& total) {
  unz_file_info64 info{};
  std::array<char, kMaximumZipName + 1> name_buffer{};
  if (unzGetCurrentFileInfo64(zip, &info, name_buffer.data(), kMaximumZipName, nullptr, 0, nullptr, 0) != UNZ_OK)
    return fail(ErrorKind::kInvalid, "zip: damaged directory");
  if (info.size_filename > kMaximumZipName)
    return fail(ErrorKind::kLimit, fmt::format("zip: a name of {} octets", info.size_filename));
  const std::string_view path(name_buffer.data(), info.size_filename);
  const auto name = component_entry(path);
  if (!name) return {};
  if (entries.empty()) folder = name->folder;
  if (name->folder != folder)
    return fail(ErrorKind::kInvalid,
                fmt::format("expected the components of one CAP file in {}, found {} as well", folder, path));
  COSE_TRY(auto content, inflate_entry(zip, path, kMaximumFile - total));
  total += content.size();
  if (!entries.emplace(name->file, std::move(content)).second)
    return fail(ErrorKind::kInvalid, fmt::format("zip entry {} is there twice", path));
  return {};
}

Result<Components> frames_of(const Entries& entries, std::string_view folder) {
  Components components;
  constexpr std::string_view kFolder = "javacard";
  if (folder.ends_with(kFolder)) folder.remove_suffix(kFolder.size());
  if (folder.ends_with('/')) folder.remove_suffix(1);
  components.path = folder;
  const auto header = entries.find("Header");
  if (header == entries.end()) return fail(ErrorKind::kInvalid, "expected Header.cap in the zip, found none");
  // Tag and size stand before the Header's info; it is always compact.
  const auto layout =
      detail::layout_of_header(ByteView(header->second).subspan(std::min<std::size_t>(3, header->second.size())));
  for (const auto& [name, content] : entries) {
    Reader reader(content);
    auto frame = detail::read_frame(reader, layout);
    if (!frame) return std::unexpected(frame.error().within(name));
    if (const auto left = reader.expect_end(); !left) return std::unexpected(left.error().within(name));
    const auto expected = component_named(name);
    if (expected ? *expected != frame->tag : !is_custom(frame->tag))
      return fail(ErrorKind::kInvalid,
                  fmt::format("{}: expected tag {}, found {}", name,
                              expected ? std::to_string(number_of(*expected)) : "of a custom component",
                              number_of(frame->tag)));
    if (!components.infos.emplace(frame->tag, to_bytes(frame->info)).second)
      return fail(ErrorKind::kInvalid, fmt::format("{}: second component with tag {}", name, number_of(frame->tag)));
  }
  return components;
}

// 1 January 1980, the zip format's zero: no clock in the octets.
constexpr uLong kZeroDate = 0x00210000;

Status add_entry(zipFile zip, const std::string& name, ByteView content) {
  zip_fileinfo info{};
  info.dosDate = kZeroDate;
  // Stored, not deflated: deflate's output differs between versions of zlib.
  const int opened = zipOpenNewFileInZip(zip, name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr, 0, 0);
  if (opened != ZIP_OK || zipWriteInFileInZip(zip, content.data(), static_cast<unsigned>(content.size())) != ZIP_OK ||
      zipCloseFileInZip(zip) != ZIP_OK)
    return fail(ErrorKind::kInternal, fmt::format("zip: cannot write {}", name));
  return {};
}

Status add_entries(zipFile zip, const Components& components) {
  COSE_CHECK(add_entry(zip, "META-INF/MANIFEST.MF", as_bytes("Manifest-Version: 1.0\r\n\r\n")));
  const auto layout = components.layout();
  const std::string folder = components.path.empty() ? "javacard/" : components.path + "/javacard/";
  for (const auto& [tag, info] : components.infos) {
    COSE_TRY(const auto framed, detail::write_frame(tag, info, layout));
    COSE_CHECK(add_entry(zip, folder + file_name_of(tag, layout), framed));
  }
  return {};
}

}  // namespace

Result<Components> read_zip(ByteView zip) {
  if (zip.size() > kMaximumFile)
    return fail(ErrorKind::kLimit, fmt::format("zip of {} octets is larger than {}", zip.size(), kMaximumFile));
  MemoryFile file;
  file.source = zip;
  auto functions = functions_over(file);
  const std::unique_ptr<void, Unzip> opened(unzOpen2_64("", &functions));
  if (!opened) return fail(ErrorKind::kInvalid, "expected a zip, found no zip directory at its end");
  unz_global_info64 global{};
  if (unzGetGlobalInfo64(opened.get(), &global) != UNZ_OK) return fail(ErrorKind::kInvalid, "zip: damaged directory");
  if (global.number_entry > kMaximumZipEntries)
    return fail(ErrorKind::kLimit,
                fmt::format("zip with {} entries, more than {}", global.number_entry, kMaximumZipEntries));

  Entries entries;
  std::string folder;
  std::size_t total = 0;
  int next = unzGoToFirstFile(opened.get());
  for (std::size_t count = 0; next == UNZ_OK && count < kMaximumZipEntries; ++count) {
    COSE_CHECK(read_entry(opened.get(), entries, folder, total));
    next = unzGoToNextFile(opened.get());
  }
  return frames_of(entries, folder);
}

Result<Bytes> write_zip(const Components& components) {
  MemoryFile file;
  file.writing = true;
  auto functions = functions_over(file);
  auto* const zip = zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions);
  if (zip == nullptr) return fail(ErrorKind::kInternal, "zip: cannot start");
  const auto added = add_entries(zip, components);
  const bool closed = zipClose(zip, nullptr) == ZIP_OK;
  COSE_CHECK(added);
  if (!closed) return fail(ErrorKind::kInternal, "zip: cannot finish");
  return std::move(file.target);
}

}  // namespace cose::cap
