// SPDX-License-Identifier: Apache-2.0
#include "applet_card.h"

#include <algorithm>
#include <filesystem>

#include "cap/container.h"
#include "host/files.h"
#include "jcapi/binding.h"
#include "jcvm/link.h"

namespace cose::applets {

namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaximumCap = std::size_t{1} << 20;

// Linked once for the whole test program, as a process with many cards does.
const std::vector<std::shared_ptr<const jcvm::Package>>& api_packages() {
  static const auto kPackages = jcapi::make_api();
  return kPackages;
}

}  // namespace

std::vector<std::string> applet_names() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(COSE_APPLETS_DIR))
    if (fs::exists(entry.path() / host::kProjectFile)) names.push_back(entry.path().filename().string());
  std::ranges::sort(names);
  return names;
}

std::string applet_folder(const std::string& name) {
  return std::string(COSE_APPLETS_DIR) + "/" + name;
}

Bytes built_file(const std::string& name) {
  const auto file = host::read_file(std::string(COSE_BUILT_APPLETS) + "/" + name + ".cap", kMaximumCap);
  return file ? to_bytes(as_bytes(*file)) : Bytes();
}

Status AppletCard::install(const host::CapProject& project, jcre::PackageNumber package) {
  for (const auto& applet : project.applets) {
    const auto installed = runtime_->install({.package = package,
                                              .module_aid = applet.aid,
                                              .instance_aid = applet.instance,
                                              .control = Bytes{0x00},
                                              .parameters = applet.parameters});
    if (!installed.status.is_success())
      return fail(ErrorKind::kRefused, "install of " + applet.class_name + ": " + iso7816::to_string(installed.status));
  }
  return {};
}

Status AppletCard::load(const std::string& name) {
  if (std::ranges::find(loaded_, name) != loaded_.end()) return {};
  loaded_.push_back(name);
  COSE_TRY(const auto project, host::CapProject::load(applet_folder(name)));
  for (const auto& used : project.uses) COSE_CHECK(load(fs::path(used).filename().string()));
  const auto file = built_file(name);
  COSE_TRY(const auto whole, cap::read_cap(file));
  // As a card receives it: without Descriptor.
  COSE_TRY(const auto load_file, cap::write_load_file(whole, cap::WithDescriptor::kNo));
  COSE_TRY(const auto components, cap::read_load_file(load_file));
  COSE_TRY(const auto linked, jcvm::link(components, packages_, {}));
  packages_.push_back(linked);
  COSE_TRY(const auto number, runtime_->machine().load(linked));
  return install(project, number);
}

Result<std::unique_ptr<AppletCard>> AppletCard::make(const std::vector<std::string>& names) {
  std::unique_ptr<AppletCard> made(new AppletCard());
  made->packages_ = api_packages();
  COSE_TRY(made->runtime_, jcre::Runtime::create({}, made->packages_, made->clock_, made->rng_));
  made->card_ = std::make_unique<jcre::PlainCard>(*made->runtime_);
  for (const auto& name : names)
    if (const auto loaded = made->load(name); !loaded) return std::unexpected(loaded.error().within(name));
  return made;
}

Result<std::unique_ptr<AppletCard>> AppletCard::restored(const jcvm::Snapshot& snapshot) const {
  std::unique_ptr<AppletCard> made(new AppletCard());
  made->packages_ = packages_;
  const auto find = [this](ByteView identity) -> std::shared_ptr<const jcvm::Package> {
    const auto found =
        std::ranges::find_if(packages_, [&](const auto& package) { return equal(package->identity, identity); });
    return found == packages_.end() ? nullptr : *found;
  };
  COSE_TRY(made->runtime_, jcre::Runtime::restore({}, snapshot, find, made->clock_, made->rng_));
  made->card_ = std::make_unique<jcre::PlainCard>(*made->runtime_);
  return made;
}

}  // namespace cose::applets
