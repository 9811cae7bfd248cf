// SPDX-License-Identifier: Apache-2.0
// The zip form.
#include "archive/zip.h"

#include <algorithm>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "cap/container.h"
#include "cap/detail/frame.h"
#include "cap/limits.h"

namespace cose::cap {

namespace {

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

using Entries = std::map<std::string, Bytes>;

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

// Components are all of one folder; `folder` is that of the first.
Result<bool> is_wanted(std::string_view path, std::optional<std::string>& folder) {
  const auto name = component_entry(path);
  if (!name) return false;
  if (!folder) folder = name->folder;
  if (name->folder != *folder)
    return fail(ErrorKind::kInvalid,
                fmt::format("expected the components of one CAP file in {}, found {} as well", *folder, path));
  return true;
}

constexpr archive::ZipLimits kZipLimits{
    .archive = kMaximumFile, .content = kMaximumFile, .entries = kMaximumZipEntries, .name = kMaximumZipName};

}  // namespace

Result<Components> read_zip(ByteView zip) {
  std::optional<std::string> folder;
  COSE_TRY(auto found,
           archive::read_zip(zip, kZipLimits, [&](std::string_view path) { return is_wanted(path, folder); }));
  Entries entries;
  for (auto& entry : found)
    if (!entries.emplace(component_entry(entry.name)->file, std::move(entry.content)).second)
      return fail(ErrorKind::kInvalid, fmt::format("zip entry {} is there twice", entry.name));
  return frames_of(entries, folder.value_or(""));
}

Result<Bytes> write_zip(const Components& components) {
  std::vector<archive::ZipEntry> entries;
  entries.push_back({"META-INF/MANIFEST.MF", to_bytes(as_bytes("Manifest-Version: 1.0\r\n\r\n"))});
  const auto layout = components.layout();
  const std::string folder = components.path.empty() ? "javacard/" : components.path + "/javacard/";
  for (const auto& [tag, info] : components.infos) {
    COSE_TRY(auto framed, detail::write_frame(tag, info, layout));
    entries.push_back({folder + file_name_of(tag, layout), std::move(framed)});
  }
  return archive::write_zip(entries);
}

}  // namespace cose::cap
