// SPDX-License-Identifier: Apache-2.0
// Header, Directory, Applet, Import and StaticResources against each other.
#include <algorithm>
#include <numeric>
#include <set>

#include <fmt/format.h>

#include "bytes/hex.h"
#include "cap/detail/verification.h"
#include "cap/limits.h"

namespace cose::cap::detail {

namespace {

constexpr std::uint8_t kKnownFlags = kHeaderInt | kHeaderExport | kHeaderApplet | kHeaderExtended;

constexpr auto kHeaderTag = ComponentTag::kHeader;
constexpr auto kDirectoryTag = ComponentTag::kDirectory;

void check_flag(Verification& verification, std::uint8_t flag, ComponentTag tag, std::string_view name) {
  const bool set = (verification.cap().header.flags & flag) != 0;
  const bool present = verification.components().find(tag) != nullptr;
  if (set != present)
    verification.error(kHeaderTag, 6,
                       fmt::format("{} is {}, but {} component is {}", name, set ? "set" : "not set", name_of(tag),
                                   present ? "there" : "not there"));
}

void check_number(Verification& verification, std::string_view what, std::size_t expected, std::size_t found) {
  if (expected != found)
    verification.error(kDirectoryTag, 0, fmt::format("{}: expected {}, found {}", what, expected, found));
}

void check_sizes(Verification& verification) {
  const auto& sizes = verification.cap().directory.component_sizes;
  for (std::size_t index = 0; index < sizes.size(); ++index) {
    const auto tag = static_cast<ComponentTag>(index + 1);
    const auto* info = verification.components().find(tag);
    // Load files leave these two out and keep their size in the Directory.
    if (info == nullptr && (tag == ComponentTag::kDescriptor || tag == ComponentTag::kDebug)) continue;
    // JCVM 3.1 §6.5: Debug has a size since 2.2, StaticResources since 2.3.
    if (tag == ComponentTag::kDebug && !verification.format().since(2)) continue;
    if (tag == ComponentTag::kStaticResources && !verification.format().since(3)) continue;
    check_number(verification, "size of the " + name_of(tag) + " component", info == nullptr ? 0 : info->size(),
                 sizes[index]);
  }
}

void check_custom(Verification& verification) {
  std::set<std::uint8_t> tags;
  for (const auto& custom : verification.cap().directory.custom_components) {
    const auto tag = static_cast<ComponentTag>(custom.tag);
    if (!is_custom(tag))
      verification.error(kDirectoryTag, 0,
                         fmt::format("custom component tag: expected 128 to 255, found {}", custom.tag));
    if (!tags.insert(custom.tag).second)
      verification.error(kDirectoryTag, 0, fmt::format("custom component tag {} is listed twice", custom.tag));
    verification.check_aid(kDirectoryTag, 0, custom.aid, fmt::format("custom component {}", custom.tag));
    const auto* info = verification.components().find(tag);
    if (is_custom(tag) && info != nullptr && info->size() != custom.size)
      check_number(verification, "size of the " + name_of(tag) + " component", info->size(), custom.size);
  }
  for (const auto& [tag, info] : verification.components().infos)
    if (is_custom(tag) && !tags.contains(number_of(tag)))
      verification.warning(kDirectoryTag, 0, fmt::format("{} component is not listed", name_of(tag)));
}

ByteView rid_of(ByteView aid) {
  return aid.first(std::min<std::size_t>(aid.size(), kMinimumAid));
}

}  // namespace

void verify_header(Verification& verification) {
  const auto& header = verification.cap().header;
  if ((header.flags & ~kKnownFlags) != 0)
    verification.error(kHeaderTag, 6, fmt::format("flags: expected only 0x0F, found 0x{:02X}", header.flags));
  if (header.shape().extended() && !header.shape().since(3))
    verification.error(kHeaderTag, 6, fmt::format("ACC_EXTENDED needs format 2.3, found 2.{}", header.format.minor));
  check_flag(verification, kHeaderExport, ComponentTag::kExport, "ACC_EXPORT");
  check_flag(verification, kHeaderApplet, ComponentTag::kApplet, "ACC_APPLET");
  if (header.cap) verification.check_aid(kHeaderTag, 7, header.cap->aid, "CAP file");
  if (header.packages.empty()) verification.error(kHeaderTag, 0, "expected at least one package, found none");
  for (std::size_t at = 0; at < header.packages.size(); ++at)
    verification.check_aid(kHeaderTag, 7, header.packages[at].aid, fmt::format("package {}", at));
}

void verify_directory(Verification& verification) {
  const auto& cap = verification.cap();
  const auto& directory = cap.directory;
  check_sizes(verification);
  check_custom(verification);
  if (verification.has(ComponentTag::kImport))
    check_number(verification, "import_count", cap.imports.size(), directory.import_count);
  check_number(verification, "applet_count", cap.applets ? cap.applets->size() : 0, directory.applet_count);
  if (verification.format().extended() && verification.has(ComponentTag::kMethod))
    check_number(verification, "method_component_block_count", cap.method_blocks.size(),
                 directory.method_component_block_count);
  if (!verification.has(ComponentTag::kStaticField)) return;
  const auto& fields = cap.static_fields;
  const auto array_size =
      std::transform_reduce(fields.array_init.begin(), fields.array_init.end(), std::size_t{0}, std::plus<>(),
                            [](const ArrayInit& array) { return array.values.size(); });
  check_number(verification, "image_size", fields.image_size, directory.image_size);
  check_number(verification, "array_init_count", fields.array_init.size(), directory.array_init_count);
  check_number(verification, "array_init_size", array_size, directory.array_init_size);
}

void verify_applet(Verification& verification) {
  constexpr auto kTag = ComponentTag::kApplet;
  const auto& cap = verification.cap();
  if (!cap.applets) return;
  if (cap.applets->empty()) verification.error(kTag, 0, "expected at least one applet, found none");
  std::set<Bytes> aids;
  for (const auto& applet : *cap.applets) {
    const auto what = "applet " + to_hex(applet.aid);
    verification.check_aid(kTag, 0, applet.aid, what);
    if (!aids.insert(applet.aid).second) verification.error(kTag, 0, what + " is there twice");
    // JCVM 3.1 §6.6: the RID of an applet is that of its package.
    if (!cap.header.packages.empty() && !equal(rid_of(applet.aid), rid_of(cap.header.packages.front().aid)))
      verification.warning(kTag, 0, what + ": its RID is not that of the package");
    verification.check_method(kTag, 0, applet.install_method, what + ": install method");
    const auto* span = verification.method_at(applet.install_method);
    if (span == nullptr) continue;
    const auto header = parse_method_header(octets_of(cap, *span));
    // install(byte[], short, byte), JCVM 3.1 §6.6.
    if (header && (header->abstract() || header->nargs != 3))
      verification.error(kTag, 0,
                         fmt::format("{}: install method: expected 3 argument words and code, found {}{}", what,
                                     header->nargs, header->abstract() ? ", abstract" : ""));
  }
}

void verify_import(Verification& verification) {
  constexpr auto kTag = ComponentTag::kImport;
  const auto& imports = verification.cap().imports;
  if (imports.size() > kMaximumImports)
    verification.error(kTag, 0, fmt::format("expected at most {} packages, found {}", kMaximumImports, imports.size()));
  std::set<Bytes> aids;
  for (std::size_t at = 0; at < imports.size(); ++at) {
    verification.check_aid(kTag, 0, imports[at].aid, fmt::format("package {}", at));
    if (!aids.insert(imports[at].aid).second)
      verification.warning(kTag, 0, fmt::format("package {}: {} is imported twice", at, to_hex(imports[at].aid)));
  }
}

void verify_static_resources(Verification& verification) {
  constexpr auto kTag = ComponentTag::kStaticResources;
  if (!verification.format().since(3)) verification.error(kTag, 0, "StaticResources needs CAP format 2.3");
  if (!verification.cap().static_resources) return;
  const auto& resources = *verification.cap().static_resources;
  if (resources.empty()) verification.error(kTag, 0, "expected at least one resource, found none");
  std::set<std::uint16_t> ids;
  for (const auto& resource : resources) {
    if (!ids.insert(resource.id).second)
      verification.error(kTag, 0, fmt::format("resource id {} is there twice", resource.id));
    if (resource.content.size() > kMaximumStaticResource)
      verification.error(kTag, 0,
                         fmt::format("resource {}: expected at most {} octets, found {}", resource.id,
                                     kMaximumStaticResource, resource.content.size()));
  }
}

}  // namespace cose::cap::detail
